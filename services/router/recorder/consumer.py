"""Kafka in, for the recorder.

Reads `support.events.v1`; writes `decisions`, or a dead letter. Delivery: at least once; an event
is known by its id, so a repetition leaves one document. Order: none is needed, for a reader sorts
by the tickets' versions. It is on nobody's way: tickets are dealt whether or not it runs, and it
catches up from where it was.

Offsets are committed every COMMIT_SECONDS, after the store has confirmed, and not once more when
partitions go or the process ends: what comes again is known.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from services.router.recorder.handler import GROUP, Recorded, Recorder
from services.router.recorder.observer import TOPIC, Observer
from shared.messaging.intake import Intake
from shared.messaging.patience import Patience
from shared.messaging.progress import Progress
from shared.messaging.records import Record
from shared.messaging.subscription import Source, Subscription
from shared.runtime.cancelling import heed
from shared.runtime.clock import Clock

log = structlog.get_logger()

MOST_RECORDS: Final = 1_000
GATHER_SECONDS: Final = 0.25
"""Between batches: an insert of a hundred costs hardly more than one of a single document."""
COMMIT_SECONDS: Final = 1.0


class RecorderService:
    """Feeds a recorder from Kafka."""

    def __init__(
        self, source: Source, *, recorder: Recorder, observer: Observer, clock: Clock
    ) -> None:
        self._recorder: Final = recorder
        self._observer: Final = observer
        self._clock: Final = clock
        self._patience: Final = Patience[Recorded](
            GROUP, clock=clock, publisher=recorder.publisher, set_aside=recorder.set_aside
        )
        self._subscription: Final = Subscription(source, self, topics=(TOPIC,), group=GROUP)
        self._intake: Final = Intake(
            pause=self._subscription.pause, resume=self._subscription.resume
        )
        self._progress: Final = Progress(self._subscription.topics[0], group=GROUP)
        self._failure: asyncio.Future[None] | None = None
        self._joined = False

    async def run(self) -> None:
        """Until cancelled. Raises what `Subscription.start` does, and what nobody can mend: the
        process has to end."""
        self._failure = asyncio.get_running_loop().create_future()
        await self._subscription.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_recording(), name="recorder worker")
                tasks.create_task(self._keep_committing(), name="recorder commits")
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
        log.info("recorder.assigned", partitions=partitions)

    async def _keep_recording(self) -> None:
        while True:
            heed()
            records = await self._intake.take(MOST_RECORDS)
            began = self._clock.monotonic()
            for outcome in await self._patience.carry_out(records, self._recorder.record):
                self._progress.advance(outcome.offsets)
                self._observer.recorded(outcome)
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
