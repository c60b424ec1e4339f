"""Records nobody can handle are set aside, once each, and hold up nobody else's."""

import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from shared.contracts import encode, wrap
from shared.contracts.announcement import Entry
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.ticket_opened_v1 import TicketOpened
from shared.runtime.clock import utc
from tests.fault.floor import a_floor
from tests.fault.ledger import judge
from tests.fault.table import FaultTable
from tests.stacks import Fresh

pytestmark = [pytest.mark.stack, pytest.mark.native, pytest.mark.timeout(240)]


async def test_poison_is_set_aside_and_the_rest_goes_on(
    fresh: Fresh, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    async with a_floor(fresh, folder=tmp_path, seed=seed) as floor:
        await floor.busy()
        poison = await _poison(fresh)
        recovery = await floor.recovered(since=time.monotonic())
        history = await floor.settled()

    verdict = judge(history, poison=poison)
    fault_table.add("poison on every topic", verdict, recovery_seconds=recovery)
    assert not verdict.complaints


async def _poison(fresh: Fresh) -> int:
    """Publish what cannot be read, what does not belong, and what speaks of things unknown, on
    the partitions of desks and customers at work; how many records that is."""
    now = utc(time.time())
    entry = Entry(
        message="form:web:none",
        kind="message",
        partition=0,
        offset=10**9,
        at=now,
        identity="form:web:c0",
    )
    announced = TicketOpened(ticket="t-none", desk="main", entry=entry)
    unknown_ticket = encode(wrap(announced, id="poison-1", at=now))
    nobodys = SetAgentState(desk="nowhere", agent="main-0", state="break")
    unknown_desk = encode(wrap(nobodys, id="poison-2", at=now))
    records = [
        ("support.inbound.v1", b"form:web:c0", b"\xff{"),
        ("support.inbound.v1", b"form:web:c0", b'{"id": 7}'),
        ("support.inbound.v1", b"form:web:c2", unknown_ticket),
        ("support.tickets.v1", b"main", b""),
        ("support.tickets.v1", b"main", unknown_ticket),
        ("support.agents.v1", b"vip", b"[]"),
        ("support.agents.v1", b"vip", unknown_desk),
    ]
    producer = AIOKafkaProducer(bootstrap_servers=fresh.stack.kafka, acks="all")
    await producer.start()
    try:
        for topic, key, value in records:
            await producer.send_and_wait(fresh.topic(topic), value, key=key)
    finally:
        await producer.stop()
    return len(records)
