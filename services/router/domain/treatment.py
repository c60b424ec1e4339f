"""What the policy makes of a kind of ticket."""

from typing import NamedTuple

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
    the clock."""

    queue: str
    priority: int
    requirement: Requirement
    target_seconds: float
    hours: Hours | None = None

    def due_at(self, waiting_since: float) -> float:
        """Epoch seconds."""
        if self.hours is None:
            return waiting_since + self.target_seconds
        return self.hours.after(waiting_since, self.target_seconds)
