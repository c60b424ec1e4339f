"""What the policy makes of a kind of ticket."""

from typing import NamedTuple

from services.router.domain.clocks import ClockRule
from services.router.domain.hours import Hours
from services.router.domain.requirement import Requirement


class Kind(NamedTuple):
    """What decides a ticket's way. queue: where an agent moved it; empty: by its topic."""

    topic: str
    lang: str
    channel: str
    tier: str
    urgent: bool
    queue: str = ""


class Treatment(NamedTuple):
    """target_seconds: time allowed, shifted by the priority. hours: in which it runs; None: around
    the clock. next_seconds: the time allowed for every answer after the first one; None: as much.
    clocks: those that run beside it."""

    queue: str
    priority: int
    requirement: Requirement
    target_seconds: float
    hours: Hours | None = None
    next_seconds: float | None = None
    clocks: tuple[ClockRule, ...] = ()

    def due_at(self, waiting_since: float, *, later: bool = False) -> float:
        """Epoch seconds. later: it is not the first answer that is waited for."""
        following = self.next_seconds if later else None
        seconds = self.target_seconds if following is None else following
        if self.hours is None:
            return waiting_since + seconds
        return self.hours.after(waiting_since, seconds)
