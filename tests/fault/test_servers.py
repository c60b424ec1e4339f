"""The broker and the store die, freeze and come back, under everybody's hands."""

import asyncio
import secrets
import time
from pathlib import Path

import pytest

from deploy.stack import Stack
from tests.fault.floor import a_floor
from tests.fault.ledger import Verdict, judge
from tests.fault.table import FaultTable
from tests.stacks import Fresh

pytestmark = [pytest.mark.stack, pytest.mark.native, pytest.mark.timeout(240)]

_AWAY_SECONDS = 20.0
_SINCE_SECONDS = 3.0


async def test_nothing_is_lost_when_the_only_broker_is_killed_and_started_again(
    own_stack: Stack, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    """On a stack of its own: how long the broker's recovery takes depends on all its topics."""
    fresh = Fresh(suffix=f"t{secrets.token_hex(5)}", stack=own_stack)
    verdict, recovery = await _killed_and_started("kafka-0", fresh, tmp_path, seed)

    fault_table.add("broker killed, started again", verdict, recovery_seconds=recovery)
    assert not verdict.complaints


async def test_nothing_is_lost_when_the_store_is_killed_and_started_again(
    fresh: Fresh, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    verdict, recovery = await _killed_and_started("mongo", fresh, tmp_path, seed)

    fault_table.add("store killed, started again", verdict, recovery_seconds=recovery)
    assert not verdict.complaints


async def test_nothing_is_lost_while_the_store_does_not_answer(
    fresh: Fresh, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    """Frozen: connections stay open and nobody answers, which is worse than being refused."""
    store = fresh.stack.parts["mongo"]
    async with a_floor(fresh, folder=tmp_path, seed=seed) as floor:
        await floor.busy()
        store.pause()
        try:
            await asyncio.sleep(_AWAY_SECONDS)  # how long it is away
        finally:
            store.resume()
        back = time.monotonic()
        recovery = await floor.recovered(since=back)
        history = await floor.settled()

    verdict = judge(history)
    fault_table.add(f"store away for {_AWAY_SECONDS:.0f} s", verdict, recovery_seconds=recovery)
    assert not verdict.complaints


@pytest.mark.parametrize("broker", ["dead", "frozen"])
async def test_services_stop_in_good_order_without_a_broker_and_go_on_with_one(
    own_stack: Stack, tmp_path: Path, seed: int, fault_table: FaultTable, broker: str
) -> None:
    fresh = Fresh(suffix=f"t{secrets.token_hex(5)}", stack=own_stack)
    kafka = own_stack.parts["kafka-0"]
    async with a_floor(fresh, folder=tmp_path, seed=seed) as floor:
        await floor.busy()
        if broker == "dead":
            await asyncio.to_thread(kafka.kill)
        else:
            kafka.pause()
        try:
            await asyncio.sleep(_SINCE_SECONDS)  # fetches have failed since
            await floor.stop()
        finally:
            kafka.resume()
        await asyncio.to_thread(own_stack.heal)
        back = time.monotonic()
        for service in floor.services.values():
            service.start()
        recovery = await floor.recovered(since=back)
        history = await floor.settled()

    verdict = judge(history)
    fault_table.add(f"all stopped, broker {broker}", verdict, recovery_seconds=recovery)
    assert not verdict.complaints


async def test_one_broker_of_three_may_be_lost(
    stack_of_three: Stack, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    fresh = Fresh(suffix=f"t{secrets.token_hex(5)}", stack=stack_of_three)
    async with a_floor(fresh, folder=tmp_path, seed=seed) as floor:
        await floor.busy()
        lost = stack_of_three.parts[f"kafka-{floor.rng.randrange(3)}"]
        await asyncio.to_thread(lost.kill)
        killed = time.monotonic()
        recovery = await floor.recovered(since=killed)

        await asyncio.to_thread(stack_of_three.heal)
        await floor.recovered(since=time.monotonic())
        history = await floor.settled()

    verdict = judge(history)
    fault_table.add("1 broker of 3 lost", verdict, recovery_seconds=recovery)
    assert not verdict.complaints


async def _killed_and_started(
    part: str, fresh: Fresh, folder: Path, seed: int
) -> tuple[Verdict, float]:
    """The verdict and the seconds of recovery."""
    async with a_floor(fresh, folder=folder, seed=seed) as floor:
        await floor.busy()
        await asyncio.to_thread(fresh.stack.parts[part].kill)
        killed = time.monotonic()
        await asyncio.to_thread(fresh.stack.parts[part].start)
        recovery = await floor.recovered(since=killed)
        return judge(await floor.settled()), recovery
