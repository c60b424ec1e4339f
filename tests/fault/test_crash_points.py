"""F1: each service is killed at each of its named crash points, under load, and started again.

Nothing accepted may be lost or done twice, whatever had been half done.
"""

import random
import signal
import time
from pathlib import Path

import pytest

from shared.runtime.failpoints import POINTS
from tests.fault.commits import done_is_durable
from tests.fault.floor import a_floor
from tests.fault.ledger import judge
from tests.fault.table import FaultTable
from tests.stacks import Fresh

pytestmark = [pytest.mark.stack, pytest.mark.native, pytest.mark.timeout(240)]

_TAKE_OVER = "dealer.after_bump"
_HITS = {
    "sorter.before_commit": (8, 20),  # five times a second
    "notifier.mid_push": (120, 180),  # by everything that is pushed, from the welcome on
    _TAKE_OVER: (2, 5),
}
_ELSEWHERE = (60, 100)
"""How often a point is passed, from … to, before it kills: enough for the load to be on."""


_OF_THE_FLOOR = sorted(point for point in POINTS if not point.startswith("courier."))
"""The courier's are in tests/integration/test_courier.py: who is told what is for its provider."""


@pytest.mark.parametrize("point", _OF_THE_FLOOR)
async def test_nothing_is_lost_or_done_twice_when_killed_at(
    point: str, fresh: Fresh, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    name = point.partition(".")[0]
    hit = random.Random(f"{seed}/{point}").randint(*_HITS.get(point, _ELSEWHERE))
    spec = f"{point}=kill:{hit}"
    armed = {} if point == _TAKE_OVER else {name: spec}
    async with a_floor(fresh, folder=tmp_path, seed=seed, armed=armed) as floor:
        if point == _TAKE_OVER:
            await floor.busy()  # what is taken over must be worth it
            floor[name].kill()
            floor[name].start(failpoint=spec)

        assert await floor[name].ended() == -signal.SIGKILL
        killed = time.monotonic()
        durable = await done_is_durable(fresh, floor.store)
        floor[name].start()
        recovery = await floor.recovered(since=killed)
        history = await floor.settled()

    verdict = judge(history)
    fault_table.add(f"kill at {point}", verdict, recovery_seconds=recovery)
    assert not durable
    assert not verdict.complaints
