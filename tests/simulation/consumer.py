"""A process's group consumer, with the habits of aiokafka's.

Its heartbeats run beside its fetches; it sends none while a rebalance listener runs, and swallows
the listener's errors; after each assignment every position is what the group committed, else the
log's beginning; records fetched before a rebalance may be handed out after it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

from shared.messaging.records import Record
from tests.simulation.broker import Broker, Fetched, Partition
from tests.simulation.group import Generation, Group
from tests.simulation.host import Host
from tests.simulation.network import Link, Lost

HEARTBEAT_SECONDS = 1.5
FETCH_RECORDS = 50


class Listener:
    """What a consumer tells of its assignment. The default wants to know nothing."""

    async def on_revoked(self, partitions: frozenset[Partition]) -> None:
        del partitions

    async def on_assigned(self, partitions: frozenset[Partition]) -> None:
        del partitions


class Consumer:
    """`run` until the process dies. `hand_out` gets the records, in its own time."""

    def __init__(
        self,
        host: Host,
        group: Group,
        broker: Broker,
        *,
        listener: Listener,
        hand_out: Callable[[list[Record]], Awaitable[None]],
    ) -> None:
        self.assigned: frozenset[Partition] = frozenset()
        self.positions: dict[Partition, int] = {}
        self.ends: dict[Partition, tuple[int, float]] = {}
        self._host = host
        self._group = group
        self._broker = broker
        self._listener = listener
        self._hand_out = hand_out
        self._member = str(host)
        self._generation = Generation(0, {})
        self._paused: set[Partition] = set()
        self._moved = asyncio.Event()
        self.link = Link(host, broker.server)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._coordinate())
            tasks.create_task(self._fetch())

    def seek(self, partition: Partition, offset: int) -> None:
        if partition in self.assigned:
            self.positions[partition] = offset
            self.ends.pop(partition, None)
            self._moved.set()

    def pause(self, partitions: Iterable[Partition]) -> None:
        self._paused.update(partitions)

    def resume(self, partitions: Iterable[Partition]) -> None:
        self._paused.difference_update(partitions)
        self._moved.set()

    async def commit(self, offsets: Mapping[Partition, int]) -> bool:
        """Whether the group took it. Raises Lost."""
        number = self._generation.number
        done: bool = await self.link.call(
            "commit offsets", lambda: self._group.commit(self._member, number, offsets)
        )
        return done

    async def leave(self) -> None:
        await self._ask("leave", lambda: self._group.leave(self._member))

    async def _coordinate(self) -> None:
        while True:
            await self._join()
            status = "fine"
            while status == "fine":
                await asyncio.sleep(HEARTBEAT_SECONDS)
                status = await self._ask(
                    "heartbeat",
                    partial(self._group.heartbeat, self._member, self._generation.number),
                )

    async def _join(self) -> None:
        if self.assigned:
            await self._tell(self._listener.on_revoked, self.assigned)
        self._generation = await self._ask("join", lambda: self._group.join(self._member))
        self.assigned = self._generation.held.get(self._member, frozenset())
        self._paused.clear()
        self.ends.clear()
        self.positions = {
            each: self._group.committed.get(each, self._broker.log(*each).start)
            for each in sorted(self.assigned)
        }
        self._moved.set()
        await self._tell(self._listener.on_assigned, self.assigned)

    async def _tell(
        self,
        listen: Callable[[frozenset[Partition]], Awaitable[None]],
        partitions: frozenset[Partition],
    ) -> None:
        try:
            await listen(partitions)
        except Exception:  # noqa: BLE001 -- what aiokafka does: log it and go on
            return

    async def _fetch(self) -> None:
        while True:
            wanted = {each: at for each, at in self.positions.items() if each not in self._paused}
            if not wanted:
                self._moved.clear()
                await self._moved.wait()
                continue
            try:
                fetched = await self._poll(wanted)
            except Lost:
                continue
            records = self._accept(wanted, fetched)
            if records:
                await self._hand_out(records)

    async def _poll(self, wanted: Mapping[Partition, int]) -> Fetched:
        """One request; ended early by a seek, so that nobody waits for a partition left."""
        fetched: Fetched = await self.link.call(
            "fetch", lambda: self._broker.poll(wanted, limit=FETCH_RECORDS), sure=True
        )
        return fetched

    def _accept(self, wanted: Mapping[Partition, int], fetched: Fetched) -> list[Record]:
        """Drop what a seek or a pause has overtaken."""
        now = self._broker.server.loop.time()
        taken: list[Record] = []
        for record in fetched.records:
            partition = Partition(record.topic, record.partition)
            if partition not in self._paused and self.positions.get(partition) == record.offset:
                self.positions[partition] = record.offset + 1
                taken.append(record)
        for partition, end in fetched.ends.items():
            if partition not in self.positions:
                continue
            self.ends[partition] = (end, now)
            start, position = self._broker.log(*partition).start, self.positions[partition]
            if position == wanted.get(partition) and not start <= position <= end:
                self.positions[partition] = start  # auto_offset_reset=earliest
        return taken

    async def _ask(self, op: str, perform: Callable[[], Any]) -> Any:
        """Ask the coordinator until it answers."""
        while True:
            try:
                return await self.link.call(op, perform, sure=True)
            except Lost:
                await asyncio.sleep(0.5)
