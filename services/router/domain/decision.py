"""Why this agent: the record that goes with each deal."""

from typing import Final, NamedTuple

PICKED: Final = "picked"
NEXT: Final = "next"
"""How agents take tickets from the queue themselves: one that they name, or the next for them."""


class Candidate(NamedTuple):
    """One of the best few. Lower scores win, compared left to right.

    surplus: skill the agent would leave unused (spend generalists last).
    load: share of the capacity in use. idle_since: epoch seconds.
    stage: the first at which the agent may take the ticket; comes before the surplus.
    """

    agent: str
    surplus: int
    load: float
    idle_since: float
    stage: int = 0


class Decision(NamedTuple):
    """policy: version of the rules. due_at: the deadline that made it this ticket's turn.

    excluded: rule -> how many agents of the desk it excluded (skill, shift, channel, state,
        capacity, reserve:NAME, decided, skipped, kept); each agent counts under the first rule that
        excludes them.
    best: the winner first.
    sticky: the agent had the ticket before, or was given it.
    late: the deadline had passed.
    stage: how far the requirement has been relaxed. kept: the agents it was kept for.
    host: the agent is the customer's own.
    pulled: the agent took it from the queue themselves: PICKED or NEXT; empty: they were chosen. No
        others were compared then: `best` has the agent alone, and nobody counts as excluded.
    """

    policy: int
    due_at: float
    waited: float
    excluded: tuple[tuple[str, int], ...]
    best: tuple[Candidate, ...]
    sticky: bool = False
    late: bool = False
    stage: int = 0
    kept: tuple[str, ...] = ()
    host: bool = False
    pulled: str = ""

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
                    "stage": one.stage,
                }
                for one in self.best
            ],
            "sticky": self.sticky,
            "late": self.late,
            "stage": self.stage,
            "kept": list(self.kept),
            "host": self.host,
            "pulled": self.pulled,
        }
