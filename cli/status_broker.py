"""What the broker knows of how far everybody has come."""

from collections.abc import Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from cli.dead_letters import read_dead_letters
from deploy.stack.topics import load_topics
from shared.messaging.consuming import started

_SORTED: Final = "support.inbound.v1"
DEALT: Final = ("support.tickets.v1", "support.agents.v1")


async def ends_of(kafka: str) -> dict[TopicPartition, int]:
    """The end of each partition that sorter or dealer reads. Raises KafkaError."""
    topics = load_topics().topics
    partitions = [
        TopicPartition(name, partition)
        for name in (_SORTED, *DEALT)
        for partition in range(topics[name].partitions)
    ]
    async with started(AIOKafkaConsumer(bootstrap_servers=kafka)) as consumer:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    return ends


async def committed(kafka: str, group: str) -> dict[TopicPartition, int]:
    """How far a consumer group has come. Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    try:
        await admin.start()
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {where: held.offset for where, held in offsets.items()}


def sorter_lag(ends: Mapping[TopicPartition, int], done: Mapping[TopicPartition, int]) -> int:
    """Records the sorter has yet to read."""
    return sum(
        max(0, end - max(0, done.get(where, 0)))
        for where, end in ends.items()
        if where.topic == _SORTED
    )


async def dead_letter_counts(kafka: str) -> dict[str, int]:
    """Not yet replayed, by topic; topics without one are left out."""
    found = [letter async for letter in read_dead_letters(kafka)]
    counts: dict[str, int] = {}
    for letter in found:
        if not letter.replayed:
            counts[letter.topic] = counts.get(letter.topic, 0) + 1
    return counts
