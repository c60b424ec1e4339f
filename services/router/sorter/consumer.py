"""Kafka in, for the sorter.

Reads `support.inbound.v1`; writes tickets, messages and identities, then `support.tickets.v1` (or
a dead letter). Delivery: at least once; known message ids make the effect exactly once. Order: per
partition. A duplicate is announced again at its first position, where its desk recognises it.

The subscription only fills the intake, which tells it when to fetch.
Offsets are committed after the announcements are confirmed, every COMMIT_SECONDS, and when
partitions go.
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import structlog

from services.router.sorter.handler import Sorter
from services.router.sorter.observer import Observer
from services.router.sorter.patience import Patience
from services.router.sorter.refusing import GROUP
from services.router.sorter.worker import Worker
from shared.contracts.inbound import InboundEvent
from shared.messaging.intake import Intake
from shared.messaging.progress import Progress
from shared.messaging.records import Record
from shared.messaging.subscription import Source, Subscription
from shared.runtime.cancelling import cancel

log = structlog.get_logger()

COMMIT_SECONDS: Final = 0.2
DRAIN_SECONDS: Final = 5.0
"""For the batch at hand, when partitions go or the service stops; well below the session timeout,
since no heartbeat is sent meanwhile."""


class SorterService:
    """Feeds a sorter from Kafka. An async context manager; `run` tells when it fails."""

    def __init__(
        self,
        source: Source,
        *,
        sorter: Sorter,
        observer: Observer,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        self._sorter: Final = sorter
        self._drain_seconds: Final = drain_seconds
        self._observer: Final = observer
        self._patience: Final = Patience(sorter)
        self._subscription: Final = Subscription(
            source, self, topics=(InboundEvent.TOPIC,), group=GROUP
        )
        self._intake: Final = Intake(
            pause=self._subscription.pause, resume=self._subscription.resume
        )
        self._progress: Final = Progress(self._subscription.topics[0], group=GROUP)
        self._worker: Final = Worker(
            intake=self._intake,
            patience=self._patience,
            progress=self._progress,
            observer=observer,
            partitions=lambda: self._subscription.partitions,
        )
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._failure: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Join the group and begin. Raises what `Subscription.start` does."""
        self._failure = asyncio.get_running_loop().create_future()
        await self._subscription.start()
        self._tasks = (
            asyncio.create_task(self._worker.run(), name="sorter worker"),
            asyncio.create_task(self._keep_committing(), name="sorter commits"),
        )

    async def run(self) -> None:
        """Wait, until cancelled. Raises what nobody can mend: the process has to end."""
        if self._failure is None:
            raise RuntimeError("start the sorter before waiting for it")
        await asyncio.wait({*self._tasks, self._failure}, return_when=asyncio.FIRST_COMPLETED)
        for ended in (*self._tasks, self._failure):
            if ended.done():
                await ended

    async def stop(self) -> None:
        """Finish the batch at hand, commit, leave the group. Legal twice and before start."""
        self._intake.drop()
        await self._worker.idle(within=self._drain_seconds)
        await cancel(self._tasks)  # `run` reports failures
        await self._commit()
        await self._subscription.stop()

    def ready(self) -> bool:
        """Whether the group gave us partitions, and neither store nor broker is waited for."""
        return self._subscription.assigned and not self._patience.waiting

    def on_records(self, records: Sequence[Record]) -> None:
        self._intake.put(records)

    def on_failed(self, error: Exception) -> None:
        if self._failure is not None and not self._failure.done():
            self._failure.set_exception(error)

    async def on_revoked(self, partitions: Sequence[int]) -> None:  # noqa: ARG002 - it is all of them
        """Leave nothing of ours to do when the next owner begins, if that can be helped."""
        self._intake.drop()
        if not await self._worker.idle(within=self._drain_seconds):
            # harmless: the next owner does the same again, under the same ids
            log.warning("sorter.revoked_at_work", waited_seconds=self._drain_seconds)
        await self._commit()
        self._progress.forget()

    def on_assigned(self, partitions: Sequence[int]) -> None:
        self._progress.forget()
        self._intake.open()
        log.info("sorter.assigned", partitions=partitions)

    async def _keep_committing(self) -> None:
        while True:
            await self._sorter.clock.sleep(COMMIT_SECONDS)
            await self._commit()
            if self._subscription.consumer is not None:
                self._observer.lag(self._progress.lag(self._subscription.consumer))

    async def _commit(self) -> None:
        if self._subscription.consumer is None or not self._progress.pending:
            return
        await self._sorter.failpoints.hit("sorter.before_commit")
        await self._progress.commit(self._subscription.consumer)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
