"""Kafka in, for the courier.

Reads `support.replies.v1`; writes `deliveries`, calls providers, publishes `support.delivery.v1`.
A reply is stored before its offset is committed, so the store alone says what is left to do: what
of our partitions is unfinished there is taken up at each assignment, before anything new is read.
Order: by customer.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from services.ingest.courier.carrier import PAUSES, Carrier
from services.ingest.courier.inbox import GROUP, Inbox, TakenIn
from services.ingest.courier.lines import Lines
from services.ingest.courier.observer import Observer
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.messaging.intake import Intake
from shared.messaging.patience import Patience
from shared.messaging.progress import Progress
from shared.messaging.records import Record
from shared.messaging.subscription import Source, Subscription
from shared.runtime.backoff import pauses
from shared.runtime.cancelling import heed
from shared.runtime.clock import Clock
from shared.runtime.logging import get_logger
from shared.store.errors import Transient, UnknownOutcome

MOST_RECORDS: Final = 500
COMMIT_SECONDS: Final = 1.0
LEAVE_SECONDS: Final = 3.0
"""For calls under way when partitions go: below the session, for no heartbeat is sent meanwhile."""


class CourierService:
    """Feeds a carrier from Kafka."""

    def __init__(
        self, source: Source, *, inbox: Inbox, carrier: Carrier, observer: Observer, clock: Clock
    ) -> None:
        self._inbox: Final = inbox
        self._store: Final = inbox.store
        self._observer: Final = observer
        self._clock: Final = clock
        self._lines: Final = Lines(carrier, on_failed=self.on_failed)
        self._patience: Final = Patience[TakenIn](
            GROUP, clock=clock, publisher=inbox.publisher, set_aside=inbox.set_aside
        )
        self._subscription: Final = Subscription(
            source, self, topics=(ReplyRequested.TOPIC,), group=GROUP
        )
        self._intake: Final = Intake(
            pause=self._subscription.pause, resume=self._subscription.resume
        )
        self._progress: Final = Progress(self._subscription.topics[0], group=GROUP)
        self._failure: asyncio.Future[None] | None = None
        self._worker: asyncio.Task[None] | None = None
        self._joined = False

    async def run(self) -> None:
        """Until cancelled. Raises what nobody can mend: the process has to end."""
        self._failure = asyncio.get_running_loop().create_future()
        await self._subscription.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_committing(), name="courier commits")
                await self._failure
        finally:
            await self.on_revoked(())
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
        """Take nothing more in, let calls under way end."""
        self._intake.drop()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        await self._lines.clear(within=LEAVE_SECONDS)
        self._progress.forget()

    def on_assigned(self, partitions: Sequence[int]) -> None:
        self._progress.forget()
        self._intake.open()
        self._worker = asyncio.create_task(self._work(partitions), name="courier worker")
        self._joined = True
        get_logger().info("courier.assigned", partitions=partitions)

    async def _work(self, partitions: Sequence[int]) -> None:
        try:
            await self._take_up(partitions)
            while True:
                heed()
                records = await self._intake.take(MOST_RECORDS)
                for outcome in await self._patience.carry_out(records, self._inbox.take_in):
                    self._lines.add(outcome.deliveries)
                    self._progress.advance(outcome.offsets)
                    self._observer.taken_in(outcome.counts, refused=outcome.refused)
        except Exception as error:  # noqa: BLE001 - told: nobody awaits this task
            self.on_failed(error)

    async def _take_up(self, partitions: Sequence[int]) -> None:
        """What a courier before us left."""
        for pause in pauses(PAUSES):
            try:
                self._lines.add(await self._store.unfinished(partitions))
            except (Transient, UnknownOutcome) as error:
                get_logger().warning("courier.waiting", error=type(error).__name__)
            else:
                return
            await self._clock.sleep(pause)

    async def _keep_committing(self) -> None:
        while True:
            await self._clock.sleep(COMMIT_SECONDS)
            self._observer.waiting(self._lines.length)
            consumer = self._subscription.consumer
            if consumer is not None and self._progress.pending:
                await self._progress.commit(consumer)
