"""What a run leaves behind."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one arrival, or of one further contact of its customer. All times are seconds
    from the start.

    taken_at: when an agent took it; None: the customer left first, or nobody ever could.
    left_at: when the customer gave up. done_at: when the agent was done with it.
    agent: who took it. came_at: when the customer contacted us.
    freed_at: when the after-work was over, too, and the agent had the room back.
    contact: 1 for the arrival itself, 2 for the customer's return after giving up, and so on.
    """

    id: str
    taken_at: float | None
    left_at: float | None
    done_at: float | None
    agent: str | None
    came_at: float = 0.0
    freed_at: float | None = None
    contact: int = 1
