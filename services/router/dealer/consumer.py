"""Kafka in, for the dealer.

Reads `support.tickets.v1` and `support.agents.v1` side by side (equal partition counts, range
assignment: a shard's two partitions come together). Delivery: at least once; the shards' stored
offsets make the effect exactly once. Order: per partition as the broker has it; between the two
topics any. A duplicate is below the stored offset and is dropped.

The subscription only hands records to the shards' queues and is back at polling at once: aiokafka
holds back a node's fetches while what it fetched is not drained.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import structlog

from services.router.adapters.kafka_feed import FETCH_WAIT_MS, KafkaFeed
from services.router.dealer.setting import Ports
from services.router.dealer.supervisor import Supervisor
from services.router.dealer.turn import GROUP
from services.router.ports import FeedUnavailable
from shared.contracts.announcement import Announcement
from shared.contracts.desk_input import DeskInput
from shared.messaging.records import Record
from shared.messaging.subscription import Source, Subscription

log = structlog.get_logger()

TOPICS: Final = (Announcement.TOPIC, DeskInput.TOPIC)
_LAG_SECONDS: Final = 2.0


class DealerConsumer:
    """Feeds a supervisor from Kafka."""

    def __init__(self, source: Source, *, feed: KafkaFeed, ports: Ports) -> None:
        self._feed: Final = feed
        self._ports: Final = ports
        self._failure: asyncio.Future[None] | None = None
        self._joined = False
        self.supervisor: Final = Supervisor(ports)
        self._subscription: Final = Subscription(
            source, self, topics=TOPICS, group=GROUP, fetch_wait_ms=FETCH_WAIT_MS
        )

    async def run(self) -> None:
        """Until cancelled. Raises what a shard could not explain."""
        self._failure = asyncio.get_running_loop().create_future()
        await self._subscription.start()
        try:
            if self._subscription.consumer is None:
                raise RuntimeError("the subscription started without a consumer")
            self._feed.attach(self._subscription.consumer)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.supervisor.run(), name="supervisor")
                tasks.create_task(self._report_lag(), name="lag")
                await self._failure
        finally:
            await self._subscription.stop()

    def ready(self) -> bool:
        """Whether the group told us what is ours, and we own all of it. That may be nothing: with
        more processes than partitions the others stand by."""
        return self._joined and self._feed.assigned() <= self.supervisor.owned()

    def on_records(self, records: Sequence[Record]) -> None:
        self._feed.hand_out(records)
        self.supervisor.deliver(records)

    def on_failed(self, error: Exception) -> None:
        if self._failure is not None and not self._failure.done():
            self._failure.set_exception(error)

    async def on_revoked(self, partitions: Sequence[int]) -> None:
        await self.supervisor.on_revoked(partitions)

    def on_assigned(self, partitions: Sequence[int]) -> None:
        log.info("dealer.assigned", shards=partitions)
        self._joined = True
        self.supervisor.on_assigned()

    async def _report_lag(self) -> None:
        """Kafka's own committed offsets serve lag monitoring and nothing else."""
        while True:
            await self._ports.clock.sleep(_LAG_SECONDS)
            applied = self.supervisor.offsets()
            with suppress(FeedUnavailable):
                self._ports.observer.lag(await self._feed.lag(applied))
                await self._feed.commit(applied)
