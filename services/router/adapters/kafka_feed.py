"""The dealer's consumer, as the dealer needs to see it: by shard instead of by topic-partition."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Final, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.router.ports import FeedUnavailable, Offsets
from shared.messaging.consuming import started
from shared.messaging.records import Record
from shared.messaging.topics import topic
from shared.runtime.clock import Clock

T = TypeVar("T")

FETCH_WAIT_MS: Final = 250
"""An idle fetch is answered after this long, so that `caught_up` is never older than a moment."""

_FRESH_MS: Final = 4 * FETCH_WAIT_MS
_MARK_MS: Final = 5_000


class KafkaFeed:
    """A Feed over the two co-partitioned topics. `consumer` is set once the subscription has one.

    topics: without prefix. answer_seconds: for the broker to answer a question; then
    FeedUnavailable. aiokafka alone would wait 40 s for a broker that took a request and went
    silent, and a shard that is being taken over would wait with it.
    """

    def __init__(
        self,
        *,
        topics: tuple[str, ...],
        kafka: str,
        topic_prefix: str,
        clock: Clock,
        answer_seconds: float = 10.0,
    ) -> None:
        self._clock: Final = clock
        self._answer_seconds: Final = answer_seconds
        self._topics: Final = topics
        self._kafka: Final = kafka
        self._prefix: Final = topic_prefix
        self._handed: dict[TopicPartition, int] = {}
        self._consumer: AIOKafkaConsumer | None = None

    def attach(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    def hand_out(self, records: Iterable[Record]) -> None:
        """Note what was delivered."""
        for record in records:
            tp = self._tp(record.topic, record.partition)
            self._handed[tp] = record.offset + 1

    def assigned(self) -> frozenset[int]:
        """Shards of which both topics' partitions are here. Range assignment gives them together;
        while members still disagree on the subscription one may come alone."""
        held = self._assignment()
        return frozenset(
            tp.partition for tp in held if all(each in held for each in self._of(tp.partition))
        )

    def partitions(self) -> int:
        """Raises FeedUnavailable when unknown, ValueError when the topics differ."""
        counts = {name: self._count(name) for name in self._topics}
        if len(set(counts.values())) != 1:
            raise ValueError(f"these topics need equally many partitions: {counts}")
        return next(iter(counts.values()))

    async def start_of(self, shard: int) -> dict[str, int]:
        return await self._offsets(shard, self._ready().beginning_offsets)

    async def end_of(self, shard: int) -> dict[str, int]:
        return await self._offsets(shard, self._ready().end_offsets)

    async def mark_of(self, shard: int, topic: str, offset: int) -> int | None:
        starts, ends = await self.start_of(shard), await self.end_of(shard)
        if not starts[topic] <= offset < ends[topic]:
            return None
        return await self._read_mark(self._tp(topic, shard), offset)

    def seek(self, shard: int, offsets: Offsets) -> None:
        for name, offset in offsets.items():
            tp = self._tp(name, shard)
            if tp in self._assignment():
                self._ready().seek(tp, offset)
                self._handed[tp] = offset

    def pause(self, shard: int) -> None:
        self._ready().pause(*self._held(shard))

    def resume(self, shard: int) -> None:
        self._ready().resume(*self._held(shard))

    def caught_up(self, shard: int) -> bool:
        held = self._held(shard)
        return len(held) == len(self._topics) and all(self._drained(tp) for tp in held)

    async def lag(self, applied: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], int]:
        """(topic, partition) -> records the broker holds that were not applied. Raises
        FeedUnavailable.

        applied: next offset of the shards that are owned; one that is assigned and not owned
        counts from what was committed last.
        """
        lags: dict[tuple[str, int], int] = {}
        held = list(self._assignment())
        ends = await self._asking(self._ready().end_offsets(held)) if held else {}
        for tp, end in ends.items():
            name = tp.topic.removeprefix(self._prefix)
            done = applied.get((name, tp.partition))
            if done is None:
                done = await self._asking(self._ready().committed(tp)) or 0
            lags[name, tp.partition] = max(0, end - done)
        return lags

    async def commit(self, offsets: dict[tuple[str, int], int]) -> None:
        """Tell Kafka how far we are, for lag monitoring only. Raises FeedUnavailable."""
        held = {
            tp: offset
            for (name, partition), offset in offsets.items()
            if (tp := self._tp(name, partition)) in self._assignment()
        }
        if held:
            await self._asking(self._ready().commit(held))

    def _drained(self, tp: TopicPartition) -> bool:
        """Whether the last answer of the broker left nothing, and was given just now."""
        consumer = self._ready()
        end, answered_ms = consumer.highwater(tp), consumer.last_poll_timestamp(tp)
        if end is None or not answered_ms:
            return False
        # a time to come: the machine's clock was set back since, and says nothing about freshness
        fresh = abs(self._clock.now() * 1000 - answered_ms) <= _FRESH_MS
        return bool(fresh and self._handed.get(tp, -1) >= end)

    async def _read_mark(self, tp: TopicPartition, offset: int) -> int | None:
        reader = AIOKafkaConsumer(
            bootstrap_servers=self._kafka,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )
        async with AsyncExitStack() as closing:
            await self._asking(closing.enter_async_context(started(reader)))
            reader.assign([tp])
            reader.seek(tp, offset)
            found = await self._asking(reader.getmany(tp, timeout_ms=_MARK_MS, max_records=1))
        for record in found.get(tp, ()):
            return int(record.timestamp) if record.offset == offset else None
        raise FeedUnavailable(f"no answer for offset {offset} of {tp.topic}/{tp.partition}")

    async def _offsets(
        self,
        shard: int,
        ask: Callable[[list[TopicPartition]], Awaitable[dict[TopicPartition, int]]],
    ) -> dict[str, int]:
        answer = await self._asking(ask(self._of(shard)))
        return {name: answer[self._tp(name, shard)] for name in self._topics}

    async def _asking(self, answer: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._answer_seconds):
                return await answer
        except (KafkaError, OSError) as error:  # a TimeoutError is an OSError
            raise FeedUnavailable(type(error).__name__) from error

    def _count(self, name: str) -> int:
        found = self._ready().partitions_for_topic(topic(name, self._prefix))
        if not found:
            raise FeedUnavailable(f"the broker does not list {topic(name, self._prefix)} yet")
        return len(found)

    def _ready(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise FeedUnavailable("the subscription is not started")
        return self._consumer

    def _assignment(self) -> frozenset[TopicPartition]:
        return frozenset(() if self._consumer is None else self._consumer.assignment())

    def _held(self, shard: int) -> list[TopicPartition]:
        held = self._assignment()
        return [tp for tp in self._of(shard) if tp in held]

    def _of(self, shard: int) -> list[TopicPartition]:
        return [self._tp(name, shard) for name in self._topics]

    def _tp(self, name: str, partition: int) -> TopicPartition:
        return TopicPartition(topic(name, self._prefix), partition)
