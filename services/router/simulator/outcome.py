"""What a run leaves behind."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one arrival. All times are seconds from the start.

    taken_at: when an agent took it; None: the customer left first, or nobody ever could.
    left_at: when the customer gave up. done_at: when the agent was done with it.
    agent: who took it.
    """

    id: str
    taken_at: float | None
    left_at: float | None
    done_at: float | None
    agent: str | None
