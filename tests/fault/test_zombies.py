"""F2: a router is frozen for longer than its session lasts; another takes over; then it wakes up in
the middle of what it was doing, and must find out that it is nobody.

A process frozen inside a transaction holds what it wrote until the store ends the transaction, so
the take-over may have to wait for that (5 s) on top of the session's timeout (4 s).
"""

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from cli.service_process import ServiceProcess
from tests.fault.floor import a_floor
from tests.fault.ledger import judge
from tests.fault.table import FaultTable
from tests.stacks import Fresh

pytestmark = [pytest.mark.stack, pytest.mark.native, pytest.mark.timeout(240)]


@pytest.mark.parametrize("point", ["before_commit", "inside_commit", "after_commit"])
async def test_a_dealer_that_wakes_up_after_a_take_over_does_no_harm_from(
    point: str, fresh: Fresh, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    hit = random.Random(f"{seed}/{point}").randint(50, 100)
    async with a_floor(
        fresh,
        folder=tmp_path,
        seed=seed,
        spares={"spare": "dealer"},
        armed={"dealer": f"dealer.{point}=stop:{hit}"},
    ) as floor:
        await frozen(floor["dealer"])
        stopped = time.monotonic()
        floor["spare"].start()
        recovery = await floor.recovered(since=stopped)

        floor["dealer"].resume()
        awake = time.monotonic()
        if point != "after_commit":  # there the rebalance may reach it before its next commit
            await floor.logged("dealer", "dealer.fence_lost")
        await floor.recovered(since=awake)
        history = await floor.settled()

    verdict = judge(history)
    fault_table.add(f"freeze at dealer.{point}", verdict, recovery_seconds=recovery)
    assert not verdict.complaints


async def test_a_sorter_frozen_inside_its_transaction_blocks_nobody_for_long(
    fresh: Fresh, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    async with a_floor(
        fresh,
        folder=tmp_path,
        seed=seed,
        spares={"spare": "sorter"},
        armed={"sorter": "sorter.inside_insert=stop:60"},
    ) as floor:
        await frozen(floor["sorter"])
        stopped = time.monotonic()
        floor["spare"].start()
        recovery = await floor.recovered(since=stopped)

        floor["sorter"].resume()
        await floor.recovered(since=time.monotonic())
        history = await floor.settled()

    verdict = judge(history)
    fault_table.add("freeze at sorter.inside_insert", verdict, recovery_seconds=recovery)
    assert not verdict.complaints


async def test_a_router_frozen_at_any_moment_comes_back_without_harm(
    fresh: Fresh, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    async with a_floor(
        fresh, folder=tmp_path, seed=seed, routers={"router": "both"}, spares={"spare": "both"}
    ) as floor:
        await floor.busy()
        floor["router"].pause()
        stopped = time.monotonic()
        floor["spare"].start()
        recovery = await floor.recovered(since=stopped)

        floor["router"].resume()
        await floor.recovered(since=time.monotonic())
        history = await floor.settled()

    verdict = judge(history)
    fault_table.add("freeze of a router", verdict, recovery_seconds=recovery)
    assert not verdict.complaints


async def frozen(service: ServiceProcess) -> None:
    """Until the process has stopped itself at a failpoint. Raises AssertionError if it ended."""
    assert service.pid is not None
    wanted = os.WSTOPPED | os.WEXITED | os.WNOWAIT
    happened = await asyncio.to_thread(os.waitid, os.P_PID, service.pid, wanted)
    assert happened is not None
    assert happened.si_code == os.CLD_STOPPED, f"{service.name} ended. {service.last_words()}"
