"""The sorter's FastStream subscription: raw records in, assignments told, pausing.

FastStream's batch subscriber does not poll while its handler runs, logs what a handler raises and
goes on behind it, and decodes every header as UTF-8: so the handler only passes records on,
errors are told to `receiver.on_failed`, and nothing is parsed here.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER

from services.router.sorter.refusing import GROUP
from shared.contracts.inbound import InboundEvent
from shared.messaging.records import Record
from shared.messaging.topics import topic

log = structlog.get_logger()

LEAVE_SECONDS: Final = 3.0
"""For leaving the group; a rebalance under way is not waited for."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where to read. Prefix (of the topic) and suffix (of the group) set test runs apart.

    session_seconds: after so long a silence the broker gives our partitions away.
    """

    kafka: str
    topic_prefix: str = ""
    group_suffix: str = ""
    session_seconds: float = 10.0


class Receiver(Protocol):
    """Who is told."""

    def on_records(self, records: Sequence[Record]) -> None: ...

    async def on_revoked(self) -> None:
        """All partitions go. No heartbeat is sent until this returns."""
        ...

    def on_assigned(self, partitions: Iterable[int]) -> None: ...

    def on_failed(self, error: Exception) -> None: ...


class Subscription:
    """One member of the group. `topic`: as the broker has it."""

    def __init__(self, source: Source, receiver: Receiver) -> None:
        self.topic: Final = topic(InboundEvent.TOPIC, source.topic_prefix)
        self._receiver: Final = receiver
        self._paused = False
        self._partitions = 0
        self._broker: Final = KafkaBroker(
            source.kafka,
            client_id="croupier-sorter",
            consumer_only=True,
            allow_auto_create_topics=False,
            ack_policy=AckPolicy.MANUAL,
            apply_types=False,
            graceful_timeout=1.0,
            logger=None,
        )
        self._subscriber: Final = self._broker.subscriber(
            self.topic,
            batch=True,
            group_id=GROUP + source.group_suffix,
            auto_offset_reset="earliest",
            listener=_Listener(self),
            # an empty poll is followed by a sleep of the same length, which news has to sit out
            batch_timeout_ms=2,
            session_timeout_ms=round(source.session_seconds * 1000),
            heartbeat_interval_ms=round(source.session_seconds * 200),
            rebalance_timeout_ms=30_000,  # below a request's 40 s: a JoinGroup waits this long
            parser=self._as_it_is,
            decoder=_raw,
        )
        self._subscriber(self._on_records)

    async def start(self) -> None:
        """Join the group. Raises KafkaError, and RuntimeError when there is no such topic."""
        try:
            await self._broker.start()
            missing = not self.partitions
        except UnknownTopicOrPartitionError:
            missing = True
        if missing:
            await self.stop()
            raise RuntimeError(f"no topic {self.topic}: run `croupier stack provision`")

    async def stop(self) -> None:
        """Leave the group. Legal twice."""
        consumer = self.consumer
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._broker.stop()
        except TimeoutError:
            log.warning("sorter.left_amid_rebalance", waited_seconds=LEAVE_SECONDS)
            if consumer is not None:
                await _abandon(consumer)

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer

    @property
    def partitions(self) -> int:
        """How many the topic has, as far as last known; 0 when it never was."""
        consumer = self.consumer
        known = consumer and consumer.partitions_for_topic(self.topic)
        self._partitions = len(known) if known else self._partitions
        return self._partitions

    @property
    def assigned(self) -> bool:
        consumer = self.consumer
        return bool(consumer and consumer.assignment())

    def pause(self) -> None:
        if self.consumer is not None and not self._paused:
            self.consumer.pause(*self.consumer.assignment())
            self._paused = True

    def resume(self) -> None:
        if self.consumer is not None and self._paused:
            self.consumer.resume(*self.consumer.assignment())
            self._paused = False

    async def revoked(self) -> None:
        await self._receiver.on_revoked()

    def assigned_anew(self, assigned: Iterable[TopicPartition]) -> None:
        self._paused = False  # a new assignment comes with nothing paused
        self._receiver.on_assigned(sorted(tp.partition for tp in assigned))

    async def _on_records(self, raws: tuple[ConsumerRecord, ...]) -> None:
        try:
            self._receiver.on_records([_record(raw) for raw in raws])
        except Exception as error:  # noqa: BLE001 - told, or FastStream would swallow it
            self._receiver.on_failed(error)

    async def _as_it_is(self, raws: tuple[ConsumerRecord, ...]) -> KafkaMessage:
        # it never acknowledges: offsets are committed by `Progress`
        return KafkaMessage(raw_message=raws, body=b"", consumer=FAKE_CONSUMER)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, subscription: Subscription) -> None:
        self._subscription: Final = subscription

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        await self._subscription.revoked()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._subscription.assigned_anew(assigned)


async def _abandon(consumer: AIOKafkaConsumer) -> None:
    """End a consumer whose `stop` waits for the group to agree on something: aiokafka would, for
    as long as a request may take (40 s). Our time-out has cancelled that; this ends the rest."""
    await consumer._coordinator._stop_heartbeat_task()
    await consumer._coordinator._stop_commit_offsets_refresh_task()
    await consumer._fetcher.close()
    await consumer._client.close()


async def _raw(message: KafkaMessage) -> object:
    return message.raw_message


def _record(raw: ConsumerRecord) -> Record:
    return Record(
        topic=InboundEvent.TOPIC,
        partition=raw.partition,
        offset=raw.offset,
        key=raw.key,
        value=raw.value,
        timestamp=raw.timestamp,
        headers=tuple(raw.headers),
    )
