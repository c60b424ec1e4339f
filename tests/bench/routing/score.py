"""What a run was worth, and what many runs of one policy were worth together.

In this order: the floors (protected and statutory tickets on time), the worst language and tier,
the value-weighted share on time, the share who gave up, the 99th percentile of waiting. The
overall share hides starvation, so it is shown but does not decide.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.router.simulator.outcome import Outcome
from services.router.simulator.trace import Arrival, Shift, Trace
from tests.bench.routing.scenarios import FLOORS

Array = NDArray[np.float64]

ORDER: Mapping[str, int] = {
    "floors": 1,
    "worst_group": 1,
    "value": 1,
    "abandoned": -1,
    "p99_s": -1,
}
"""Figures that decide, the first first. 1: the more the better; -1: the less."""

FIGURES = (*ORDER, "sla", "p50_s", "gini")


@dataclass(frozen=True, slots=True)
class KindOfTicket:
    """group: language and tier."""

    group: tuple[str, str]
    value: float
    floor: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One day, dealt. Counts are by kind. p50_s, p99_s: of the time until an agent took a ticket
    or the customer gave up, over all tickets, so that those who left are not forgotten.
    gini: see `unevenness`."""

    kinds: Mapping[str, KindOfTicket]
    arrived: Mapping[str, int]
    on_time: Mapping[str, int]
    left: Mapping[str, int]
    p50_s: float
    p99_s: float
    gini: float


def tally(trace: Trace, outcomes: Iterable[Outcome]) -> Run:
    """Raises KeyError unless there is an outcome for each arrival."""
    by_id = {outcome.id: outcome for outcome in outcomes}
    arrived: dict[str, int] = defaultdict(int)
    on_time: dict[str, int] = defaultdict(int)
    left: dict[str, int] = defaultdict(int)
    waits = []
    for ticket in trace.arrivals:
        outcome = by_id[ticket.id]
        arrived[ticket.kind] += 1
        on_time[ticket.kind] += is_on_time(ticket, outcome)
        left[ticket.kind] += outcome.taken_at is None
        waits.append(_wait(ticket, outcome))
    p50, p99 = np.percentile(waits, (50, 99))
    return Run(
        kinds={
            ticket.kind: KindOfTicket(
                (ticket.lang, ticket.tier), ticket.value, ticket.kind in FLOORS
            )
            for ticket in trace.arrivals
        },
        arrived=arrived,
        on_time=on_time,
        left=left,
        p50_s=float(p50),
        p99_s=float(p99),
        gini=unevenness(trace, by_id),
    )


def is_on_time(ticket: Arrival, outcome: Outcome) -> bool:
    return outcome.taken_at is not None and outcome.taken_at <= ticket.at + ticket.target


def _wait(ticket: Arrival, outcome: Outcome) -> float:
    ended = outcome.taken_at if outcome.taken_at is not None else outcome.left_at
    assert ended is not None, f"nobody took {ticket.id}, and it did not leave"
    return ended - ticket.at


def unevenness(trace: Trace, outcomes: Mapping[str, Outcome]) -> float:
    """Gini coefficient of effort (seconds of handling per ready hour) among agents alike, averaged
    over the groups by their size. 0: all work the same."""
    effort = dict.fromkeys((shift.agent for shift in trace.shifts), 0.0)
    for ticket in trace.arrivals:
        agent = outcomes[ticket.id].agent
        if agent is not None:
            effort[agent] += ticket.handling
    teams: dict[str, list[float]] = defaultdict(list)
    for shift in trace.shifts:
        teams[shift.kind].append(effort[shift.agent] / _ready_hours(shift, trace.seconds))
    return sum(len(team) * gini(team) for team in teams.values()) / len(trace.shifts)


def _ready_hours(shift: Shift, seconds: float) -> float:
    goes = min(shift.ends, seconds)
    away = sum(max(0.0, min(back, goes) - begins) for begins, back in shift.absences)
    return (goes - shift.begins - away) / 3600


def gini(amounts: Sequence[float]) -> float:
    """0: all have the same; near 1: one has all."""
    total, n = sum(amounts), len(amounts)
    if total == 0:
        return 0.0
    ranked = sum((place + 1) * amount for place, amount in enumerate(sorted(amounts)))
    return 2 * ranked / (n * total) - (n + 1) / n


class Sample:
    """Runs of one policy over the seeds of a scenario, seed by seed.

    `figures(weights)` is for resampling: a row of weights says how often each run counts. Shares
    are of all tickets of the runs together, so a rare kind does not weigh more on a thin day.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        kinds = {kind: what for run in runs for kind, what in run.kinds.items()}
        self._runs = runs
        self.size = len(runs)
        self._names = sorted(kinds)
        self._kinds = [kinds[name] for name in self._names]
        self._arrived = self._counts([run.arrived for run in runs])
        self._on_time = self._counts([run.on_time for run in runs])
        self._left = self._counts([run.left for run in runs])
        self._values = np.array([kind.value for kind in self._kinds])
        self._by_run = {
            "p50_s": np.array([run.p50_s for run in runs]),
            "p99_s": np.array([run.p99_s for run in runs]),
            "gini": np.array([run.gini for run in runs]),
        }

    def figures(self, weights: Array | None = None) -> dict[str, Array]:
        """weights: samples x runs. Each figure: one number a sample. Without weights: one sample,
        of each run once."""
        rows = np.ones((1, self.size)) if weights is None else weights
        arrived, on_time = rows @ self._arrived, rows @ self._on_time
        shares = {
            "floors": _worst(arrived, on_time, self._floors()),
            "worst_group": _worst(arrived, on_time, self._groups()),
            "value": (on_time @ self._values) / (arrived @ self._values),
            "sla": on_time.sum(axis=1) / arrived.sum(axis=1),
            "abandoned": (rows @ self._left).sum(axis=1) / arrived.sum(axis=1),
        }
        means = {name: (rows @ by_run) / self.size for name, by_run in self._by_run.items()}
        return shares | means

    def first(self, runs: int) -> "Sample":
        """Only so many of them."""
        return Sample(self._runs[:runs])

    def by_kind(self) -> dict[str, float]:
        """Share on time of each kind."""
        shares = self._on_time.sum(axis=0) / self._arrived.sum(axis=0)
        return dict(zip(self._names, map(float, shares), strict=True))

    def _counts(self, runs: Sequence[Mapping[str, int]]) -> Array:
        return np.array([[run.get(name, 0) for name in self._names] for run in runs], float)

    def _floors(self) -> list[list[int]]:
        return [[place] for place, kind in enumerate(self._kinds) if kind.floor]

    def _groups(self) -> list[list[int]]:
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, kind in enumerate(self._kinds):
            groups[kind.group].append(place)
        return list(groups.values())


def _worst(arrived: Array, on_time: Array, groups: Sequence[Sequence[int]]) -> Array:
    """Of the groups' shares on time; 1 where there is no group, or nothing came."""
    shares = [np.ones(len(arrived))]
    for group in groups:
        came = arrived[:, group].sum(axis=1)
        served = on_time[:, group].sum(axis=1)
        shares.append(np.divide(served, came, out=np.ones(len(came)), where=came > 0))
    worst: Array = np.min(shares, axis=0)
    return worst
