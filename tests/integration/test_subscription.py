"""Members of a consumer group that come and go, as a broker sees them."""

import asyncio
import gc
from collections.abc import Sequence

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import CommitFailedError

from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import Record
from shared.messaging.subscription import Source, Subscription
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

TOPIC = "support.tickets.v1"


class Member:
    """One process's subscription. `slow`: it does not let go of its partitions until told to."""

    def __init__(self, fresh: Fresh, *, slow: bool = False) -> None:
        self.may_let_go = asyncio.Event()
        self.lets_go = asyncio.Event()
        self.assigned: asyncio.Queue[list[int]] = asyncio.Queue()
        if not slow:
            self.may_let_go.set()
        source = Source(
            kafka=fresh.stack.kafka,
            topic_prefix=fresh.topic_prefix,
            group_suffix=f".{fresh.suffix}",
            session_seconds=6.0,
        )
        self.subscription = Subscription(source, self, topics=(TOPIC,), group="members")

    def on_records(self, records: Sequence[Record]) -> None:
        raise AssertionError(f"nobody wrote, and here are {len(records)} records")

    async def on_revoked(self, partitions: Sequence[int]) -> None:
        if partitions:
            self.lets_go.set()
            await self.may_let_go.wait()

    def on_assigned(self, partitions: Sequence[int]) -> None:
        self.assigned.put_nowait(list(partitions))

    def on_failed(self, error: Exception) -> None:
        raise error


async def test_who_leaves_amid_a_rebalance_is_not_waited_for(fresh: Fresh) -> None:
    await fresh.provision_topics()
    stays, goes = Member(fresh, slow=True), Member(fresh)
    await stays.subscription.start()
    everything = await stays.assigned.get()
    joining = asyncio.create_task(goes.subscription.start())
    try:
        await stays.lets_go.wait()
        await goes.subscription.stop()
        stays.may_let_go.set()
        while await stays.assigned.get() != everything:
            pass
    finally:
        joining.cancel()
        await asyncio.gather(joining, return_exceptions=True)
        await goes.subscription.stop()
        await stays.subscription.stop()


async def test_who_was_forgotten_joins_again_without_waiting_for_its_former_self(
    fresh: Fresh,
) -> None:
    await fresh.provision_topics()
    member = Member(fresh)
    await member.subscription.start()
    everything = await member.assigned.get()
    try:
        consumer = member.subscription.consumer
        assert consumer is not None
        consumer._coordinator.generation += 1  # as after a rebalance that went on without us
        with pytest.raises(CommitFailedError):
            await consumer.commit(dict.fromkeys(consumer.assignment(), 0))
        assert await member.assigned.get() == everything
    finally:
        await member.subscription.stop()


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 40])
async def test_who_is_cancelled_while_joining_leaves_no_connection_open(
    fresh: Fresh, milliseconds: int
) -> None:
    await fresh.provision_topics()
    publisher = KafkaPublisher(ProducerConfig(kafka=fresh.stack.kafka, client_id="test"))
    member = Member(fresh).subscription
    for client in (member, publisher):
        joining = asyncio.create_task(client.start())
        await asyncio.wait({joining}, timeout=milliseconds / 1000)
        joining.cancel()
        await asyncio.gather(joining, return_exceptions=True)
        if client is publisher or not joining.cancelled():
            await client.stop()  # who has joined is closed by its owner
        assert _connections() == []


def _connections() -> list[AIOKafkaConnection]:
    """This test's own."""
    loop = asyncio.get_running_loop()
    every = [each for each in gc.get_objects() if type(each) is AIOKafkaConnection]
    return [each for each in every if each._loop is loop and each.connected()]
