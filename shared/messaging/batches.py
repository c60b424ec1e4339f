"""Kafka in, for a service that keeps what it reads: batches of records to a handler.

Delivery: at least once; what the handler does must bear repetition. Order: as in the partition.
Offsets are committed every COMMIT_SECONDS, after the handler has confirmed, and not once more when
partitions go or the process ends: what comes again is known.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, Protocol, TypeVar

import structlog

from shared.messaging.intake import Intake
from shared.messaging.patience import Handle, Patience, SetAside
from shared.messaging.progress import ProgressOfTopics
from shared.messaging.records import Publisher, Record
from shared.messaging.subscription import Source, Subscription
from shared.runtime.cancelling import heed
from shared.runtime.clock import Clock

log = structlog.get_logger()

MOST_RECORDS: Final = 1_000
GATHER_SECONDS: Final = 0.25
"""Between batches: an insert of a hundred costs hardly more than one of a single document."""
COMMIT_SECONDS: Final = 1.0

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class BatchObserver(Protocol[T_contra]):
    """Who counts."""

    def handled(self, outcome: T_contra) -> None: ...

    def batch(self, *, seconds: float) -> None: ...

    def lag(self, lags: Mapping[tuple[str, int], int]) -> None:
        """(topic, partition) -> records not yet dealt with."""
        ...


class BatchService(Generic[T]):
    """Feeds a handler from topics of equally many partitions, those of one number in one place.

    handle, publisher, set_aside: as `Patience` has them.
    """

    def __init__(
        self,
        source: Source,
        *,
        topics: Sequence[str],
        group: str,
        handle: Handle[T],
        set_aside: Callable[[Record, str], SetAside[T]],
        publisher: Publisher,
        observer: BatchObserver[T],
        clock: Clock,
    ) -> None:
        self._group: Final = group
        self._handle: Final = handle
        self._observer: Final = observer
        self._clock: Final = clock
        self._patience: Final = Patience[T](
            group, clock=clock, publisher=publisher, set_aside=set_aside
        )
        self._subscription: Final = Subscription(source, self, topics=topics, group=group)
        self._intake: Final = Intake(
            pause=self._subscription.pause, resume=self._subscription.resume
        )
        self._progress: Final = ProgressOfTopics(topics, prefix=source.topic_prefix, group=group)
        self._failure: asyncio.Future[None] | None = None
        self._joined = False

    async def run(self) -> None:
        """Until cancelled. Raises what `Subscription.start` does, and what nobody can mend: the
        process has to end."""
        self._failure = asyncio.get_running_loop().create_future()
        await self._subscription.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_handling(), name=f"{self._group} worker")
                tasks.create_task(self._keep_committing(), name=f"{self._group} commits")
                await self._failure
        finally:
            await self._subscription.stop()

    def ready(self) -> bool:
        """Whether the group told us what is ours, be it nothing, and neither store nor broker is
        waited for."""
        return self._joined and not self._patience.waiting

    def on_records(self, records: Sequence[Record]) -> None:
        self._intake.put(records)

    def on_failed(self, error: Exception) -> None:
        if self._failure is not None and not self._failure.done():
            self._failure.set_exception(error)

    async def on_revoked(self, partitions: Sequence[int]) -> None:  # noqa: ARG002 - it is all of them
        self._intake.drop()
        self._progress.forget()

    def on_assigned(self, partitions: Sequence[int]) -> None:
        self._progress.forget()
        self._intake.open()
        self._joined = True
        log.info(f"{self._group}.assigned", partitions=partitions)

    async def _keep_handling(self) -> None:
        while True:
            heed()
            records = await self._intake.take(MOST_RECORDS)
            began = self._clock.monotonic()
            for outcome in await self._patience.carry_out(records, self._handle):
                self._observer.handled(outcome)
            self._progress.advance(records)
            self._observer.batch(seconds=self._clock.monotonic() - began)
            await self._clock.sleep(GATHER_SECONDS)

    async def _keep_committing(self) -> None:
        while True:
            await self._clock.sleep(COMMIT_SECONDS)
            consumer = self._subscription.consumer
            if consumer is None:
                continue
            if self._progress.pending:
                await self._progress.commit(consumer)
            self._observer.lag(self._progress.lag(consumer))
