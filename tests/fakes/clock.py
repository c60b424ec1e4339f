"""A clock that a test turns by hand."""

import asyncio
import heapq
from itertools import count


class HandClock:
    """Stands still until `advance`; whoever sleeps wakes in the order of time."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self._now = now
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._numbers), wake))
        await wake

    async def advance(self, seconds: float) -> None:
        """Let that much time pass, and everybody who wakes in it do their work."""
        until = self._now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            self._now, _, wake = heapq.heappop(self._sleepers)
            if not wake.done():
                wake.set_result(None)
            await settle()
        self._now = until


async def settle() -> None:
    """Let every task run until it waits for something that only a test can bring about."""
    for _ in range(50):
        await asyncio.sleep(0)
