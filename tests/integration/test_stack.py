"""What the other tests, the fault tests above all, rely on in a stack."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pymongo import MongoClient

from deploy.stack import Stack, StackError, temporary
from deploy.stack.identity import born
from deploy.stack.process import ProcessPart
from deploy.stack.topics import load_topics, provision_topics
from tests.stacks import Fresh

pytestmark = pytest.mark.stack


async def publish(stack: Stack, *, topic: str, values: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value, partition=0)
    finally:
        await producer.stop()


async def held(stack: Stack, *, topic: str, count: int) -> list[bytes]:
    """The first `count` records of partition 0; waits for them."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


def store(stack: Stack) -> MongoClient[dict[str, Any]]:
    return MongoClient(stack.mongo, serverSelectionTimeoutMS=5000)


async def test_provisioning_makes_every_topic_once_with_its_partitions(fresh: Fresh) -> None:
    wanted = load_topics().with_dead_letters()

    first = await provision_topics(fresh.stack.kafka, prefix=fresh.topic_prefix)
    second = await provision_topics(fresh.stack.kafka, prefix=fresh.topic_prefix)

    assert set(first) == {fresh.topic(name) for name in wanted}
    assert second == []


async def test_a_topic_with_other_partitions_is_refused_by_name(fresh: Fresh) -> None:
    plan = load_topics()
    await provision_topics(fresh.stack.kafka, prefix=fresh.topic_prefix)
    inbound = plan.topics["support.inbound.v1"].model_copy(update={"partitions": 24})
    larger = plan.model_copy(update={"topics": plan.topics | {"support.inbound.v1": inbound}})

    with pytest.raises(StackError, match=rf"{fresh.suffix}.support.inbound.v1 has 12 .*have 24"):
        await provision_topics(fresh.stack.kafka, prefix=fresh.topic_prefix, plan=larger)


async def test_a_store_killed_without_warning_keeps_acknowledged_writes(own_stack: Stack) -> None:
    with store(own_stack) as client:
        client.db.kept.insert_many([{"_id": number} for number in range(100)])

    await asyncio.to_thread(own_stack.parts["mongo"].kill)
    assert not own_stack.parts["mongo"].alive
    await asyncio.to_thread(own_stack.parts["mongo"].start)

    with store(own_stack) as client:
        assert client.db.kept.count_documents({}) == 100


async def test_a_broker_stopped_in_good_order_keeps_its_records(own_stack: Stack) -> None:
    await publish(own_stack, topic="support.inbound.v1", values=[b"one", b"two"])

    await asyncio.to_thread(own_stack.parts["kafka-0"].stop)
    await asyncio.to_thread(own_stack.parts["kafka-0"].start)

    assert await held(own_stack, topic="support.inbound.v1", count=2) == [b"one", b"two"]


@pytest.mark.native
async def test_a_broker_killed_without_warning_keeps_its_records(own_stack: Stack) -> None:
    if own_stack.kind == "embedded":
        pytest.skip("the embedded broker keeps records in memory between saves")
    await publish(own_stack, topic="support.inbound.v1", values=[b"one", b"two"])

    await asyncio.to_thread(own_stack.parts["kafka-0"].kill)
    await asyncio.to_thread(own_stack.parts["kafka-0"].start)

    assert await held(own_stack, topic="support.inbound.v1", count=2) == [b"one", b"two"]


@pytest.mark.native
@pytest.mark.timeout(300)  # three JVMs start, and each once more
async def test_three_brokers_acknowledge_while_any_one_is_dead(stack_of_three: Stack) -> None:
    for number in range(3):
        broker = stack_of_three.parts[f"kafka-{number}"]
        await asyncio.to_thread(broker.kill)
        others = ",".join(
            part.address
            for name, part in stack_of_three.parts.items()
            if name.startswith("kafka") and part is not broker
        )
        without = Stack("native", kafka=others, mongo=stack_of_three.mongo)
        await publish(without, topic="support.inbound.v1", values=[b"%d" % number])
        await asyncio.to_thread(stack_of_three.heal)

    assert await held(stack_of_three, topic="support.inbound.v1", count=3) == [b"0", b"1", b"2"]


@pytest.mark.native
def test_the_store_ends_a_transaction_left_open(own_stack: Stack) -> None:
    if own_stack.kind == "embedded":
        pytest.skip("the embedded store waits for ever")
    with store(own_stack) as client:
        answer = client.admin.command({"getParameter": 1, "transactionLifetimeLimitSeconds": 1})

    assert answer["transactionLifetimeLimitSeconds"] == 5


def test_a_frozen_part_is_alive_and_answers_again_when_resumed(own_stack: Stack) -> None:
    part = own_stack.parts["mongo"]

    part.pause()
    assert part.alive
    part.resume()

    part.wait_ready()


def test_neither_server_nor_data_outlive_a_program_that_was_killed() -> None:
    script = (
        "import os\n"
        "from deploy.stack import temporary\n"
        "with temporary('embedded', env=os.environ) as stack:\n"
        "    pids = [part.running.pid for part in stack.parts.values()]\n"
        "    print(stack.scratch, *pids, flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        folder, *pids = program.stdout.readline().split()
        servers = [int(pid) for pid in pids]
        assert all(born(pid) for pid in servers)
        program.send_signal(signal.SIGKILL)

    assert servers
    while any(born(pid) for pid in servers) or Path(folder).exists():  # bound: pytest's limit
        os.sched_yield()


def test_closing_ends_every_process_and_takes_the_data_along() -> None:
    with temporary("embedded", env={}) as stack:
        parts = [part for part in stack.parts.values() if isinstance(part, ProcessPart)]
        scratch = stack.scratch
    assert scratch is not None
    assert len(parts) == 2
    assert not any(part.alive for part in parts)
    assert not scratch.exists()
