"""Reads topics from one end to the other, as they are now."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.messaging.consuming import started
from shared.messaging.records import Record

_POLL_MS: Final = 500
REQUEST_MS: Final = 8_000


async def read_topics(kafka: str, topics: Sequence[str]) -> AsyncIterator[Record]:
    """Every record there is now, of one partition in order. Topics that do not exist are empty.

    Raises aiokafka's KafkaError when the broker does not answer.
    """
    partitions = await partitions_of(kafka, topics)
    if not partitions:
        return
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, request_timeout_ms=REQUEST_MS
    )
    async with started(consumer):
        async for record in _read(consumer, partitions):
            yield record


async def count_partitions(kafka: str, topic: str) -> int:
    """How many a topic has; 0 when there is no such topic. Raises KafkaError."""
    return len(await partitions_of(kafka, [topic]))


async def partitions_of(kafka: str, topics: Sequence[str]) -> list[TopicPartition]:
    """Those of the topics that exist: a consumer knows only partitions it subscribes to."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, request_timeout_ms=REQUEST_MS)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        wanted = [topic for topic in topics if topic in existing]
        # no names would mean every topic
        described = await admin.describe_topics(wanted) if wanted else []
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]


async def _read(consumer: Any, partitions: list[TopicPartition]) -> AsyncIterator[Record]:
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    starts = await consumer.beginning_offsets(partitions)
    for each in partitions:
        consumer.seek(each, starts[each])
    unread = {each for each in partitions if starts[each] < ends[each]}
    consumer.pause(*(set(partitions) - unread))
    while unread:
        for where, records in (await consumer.getmany(timeout_ms=_POLL_MS)).items():
            for raw in records:
                if raw.offset < ends[where]:
                    yield record_of(raw)
        unread = {each for each in unread if await consumer.position(each) < ends[each]}


def record_of(raw: Any) -> Record:
    return Record(
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        key=raw.key,
        value=raw.value,
        timestamp=raw.timestamp,
        headers=tuple(raw.headers),
    )
