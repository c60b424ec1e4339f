"""Who is there, and when: what both bounds need to know of the agents."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from services.router.simulator.trace import Shift, Trace
from tests.bench.routing.engine import Eligibility

COARSE_TARGET = 1800.0
"""Tickets with so much time need no fine clock: their windows are counted in coarse cells."""

COARSE = 10
"""Steps in a coarse cell."""


class Staffing:
    """The agents of a day, by team. step: seconds."""

    def __init__(self, trace: Trace, *, step: float) -> None:
        self.step = step
        self.eligibility = Eligibility(trace)
        teams: dict[str, list[Shift]] = defaultdict(list)
        for shift in trace.shifts:
            teams[shift.kind].append(shift)
        self._teams: Mapping[str, Sequence[Shift]] = teams

    def teams(self) -> tuple[str, ...]:
        return tuple(self._teams)

    def able(self, kind: str, *, begins: float, ends: float) -> tuple[str, ...]:
        """Teams of whom somebody able could begin a ticket of this kind between these times."""
        return tuple(
            team
            for team in self.eligibility.teams_for(kind)
            if any(_present(shift, begins, ends) for shift in self._teams[team])
        )

    def capacity(self, team: str, step: int) -> float:
        """Slot-seconds in a step. A break and a shift's end take none away, since what is in hand
        goes on."""
        ends = (step + 1) * self.step
        return sum(
            shift.capacity * max(0.0, min(self.step, ends - shift.begins))
            for shift in self._teams[team]
        )

    def cell(self, target: float) -> int:
        """How many steps make a cell of the clock of tickets with this target."""
        return COARSE if target >= COARSE_TARGET else 1


def _present(shift: Shift, begins: float, ends: float) -> bool:
    """Whether the agent is at work at any moment from `begins` to `ends`, both included."""
    begins, ends = max(begins, shift.begins), min(ends, shift.ends)
    return begins <= ends and not any(
        away <= begins and ends < back for away, back in shift.absences
    )
