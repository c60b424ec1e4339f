"""F3: routers come and go while everybody works, so partitions change hands again and again."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from tests.fault.floor import Floor, a_floor
from tests.fault.ledger import judge
from tests.fault.table import FaultTable
from tests.stacks import Fresh

pytestmark = [pytest.mark.stack, pytest.mark.native, pytest.mark.timeout(240)]

ROUTERS = ("router-0", "router-1", "router-2")
_ROUNDS = 8
_ROUND_SECONDS = 2.0
_CRASHES = 0.3


async def test_no_message_is_lost_or_dealt_twice_in_a_rebalance_storm(
    fresh: Fresh, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    routers = dict.fromkeys(ROUTERS, "both")
    async with a_floor(fresh, folder=tmp_path, seed=seed, routers=routers) as floor:
        await floor.busy()
        for _ in range(_ROUNDS):
            await _join_or_leave(floor)
            await asyncio.sleep(_ROUND_SECONDS)  # the storm's own pace

        calm = time.monotonic()
        for name in ROUTERS:
            floor[name].start()
        recovery = await floor.recovered(since=calm)
        await asyncio.gather(*(floor[name].wait_ready() for name in ROUTERS))
        history = await floor.settled()

    verdict = judge(history)
    fault_table.add("rebalance storm of 3 routers", verdict, recovery_seconds=recovery)
    assert not verdict.complaints


async def test_any_service_may_be_killed_at_any_time(
    fresh: Fresh, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    recoveries = []
    async with a_floor(fresh, folder=tmp_path, seed=seed) as floor:
        for _ in range(4):
            await floor.busy()
            await asyncio.sleep(floor.rng.uniform(0.0, 2.0))  # any time
            victim = floor[floor.rng.choice(sorted(floor.services))]
            victim.kill()
            killed = time.monotonic()
            victim.start()
            recoveries.append(await floor.recovered(since=killed))
        history = await floor.settled()

    verdict = judge(history)
    fault_table.add("kill at random, 4 times", verdict, recovery_seconds=max(recoveries))
    assert not verdict.complaints


async def _join_or_leave(floor: Floor) -> None:
    """The last router never leaves: the storm is about moving, not about being away."""
    router = floor[floor.rng.choice(ROUTERS)]
    alive = [name for name in ROUTERS if floor[name].alive]
    if not router.alive:
        router.start()
    elif len(alive) > 1:
        if floor.rng.random() < _CRASHES:
            router.kill()
        else:
            # by the signal itself where it came before the router was listening for it
            assert await router.stop() in {0, -signal.SIGTERM}
