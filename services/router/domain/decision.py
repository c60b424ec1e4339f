"""Why this agent: the record that goes with each deal."""

from typing import NamedTuple


class Candidate(NamedTuple):
    """One of the best few. Lower scores win, compared left to right.

    surplus: skill the agent would leave unused (spend generalists last).
    load: share of the capacity in use. idle_since: epoch seconds.
    """

    agent: str
    surplus: int
    load: float
    idle_since: float


class Decision(NamedTuple):
    """policy: version of the rules. due_at: the deadline that made it this ticket's turn.

    excluded: rule -> how many agents of the desk it excluded (skill, channel, state, capacity,
        reserve:NAME, skipped); each agent counts under the first rule that excludes them.
    best: the winner first.
    sticky: the agent had the ticket before.
    late: the deadline had passed.
    """

    policy: int
    due_at: float
    waited: float
    excluded: tuple[tuple[str, int], ...]
    best: tuple[Candidate, ...]
    sticky: bool = False
    late: bool = False

    def as_dict(self) -> dict[str, object]:
        """Plain values, for the wire."""
        return {
            "policy": self.policy,
            "due_at": self.due_at,
            "waited": self.waited,
            "excluded": dict(self.excluded),
            "best": [
                {
                    "agent": one.agent,
                    "surplus": one.surplus,
                    "load": one.load,
                    "idle_since": one.idle_since,
                }
                for one in self.best
            ],
            "sticky": self.sticky,
            "late": self.late,
        }
