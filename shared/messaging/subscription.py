"""A FastStream subscription for services that keep their own offsets: raw records in, assignments
told, pausing.

FastStream does not poll while a handler runs, logs what a handler raises and goes on behind it,
and decodes every header as UTF-8: so the handler only passes records on, errors are told to
`receiver.on_failed`, and nothing is parsed here. Its batch subscriber sleeps for as long as it
polled in vain, which news has to sit out: so ours waits for one record and takes with it what else
the consumer holds by then.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import ConsumerStoppedError, KafkaError, UnknownTopicOrPartitionError
from aiokafka.protocol.group import LeaveGroupRequest
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER

from shared.messaging import closing
from shared.messaging.opening import opened
from shared.messaging.pacing import pace
from shared.messaging.records import Record
from shared.messaging.topics import bare, topic

log = structlog.get_logger()

LEAVE_SECONDS: Final = 3.0
"""For leaving the group; a rebalance under way is not waited for."""

GOODBYE_SECONDS: Final = 2.0
"""For the broker to take note that a member left, amid a rebalance or under its former name."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where to read. Prefix (of the topics) and suffix (of the group) set test runs apart.

    session_seconds: after so long a silence the broker gives our partitions away.
    """

    kafka: str
    topic_prefix: str = ""
    group_suffix: str = ""
    session_seconds: float = 10.0


class Receiver(Protocol):
    """Who is told."""

    def on_records(self, records: Sequence[Record]) -> None: ...

    async def on_revoked(self, partitions: Sequence[int]) -> None:
        """All partitions go. No heartbeat is sent until this returns."""
        ...

    def on_assigned(self, partitions: Sequence[int]) -> None: ...

    def on_failed(self, error: Exception) -> None: ...


class Subscription:
    """One member of a group. `topics`: as the broker has them.

    Range assignment: equal partition numbers of several topics come to the same member, as long as
    the topics have equally many and every member reads all of them.
    """

    def __init__(
        self,
        source: Source,
        receiver: Receiver,
        *,
        topics: Sequence[str],
        group: str,
        fetch_wait_ms: int = 500,
    ) -> None:
        """fetch_wait_ms: how long the broker may hold a fetch that has nothing to answer."""
        self.topics: Final = tuple(topic(name, source.topic_prefix) for name in topics)
        self._prefix: Final = source.topic_prefix
        self._group: Final = group
        self._receiver: Final = receiver
        self._paused = False
        self._partitions = 0
        self._member = ""
        self._broker: Final = KafkaBroker(
            source.kafka.split(","),  # it takes one string for one server
            client_id=f"croupier-{group}",
            consumer_only=True,
            allow_auto_create_topics=False,
            ack_policy=AckPolicy.MANUAL,
            apply_types=False,
            graceful_timeout=1.0,
            logger=None,
        )
        self._subscriber: Final = self._broker.subscriber(
            *self.topics,
            group_id=group + source.group_suffix,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RangePartitionAssignor,),
            listener=_Listener(self),
            fetch_max_wait_ms=fetch_wait_ms,
            session_timeout_ms=round(source.session_seconds * 1000),
            heartbeat_interval_ms=round(source.session_seconds * 200),
            rebalance_timeout_ms=30_000,  # below a request's 40 s: a JoinGroup waits this long
            parser=self._as_it_is,
            decoder=_raw,
        )
        self._subscriber(self._on_record)

    async def start(self) -> None:
        """Join the group. Raises KafkaError, and RuntimeError when there is no such topic."""
        try:
            await opened(self._broker.start())
            pace(self.consumer)
            missing = not self.partitions
        except UnknownTopicOrPartitionError:
            missing = True
        except BaseException:
            await self.stop()
            raise
        if missing:
            await self.stop()
            raise RuntimeError(f"no topic {self.topics[0]}: run `croupier stack provision`")

    async def stop(self) -> None:
        """Leave the group. Legal twice."""
        consumer = self.consumer
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                if consumer is not None:
                    await closing.end_fetching(consumer)
                await self._broker.stop()
        except TimeoutError:
            log.warning(
                "subscription.left_amid_rebalance",
                group=self._group,
                waited_seconds=LEAVE_SECONDS,
            )
            if consumer is not None:
                await _abandon(consumer)

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer

    @property
    def partitions(self) -> int:
        """How many the first topic has, as far as last known; 0 when it never was."""
        consumer = self.consumer
        known = consumer and consumer.partitions_for_topic(self.topics[0])
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

    async def revoked(self, revoked: Iterable[TopicPartition]) -> None:
        await self._receiver.on_revoked(_numbers(revoked))
        await self._bury_former_self()

    def assigned_anew(self, assigned: Iterable[TopicPartition]) -> None:
        self._paused = False  # a new assignment comes with nothing paused
        if self.consumer is not None:
            self._member = self.consumer._coordinator.member_id
        self._receiver.on_assigned(_numbers(assigned))

    async def _bury_former_self(self) -> None:
        """Where a commit or a heartbeat named another generation than the group's, aiokafka forgets
        who it was and joins as somebody else. Whom it was would be waited for like any silent
        member: until its session ends, and on the embedded broker, if it led the group, for ever.
        """
        former, self._member = self._member, ""
        if self.consumer is not None and former != self.consumer._coordinator.member_id:
            await _say_goodbye(self.consumer, former)

    async def _on_record(self, raw: ConsumerRecord) -> None:
        """The record, at once, for its assignment may end while we look for more; then the rest."""
        try:
            self._receiver.on_records([self._record(raw)])
            rest = await self._rest()
            if rest:
                self._receiver.on_records([self._record(raw) for raw in rest])
        except Exception as error:  # noqa: BLE001 - told, or FastStream would swallow it
            self._receiver.on_failed(error)

    async def _rest(self) -> list[ConsumerRecord]:
        """What the consumer holds already."""
        if self.consumer is None:
            return []
        try:
            held = await self.consumer.getmany()
        except (KafkaError, ConsumerStoppedError):
            return []  # FastStream meets it again, and knows what to do
        return [raw for raws in held.values() for raw in raws]

    async def _as_it_is(self, raw: ConsumerRecord) -> KafkaMessage:
        # it never acknowledges: whoever receives the records keeps the offsets
        return KafkaMessage(raw_message=raw, body=b"", consumer=FAKE_CONSUMER)

    def _record(self, raw: ConsumerRecord) -> Record:
        return Record(
            topic=bare(raw.topic, self._prefix),
            partition=raw.partition,
            offset=raw.offset,
            key=raw.key,
            value=raw.value,
            timestamp=raw.timestamp,
            headers=tuple(raw.headers),
        )


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, subscription: Subscription) -> None:
        self._subscription: Final = subscription

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        await self._subscription.revoked(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._subscription.assigned_anew(assigned)


async def _abandon(consumer: AIOKafkaConsumer) -> None:
    """End a consumer whose `stop` waits for the group to agree on something: aiokafka would, for
    as long as a request may take (40 s). Our time-out has cancelled that; this ends the rest."""
    await consumer._coordinator._stop_heartbeat_task()
    await consumer._coordinator._stop_commit_offsets_refresh_task()
    await _say_goodbye(consumer, consumer._coordinator.member_id)
    consumer._closed = True  # or it would complain that nobody did what we do here
    await consumer._fetcher.close()
    await consumer._client.close()


async def _say_goodbye(consumer: AIOKafkaConsumer, member: str) -> None:
    """A member leaves the group, on another connection than the one where its JoinGroup or
    SyncGroup may be waiting: else the others wait for it until its session ends, and on the
    embedded broker, where it leads the group, for ever."""
    coordinator = consumer._coordinator
    if not member or coordinator.coordinator_id is None:
        return
    request = LeaveGroupRequest(coordinator.group_id, member)
    try:
        async with asyncio.timeout(GOODBYE_SECONDS):
            await consumer._client.send(coordinator.coordinator_id, request)
    except (KafkaError, OSError) as error:
        log.warning("subscription.left_silently", error=type(error).__name__)


async def _raw(message: KafkaMessage) -> object:
    return message.raw_message


def _numbers(partitions: Iterable[TopicPartition]) -> list[int]:
    return sorted({tp.partition for tp in partitions})
