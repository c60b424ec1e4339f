"""Follows topics: what comes is read as it comes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from cli.topic_reader import REQUEST_MS, partitions_of, record_of
from shared.messaging.consuming import started
from shared.messaging.records import Record

_POLL_MS: Final = 200


class TopicFollower:
    """An async context manager; once entered, it is set to the end of every topic.

    Reads all partitions without a group. Nothing is committed; begun anew, it knows nothing of
    before. Order: of one partition as the broker has it, between them any.
    """

    def __init__(self, kafka: str, topics: Sequence[str]) -> None:
        self._kafka = kafka
        self._topics = topics
        self._partitions: list[TopicPartition] = []
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka, enable_auto_commit=False, request_timeout_ms=REQUEST_MS
        )
        self._closing = AsyncExitStack()

    def count(self, topic: str) -> int:
        """How many partitions a topic has; 0: there is none."""
        return sum(each.topic == topic for each in self._partitions)

    async def rewind(self, topic: str) -> None:
        """To the beginning of what the topic has."""
        mine = [each for each in self._partitions if each.topic == topic]
        for each, start in (await self._consumer.beginning_offsets(mine)).items():
            self._consumer.seek(each, start)

    def seek(self, partition: int, offsets: Mapping[str, int]) -> None:
        """Go on at these offsets, by topic."""
        for topic, offset in offsets.items():
            self._consumer.seek(TopicPartition(topic, partition), offset)

    async def read(self) -> AsyncIterator[Record]:
        """All there is at this moment and was not read yet. Raises KafkaError."""
        ends = await self._consumer.end_offsets(self._partitions)
        while await self._behind(ends):
            batches = await self._consumer.getmany(timeout_ms=_POLL_MS)
            for records in batches.values():
                for raw in records:
                    yield record_of(raw)

    async def _behind(self, ends: Mapping[TopicPartition, int]) -> bool:
        for each, end in ends.items():
            if await self._consumer.position(each) < end:
                return True
        return False

    async def __aenter__(self) -> Self:
        self._partitions = await partitions_of(self._kafka, self._topics)
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(started(self._consumer))
            self._consumer.assign(self._partitions)
            for each, end in (await self._consumer.end_offsets(self._partitions)).items():
                self._consumer.seek(each, end)
            self._closing = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._closing.aclose()
