"""Virtual time: what happens next."""

import math
from collections.abc import Callable
from heapq import heappop, heappush

Action = Callable[..., None]


class Clock:
    """A heap of what is yet to happen. Of one instant, what was planned first happens first."""

    def __init__(self) -> None:
        self._plan: list[tuple[float, int, Action, tuple[object, ...]]] = []
        self._count = 0

    def at(self, when: float, action: Action, *args: object) -> None:
        """Plan a call of `action(*args)`."""
        self._count += 1
        heappush(self._plan, (when, self._count, action, args))

    def next(self) -> float:
        """When the earliest happens; infinite: nothing is planned."""
        return self._plan[0][0] if self._plan else math.inf

    def happen(self) -> None:
        """Let the earliest happen."""
        _, _, action, args = heappop(self._plan)
        action(*args)
