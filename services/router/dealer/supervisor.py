"""Keeps every assigned shard owned, and no other.

The consumer's rebalance listener only tells what changed: aiokafka sends no heartbeat while a
listener runs and swallows its errors, so nothing that can take long or fail happens there. This
loop compares what is assigned with what is owned, again and again, and mends the difference: a
shard that was assigned, lost to a fence and is still assigned is taken over again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from services.router.dealer.book import Book
from services.router.dealer.setting import Ports
from services.router.dealer.worker import ShardWorker
from services.router.ports import FenceLost
from shared.messaging.records import Record
from shared.runtime.backoff import pauses
from shared.runtime.cancelling import cancel


class Supervisor:
    """All shards of one process."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._workers: dict[int, ShardWorker] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._pauses: dict[int, Iterator[float]] = {}
        self._revoked: set[int] = set()
        self._changed = asyncio.Event()

    def deliver(self, records: Iterable[Record]) -> None:
        """Hand records to their shards. Those of a shard that is not owned are dropped: whoever
        takes it over starts where the store says."""
        by_shard: dict[int, list[Record]] = defaultdict(list)
        for record in records:
            by_shard[record.partition].append(record)
        for shard, mine in by_shard.items():
            if worker := self._workers.get(shard):
                worker.deliver(mine)

    def on_assigned(self) -> None:
        """A rebalance is over; the loop will see to what changed."""
        self._revoked.clear()
        self._changed.set()

    async def on_revoked(self, shards: Collection[int]) -> None:
        """Let the turns under way finish, for a bounded time. What does not finish is fenced off
        by the next owner.

        Until the rebalance is over these shards rest, though the consumer still calls them
        assigned: afterwards every position is another, and a shard that stayed has to seek.
        """
        self._revoked.update(shards)
        ending = [self._stop(shard) for shard in shards if shard in self._tasks]
        if ending:
            await asyncio.wait(ending, timeout=self._ports.limits.drain_seconds)
        self._changed.set()

    def look(self) -> None:
        """The policy changed: no shard is to sleep over it."""
        for worker in self._workers.values():
            worker.look()

    def owned(self) -> frozenset[int]:
        return frozenset(shard for shard, worker in self._workers.items() if worker.owning)

    def books(self) -> Iterable[Book]:
        """The memory of the shards that are owned, for those who only look."""
        return [worker.book for worker in self._workers.values() if worker.owning and worker.book]

    def offsets(self) -> dict[tuple[str, int], int]:
        """(topic, partition) -> next offset to apply, of the shards that are owned."""
        return {
            (name, shard): offset
            for shard, worker in self._workers.items()
            if worker.owning
            for name, offset in worker.offsets().items()
        }

    async def run(self) -> None:
        """Until cancelled. Raises what a shard could not explain."""
        try:
            while True:
                self._changed.clear()
                self._reap()
                self._balance(self._ports.feed.assigned())
                self._ports.observer.owned(len(self.owned()))
                await self._something_happens()
        finally:
            await self._end()

    def _reap(self) -> None:
        """Look at the shards that ended."""
        for shard, task in list(self._tasks.items()):
            if not task.done():
                continue
            del self._tasks[shard]
            if task.cancelled():
                continue
            error = task.exception()
            if isinstance(error, FenceLost):
                self._ports.observer.fence_lost(shard=shard)
                self._rest(shard)
            elif error is not None:
                raise error

    def _rest(self, shard: int) -> None:
        """Leave the shard alone for a while: two processes that both believe it theirs must not
        take it from each other as fast as they can."""
        pause = next(self._pauses.setdefault(shard, pauses(self._ports.limits.retry_seconds)))
        self._tasks[shard] = asyncio.create_task(
            self._ports.clock.sleep(pause), name=f"shard-{shard} rests"
        )

    def _balance(self, assigned: frozenset[int]) -> None:
        for shard in assigned - self._revoked - self._tasks.keys():
            worker = self._workers.setdefault(shard, ShardWorker(shard, self._ports))
            self._tasks[shard] = asyncio.create_task(worker.run(), name=f"shard-{shard}")
        for shard in self._tasks.keys() - assigned:
            self._stop(shard)
        for shard in self._workers.keys() - assigned - self._tasks.keys():
            # somebody else's now: an idle worker's memory is of no more use
            del self._workers[shard]
            self._pauses.pop(shard, None)

    def _stop(self, shard: int) -> asyncio.Task[None]:
        self._workers[shard].stop()
        return self._tasks[shard]

    async def _something_happens(self) -> None:
        """A change of assignment, the end of a shard, or a while."""
        changed = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait(
                {changed, *self._tasks.values()},
                timeout=self._ports.limits.idle_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            changed.cancel()

    async def _end(self) -> None:
        """Orderly: each shard finishes its turn; what takes too long is cancelled."""
        tasks = [self._stop(shard) for shard in self._tasks]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self._ports.limits.drain_seconds)
        await cancel(late)
        await asyncio.gather(*tasks, return_exceptions=True)
