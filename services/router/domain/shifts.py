"""Agents' shifts, and the guard before a shift's end in which nothing new is dealt to them.

What follows from a shift follows from the agent's plan, the rules and the time alone: nothing of it
is stored, and a new owner finds every agent where the old one had them.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Shift = tuple[float, float]
"""(begins, ends), epoch seconds."""

Shifts = tuple[Shift, ...] | None
"""In order, none touching another. None: without a plan, so on shift whenever they are ready."""

OPEN = math.inf
CLOSED = 0.0


@dataclass(frozen=True, slots=True)
class Guards:
    """How long before the end of a shift a ticket is not dealt any more, seconds.

    by_queue: of queues with a time of their own.
    """

    seconds: float = 0.0
    by_queue: Mapping[str, float] = field(default_factory=dict)

    def of(self, queue: str) -> float:
        return self.by_queue.get(queue, self.seconds)

    def closes(self, queue: str, guard: float) -> bool:
        """Whether tickets of the queue are not dealt to an agent at this guard (see Duty)."""
        return self.of(queue) >= guard

    def duty(self, shifts: Shifts, now: float) -> "Duty":
        """What an agent with these shifts may be dealt at that time."""
        if shifts is None:
            return ON_DUTY
        number = bisect_right(shifts, now, key=_end)
        if number == len(shifts):
            return Duty(CLOSED)
        begins, ends = shifts[number]
        if now < begins:
            return Duty(CLOSED, begins)
        times = {CLOSED, self.seconds, *self.by_queue.values()}
        begun = min((each for each in times if ends - each <= now), default=OPEN)
        until = min(ends - each for each in times if ends - each > now)
        least = min((self.seconds, *self.by_queue.values()))
        return Duty(CLOSED if begun <= least else begun, until)


class Duty(NamedTuple):
    """guard: the shortest that has begun; tickets with this one or a longer one are not dealt.
    OPEN: none has, everything is dealt; CLOSED: nothing is.

    until: when that changes by itself, epoch seconds; infinite: never.
    """

    guard: float
    until: float = math.inf


ON_DUTY = Duty(OPEN)


def planned(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    """In order, those that touch or overlap joined: where one goes on in the next nothing ends."""
    joined: list[Shift] = []
    for begins, ends in sorted(shifts):
        if joined and begins <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], ends)
        else:
            joined.append((begins, ends))
    return tuple(joined)


def restored(stored: Iterable[Sequence[float]] | None) -> Shifts:
    """From a store, which has lists."""
    return None if stored is None else tuple((begins, ends) for begins, ends in stored)


def _end(shift: Shift) -> float:
    return shift[1]
