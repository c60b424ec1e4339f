"""When each queue dealt its last tickets."""

from collections import defaultdict, deque
from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

REMEMBERED: Final = 25
SECONDS: Final = 1_800.0
"""What is older says nothing of how it goes now."""


class Queue(NamedTuple):
    """Of a desk."""

    desk: str
    name: str


class Deals:
    """Of all queues; times are epoch seconds."""

    def __init__(self) -> None:
        self._by_queue: Final[defaultdict[Queue, deque[float]]] = defaultdict(
            partial(deque, maxlen=REMEMBERED)
        )

    def note(self, queue: Queue, *, at: float) -> None:
        """Of different shards they come in no order."""
        times = self._by_queue[queue]
        if times and at < times[-1]:
            at = times[-1]
        times.append(at)

    def of(self, queue: Queue, *, now: float) -> Sequence[float]:
        """The last ones, in order."""
        times = self._by_queue.get(queue, ())
        return [at for at in times if at >= now - SECONDS]
