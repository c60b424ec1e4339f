"""KafkaPublisher on a real broker: in order, confirmed, bounded in time, and back after a fault."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.stack import Stack
from shared.messaging.partition import partition_of
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import Outgoing, PublishFailed, RecordTooLarge
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

TOPIC = "support.inbound.v1"
PARTITIONS = 12


def publisher(fresh: Fresh, *, timeout: float = 10.0) -> KafkaPublisher:
    config = ProducerConfig(
        kafka=fresh.stack.kafka,
        client_id="test",
        topic_prefix=fresh.topic_prefix,
        timeout=timeout,
    )
    return KafkaPublisher(config)


def records(key: bytes, count: int, *, first: int = 0) -> list[Outgoing]:
    return [Outgoing(TOPIC, key, b"%d" % n, (("n", b"1"),)) for n in range(first, first + count)]


@asynccontextmanager
async def reader(fresh: Fresh, key: bytes) -> AsyncIterator[AIOKafkaConsumer]:
    """Reads the key's partition from its beginning."""
    consumer = AIOKafkaConsumer(bootstrap_servers=fresh.stack.kafka)
    await consumer.start()
    where = TopicPartition(fresh.topic(TOPIC), partition_of(key, PARTITIONS))
    consumer.assign([where])
    await consumer.seek_to_beginning(where)
    yield consumer
    await consumer.stop()


async def read(fresh: Fresh, key: bytes, count: int) -> list[bytes]:
    async with reader(fresh, key) as consumer:
        found = [await consumer.getone() for _ in range(count)]
    return [record.value for record in found]


async def test_records_of_a_key_are_on_its_partition_in_the_order_of_publication(
    fresh: Fresh,
) -> None:
    await fresh.provision_topics()
    async with publisher(fresh) as publishing:
        await asyncio.gather(
            *(publishing.publish(records(b"other-%d" % n, 50)) for n in range(4)),
            publishing.publish(records(b"mine", 2_000)),
        )
        await publishing.publish(records(b"mine", 10, first=2_000))
    async with reader(fresh, b"mine") as consumer:
        mine: list[bytes] = []
        while len(mine) < 2_010:
            record = await consumer.getone()
            mine += [record.value] if record.key == b"mine" else []
    assert mine == [b"%d" % n for n in range(2_010)]


async def test_a_record_too_large_is_refused_before_anything_of_the_call_is_sent(
    fresh: Fresh,
) -> None:
    await fresh.provision_topics()
    async with publisher(fresh) as publishing:
        with pytest.raises(RecordTooLarge, match="262144"):
            await publishing.publish([*records(b"k", 1), Outgoing(TOPIC, b"k", b"x" * 262_144)])
        await publishing.publish(records(b"k", 1, first=7))
    assert await read(fresh, b"k", 1) == [b"7"]


async def test_a_silent_broker_fails_the_publication_and_the_next_producer_works(
    own_stack: Stack,
) -> None:
    fresh = Fresh(suffix="publisher", stack=own_stack)
    await fresh.provision_topics()
    broker = own_stack.parts["kafka-0"]
    async with publisher(fresh, timeout=1.0) as publishing:
        # a broker that has just started may take longer than that for its first record
        await until_published(publishing, records(b"k", 1))
        broker.pause()
        outcomes = await asyncio.gather(
            *(publishing.publish(records(b"k", 1, first=n)) for n in (1, 2, 3)),
            return_exceptions=True,
        )
        assert not await publishing.reachable()
        broker.resume()
        await until_published(publishing, records(b"k", 1, first=4))
        assert await publishing.reachable()
    assert all(isinstance(outcome, PublishFailed) for outcome in outcomes)


async def test_an_absent_broker_is_reported_and_stopping_is_always_legal(fresh: Fresh) -> None:
    publishing = KafkaPublisher(ProducerConfig(kafka="127.0.0.1:1", client_id="test", timeout=1.0))
    await publishing.stop()
    with pytest.raises(PublishFailed):
        await publishing.start()
    with pytest.raises(PublishFailed):
        await publishing.publish(records(b"k", 1))
    await publishing.stop()
    await publishing.stop()


async def until_published(publishing: KafkaPublisher, outgoing: list[Outgoing]) -> None:
    """Publish again until the broker confirms, as every caller does."""
    for _ in range(20):
        try:
            return await publishing.publish(outgoing)
        except PublishFailed as error:
            failure = error
    raise failure
