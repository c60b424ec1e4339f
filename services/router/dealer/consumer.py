"""Kafka in, for the dealer.

Reads `support.tickets.v1` and `support.agents.v1` side by side (equal partition counts, range
assignment: a shard's two partitions come together). Delivery: at least once; the shards' stored
offsets make the effect exactly once. Order: per partition as the broker has it; between the two
topics any. A duplicate is below the stored offset and is dropped.

The subscription only hands records to the shards' queues and is back at polling at once: aiokafka
holds back a node's fetches while what it fetched is not drained.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

from services.router.adapters.kafka_feed import FETCH_WAIT_MS, KafkaFeed
from services.router.dealer.setting import Ports
from services.router.dealer.supervisor import Supervisor
from services.router.ports import FeedUnavailable
from shared.messaging.records import Record
from shared.messaging.topics import bare, topic

log = structlog.get_logger()

TOPICS: Final = ("support.tickets.v1", "support.agents.v1")
_LAG_SECONDS: Final = 2.0


class DealerConsumer:
    """Feeds a supervisor from Kafka."""

    def __init__(
        self,
        *,
        kafka: str,
        group: str,
        topic_prefix: str,
        session_seconds: float,
        feed: KafkaFeed,
        ports: Ports,
    ) -> None:
        self._prefix = topic_prefix
        self._feed = feed
        self._ports = ports
        self.supervisor = Supervisor(ports)
        self._broker = KafkaBroker(
            kafka,
            client_id="croupier-dealer",
            allow_auto_create_topics=False,
            ack_policy=AckPolicy.MANUAL,
            logger=None,
        )
        self._subscription = self._broker.subscriber(
            *(topic(name, topic_prefix) for name in TOPICS),
            batch=True,
            group_id=group,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RangePartitionAssignor,),
            listener=_Listener(self.supervisor),
            fetch_max_wait_ms=FETCH_WAIT_MS,
            batch_timeout_ms=10,
            session_timeout_ms=round(session_seconds * 1000),
            heartbeat_interval_ms=round(session_seconds * 200),
            rebalance_timeout_ms=60_000,
            decoder=_as_it_is,
        )
        self._subscription(self._on_records)

    async def run(self) -> None:
        """Until cancelled. Raises what a shard could not explain."""
        await self._broker.start()
        try:
            if self._subscription.consumer is None:
                raise RuntimeError("the subscription started without a consumer")
            self._feed.attach(self._subscription.consumer)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.supervisor.run(), name="supervisor")
                tasks.create_task(self._report_lag(), name="lag")
        finally:
            await self._broker.stop()

    def ready(self) -> bool:
        """Whether the group gave us something, and all of it is owned."""
        assigned = self._feed.assigned()
        return bool(assigned) and assigned <= self.supervisor.owned()

    async def _on_records(self, message: KafkaMessage) -> None:
        records = [
            Record(
                topic=bare(raw.topic, self._prefix),
                partition=raw.partition,
                offset=raw.offset,
                key=raw.key,
                value=raw.value,
                timestamp=raw.timestamp,
                headers=tuple(raw.headers),
            )
            for raw in message.raw_message
        ]
        self._feed.hand_out(records)
        self.supervisor.deliver(records)

    async def _report_lag(self) -> None:
        """Kafka's own committed offsets serve lag monitoring and nothing else."""
        while True:
            await self._ports.clock.sleep(_LAG_SECONDS)
            self._ports.observer.lag(self._feed.lag())
            with suppress(FeedUnavailable):
                await self._feed.commit(self.supervisor.offsets())


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells the supervisor, and does nothing that can fail or take long."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        await self._supervisor.on_revoked(sorted({tp.partition for tp in revoked}))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        log.info("dealer.assigned", shards=sorted({tp.partition for tp in assigned}))
        self._supervisor.on_assigned()


async def _as_it_is(message: KafkaMessage) -> KafkaMessage:
    """Decoding is the shard's business."""
    return message
