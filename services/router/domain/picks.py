"""How often agents may choose a ticket from the queue themselves."""

from typing import NamedTuple

Picks = tuple[float, ...]
"""When an agent chose a ticket, epoch seconds; in order, no more than a limit asks for."""


class PickLimit(NamedTuple):
    """At most so many in any such time."""

    most: int
    seconds: float

    def opens_at(self, picks: Picks) -> float:
        """From when on another is allowed, epoch seconds; 0: from the first."""
        return picks[-self.most] + self.seconds if len(picks) >= self.most else 0.0

    def noted(self, picks: Picks, now: float) -> Picks:
        """With one more. Older ones than the limit asks for can limit nothing."""
        return (*picks, now)[-self.most :]
