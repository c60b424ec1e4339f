"""A day of customers and agents on the real core: what becomes of every contact."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from services.router.domain.rules import DeskRules
from services.router.simulator.admission import Admission, as_drawn
from services.router.simulator.day import Day
from services.router.simulator.habits import Habits
from services.router.simulator.outcome import Outcome
from services.router.simulator.trace import Arrival, Shift, Trace

OVERTIME_SECONDS: Final = 86_400.0
"""How long after the last planned arrival a day may go on: offers may be declined for ever."""


def run(
    trace: Trace,
    rules: DeskRules,
    *,
    habits: Mapping[str, Habits] | None = None,
    admit: Admission | None = None,
    start: float = 0.0,
    on_over: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """What becomes of every contact of the trace, in the order in which they came.

    rules: the desk's. habits: by kind of agent; "" is any other. admit: what the desk makes of an
    arrival; by default what the trace says. start: epoch seconds at which the day begins.
    on_over: told of each contact as it ends.
    """
    until = start + trace.seconds + OVERTIME_SECONDS
    day = simulate(
        trace.arrivals,
        trace.shifts,
        rules,
        seed=trace.seed,
        habits=habits,
        admit=admit,
        start=start,
        until=until,
    )
    outcomes = []
    for outcome in day:
        outcomes.append(outcome)
        if on_over is not None:
            on_over(outcome)
    return sorted(outcomes, key=lambda outcome: (outcome.came_at, outcome.id))


def simulate(
    arrivals: Iterable[Arrival],
    shifts: Iterable[Shift],
    rules: DeskRules,
    *,
    seed: int,
    habits: Mapping[str, Habits] | None = None,
    admit: Admission | None = None,
    start: float = 0.0,
    until: float = math.inf,
) -> Iterator[Outcome]:
    """Outcomes as they come about; see `run`. arrivals: by time, taken one by one.

    Those still open at `until`, or when nothing happens any more, come last.
    """
    day = Day(
        arrivals,
        shifts,
        rules,
        seed=seed,
        habits=habits or {},
        admit=admit or as_drawn(),
        start=start,
    )
    return day.outcomes(until)
