"""A circuit breaker for each account: where calls fail one after the other, it is left alone for a
while, then tried with one call. What waits meanwhile is late, not lost."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

FAILURES: Final = 5
"""In a row: then it opens."""

OPEN_SECONDS: Final = 15.0
LONGEST_OPEN_SECONDS: Final = 240.0


@dataclass(slots=True)
class Breaker:
    """failures: in a row. until: while open, when the next call may try. closed: set whenever one
    succeeds, for those who wait."""

    failures: int = 0
    until: float = 0.0
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def wait(self, now: float) -> float:
        """Seconds until a call may be made; where one may, others wait for how it ends."""
        if self.failures < FAILURES:
            return 0.0
        if self.until > now:
            return self.until - now
        self.until = now + self._open_for()
        self.closed.clear()
        return 0.0

    def succeeded(self) -> None:
        self.failures = 0
        self.until = 0.0
        self.closed.set()

    def failed(self, now: float) -> None:
        self.failures += 1
        if self.failures >= FAILURES:
            self.until = now + self._open_for()
            self.closed.clear()

    @property
    def is_open(self) -> bool:
        return self.failures >= FAILURES

    def _open_for(self) -> float:
        doubled: float = OPEN_SECONDS * 2.0 ** ((self.failures - FAILURES) // FAILURES)
        return min(LONGEST_OPEN_SECONDS, doubled)
