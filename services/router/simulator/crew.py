"""The agents of a simulated day: when they are there, and who works on what."""

import math
from collections.abc import Iterable, Mapping
from itertools import count

from services.router.domain.agent import Agent, AgentState
from services.router.domain.events import SetState
from services.router.domain.shifts import Shifts
from services.router.simulator.clock import Action, Clock
from services.router.simulator.habits import Habits
from services.router.simulator.hands import Hands
from services.router.simulator.trace import Shift

NOTIFIER = "simulated"
_UNCHANGING = Habits()


class Crew:
    """start: the desk's time when the day begins, epoch seconds."""

    def __init__(
        self,
        shifts: Iterable[Shift],
        habits: Mapping[str, Habits],
        *,
        clock: Clock,
        start: float,
        on_done: Action,
    ) -> None:
        self._shifts = {shift.agent: shift for shift in shifts}
        self._start = start
        self._clock = clock
        self._ids = count(1)
        self._habits = {
            agent: habits.get(shift.kind, habits.get("", _UNCHANGING))
            for agent, shift in self._shifts.items()
        }
        self._hands = {agent: Hands(clock, self._habits[agent], on_done) for agent in self._shifts}

    def agents(self) -> Iterable[Agent]:
        """As they are when the day begins."""
        for shift in self._shifts.values():
            yield Agent(
                id=shift.agent,
                skills=dict(shift.skills),
                channels=shift.channels,
                capacity=shift.capacity,
                state=_state(shift, 0.0),
                notifiers=frozenset({NOTIFIER}),
                idle_since=self._start,
                shifts=self._planned(shift),
            )

    def plan(self, tell: Action) -> None:
        """Have every change of state told when it happens, as a SetState."""
        for shift in self._shifts.values():
            for when in _changes(shift):
                self._clock.at(self._start + when, tell, self._command(shift, when))

    def habits_of(self, agent: str) -> Habits:
        return self._habits[agent]

    def hands_of(self, agent: str) -> Hands:
        return self._hands[agent]

    def _planned(self, shift: Shift) -> Shifts:
        """As the desk's roster has it, for the guard before its end; None: it has none."""
        if shift.ends == math.inf:
            return None
        return ((self._start + shift.begins, self._start + shift.ends),)

    def _command(self, shift: Shift, when: float) -> SetState:
        return SetState(f"s{next(self._ids)}", shift.agent, _state(shift, when), None, None)


def _changes(shift: Shift) -> list[float]:
    """Seconds from the start at which the agent's state changes."""
    edges = {shift.begins, shift.ends, *(edge for away in shift.absences for edge in away)}
    return sorted(edge for edge in edges if 0.0 < edge < math.inf)


def _state(shift: Shift, when: float) -> AgentState:
    """From this moment on."""
    if not shift.begins <= when < shift.ends:
        return AgentState.OFFLINE
    away = any(begins <= when < ends for begins, ends in shift.absences)
    return AgentState.BREAK if away else AgentState.READY
