"""The simulated clock as one process reads it."""

import asyncio

from tests.simulation.host import Host
from tests.simulation.loop import VirtualLoop
from tests.simulation.setting import EPOCH


class SimulatedClock:
    """A Clock. The host's skew steps its wall clock, never its monotonic one."""

    def __init__(self, host: Host, loop: VirtualLoop) -> None:
        self._host = host
        self._loop = loop

    def now(self) -> float:
        return EPOCH + self._loop.time() + self._host.skew

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        self._host.check()
        await asyncio.sleep(seconds)
