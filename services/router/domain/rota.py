"""When what agents may be dealt changes by itself: shifts and what comes before their end.

Apart from the timers, since nothing that is still on its way could prevent it.
"""

import math
from heapq import heapify, heappop, heappush

_SLACK = 64


class Rota:
    """A heap with lazy deletion: an entry stands while it is the agent's next."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, str]] = []
        self._next: dict[str, float] = {}

    def note(self, agent: str, when: float) -> None:
        """The agent changes then and not before; infinite: never."""
        if self._next.get(agent, math.inf) == when:
            return
        if when == math.inf:
            del self._next[agent]
        else:
            self._next[agent] = when
            heappush(self._heap, (when, agent))
        if len(self._heap) > 2 * len(self._next) + _SLACK:
            self._heap = [(when, agent) for agent, when in self._next.items()]
            heapify(self._heap)

    def next(self) -> float | None:
        """When the first of them does."""
        heap = self._heap
        while heap and self._next.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None

    def is_due(self, now: float) -> bool:
        when = self.next()
        return when is not None and when <= now

    def pop_due(self, now: float) -> str | None:
        """The agent who changes first, where that is due. Whoever takes them notes the next."""
        if not self.is_due(now):
            return None
        _, agent = heappop(self._heap)
        del self._next[agent]
        return agent
