"""What ends by itself, and when."""

from collections.abc import Callable, Iterator
from enum import IntEnum
from heapq import heapify, heappop, heappush

_SLACK = 256


class TimerKind(IntEnum):
    """In the order in which timers of the same instant go off."""

    SILENCE = 0
    OFFER = 1
    WRAP_UP = 2
    GRACE = 3
    REOPEN = 4
    SKIP = 5
    REACH = 6
    NUDGE = 7
    TURN = 8
    WAKE = 9
    PAGE = 10
    CLOCK = 11
    ESCALATE = 12


class Timers:
    """One heap per kind, so that a million tickets which may still be reopened do not weigh on
    the few offers of this minute.

    A timer is not cancelled: `is_live(kind, key, when)` tells whether what it was set for still
    stands. `lapse` counts those that no longer do, so that none of the heaps stays more than half
    dead.
    """

    def __init__(self, is_live: Callable[[TimerKind, str, float], bool]) -> None:
        self._is_live = is_live
        self._heaps: tuple[list[tuple[float, str]], ...] = tuple([] for _ in TimerKind)
        self._dead = [0] * len(TimerKind)

    def arm(self, kind: TimerKind, key: str, when: float) -> None:
        heappush(self._heaps[kind], (when, key))

    def lapse(self, kind: TimerKind) -> None:
        """What one timer of this kind was set for is over, by itself or otherwise."""
        self._dead[kind] += 1
        heap = self._heaps[kind]
        if self._dead[kind] * 2 > len(heap) + _SLACK:
            heap[:] = [
                timer for timer in dict.fromkeys(heap) if self._is_live(kind, timer[1], timer[0])
            ]
            heapify(heap)
            self._dead[kind] = 0

    def next(self) -> float | None:
        """When the earliest goes off."""
        return min((timers[0][0] for timers in self._standing()), default=None)

    def keys(self, kind: TimerKind) -> list[str]:
        """What has a live timer of this kind, the earliest first."""
        return [key for when, key in sorted(self._heaps[kind]) if self._is_live(kind, key, when)]

    def is_due(self, now: float) -> bool:
        """Whether one may go off; never wrong in saying no."""
        for heap in self._heaps:  # noqa: SIM110 - asked several times for every ticket
            if heap and heap[0][0] <= now:
                return True
        return False

    def pop_due(self, now: float) -> tuple[TimerKind, str] | None:
        """The earliest that is due, taken out. Whoever ends what it was set for calls `lapse`."""
        if not self.is_due(now):
            return None
        standing = [
            (heap[0][0], kind) for kind, heap in enumerate(self._heaps) if self._clear(kind)
        ]
        if not standing or min(standing)[0] > now:
            return None
        _, kind = min(standing)
        self._dead[kind] -= 1
        return TimerKind(kind), heappop(self._heaps[kind])[1]

    def _standing(self) -> Iterator[list[tuple[float, str]]]:
        return (heap for kind, heap in enumerate(self._heaps) if self._clear(kind))

    def _clear(self, kind: int) -> bool:
        """Drop dead timers from the top; whether a live one is left."""
        heap = self._heaps[kind]
        while heap and not self._is_live(TimerKind(kind), heap[0][1], heap[0][0]):
            heappop(heap)
            self._dead[kind] -= 1
        return bool(heap)
