"""The simulator against theory: `python -m tests.bench.simulator_theory`.

Waits in M/M/c must be those of Erlang C, waits and abandonment in M/M/c+M those of Erlang A, within
one per cent, on ten sets of parameters with a million tickets and more each. Arrivals are drawn as
they are needed and outcomes are summed as they come, so the run needs little memory; it takes an
hour and more on two cores, and writes build/simulator_theory.json. The unit of time is the mean
handling.

Waits of neighbours hang together: a plain mean of a million is sure to 1 or 2 % only. Half of that
doubt is mere luck with the arrivals, and can be told: had every customer found a free agent, the
number in service would be Poisson with mean `load`. What the same customers would then have met is
counted beside (`Crowd`), and the regression on it takes out that luck (a control variate: S. S.
Lavenberg and P. D. Welch, Management Science 1981). Loads and numbers of tickets are chosen so that
one per cent is well over two standard errors.
"""

import json
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from heapq import heappop, heappush
from multiprocessing import get_context
from pathlib import Path
from statistics import NormalDist, linear_regression
from time import perf_counter
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from services.router.domain.requirement import Need
from services.router.domain.rules import DeskRules
from services.router.simulator.draws import stream
from services.router.simulator.erlang import ErlangA, ErlangC
from services.router.simulator.run import simulate
from services.router.simulator.trace import Arrival, Shift

BATCHES = 100
TOLERANCE = 0.01
RESULTS: Final = Path(__file__).parents[2] / "build" / "simulator_theory.json"
_RULES = DeskRules(desk="theory", version=1, wrap_up_seconds=0.0, auto_accept=frozenset({"phone"}))
_NEEDS = (Need("lang.ru"),)


@dataclass(frozen=True)
class LineSet:
    """load: arrivals in one mean handling. patience: mean, in handlings; inf: Erlang C."""

    name: str
    servers: int
    load: float
    patience: float = math.inf
    tickets: int = 1_000_000


SETS = (
    LineSet("M/M/1", servers=1, load=0.4),
    LineSet("M/M/1", servers=1, load=0.6, tickets=1_500_000),
    LineSet("M/M/2", servers=2, load=1.0, tickets=1_500_000),
    LineSet("M/M/3", servers=3, load=1.5, tickets=2_000_000),
    LineSet("M/M/5", servers=5, load=3.0, tickets=3_000_000),
    LineSet("M/M/1+M", servers=1, load=0.9, patience=1.0),
    LineSet("M/M/4+M", servers=4, load=4.0, patience=1.0),
    LineSet("M/M/10+M", servers=10, load=12.0, patience=0.5),
    LineSet("M/M/20+M", servers=20, load=20.0, patience=2.0),
    LineSet("M/M/50+M", servers=50, load=55.0, patience=1.0),
)


class Crowd:
    """How many customers would be in service if nobody ever had to wait."""

    def __init__(self, line: LineSet) -> None:
        self._line = line
        self._ends: list[float] = []

    def meet(self, *, at: float, handling: float) -> int:
        """How many more than there are agents, the one who comes now included; 0 for fewer."""
        ends = self._ends
        while ends and ends[0] <= at:
            heappop(ends)
        heappush(ends, at + handling)
        return max(0, len(ends) - self._line.servers)

    @property
    def mean(self) -> float:
        """What `meet` is in the mean: who comes finds a number with the Poisson law."""
        chance, mean = math.exp(-self._line.load), 0.0
        for found in range(int(self._line.load * 10) + 50):
            mean += chance * max(0, found + 1 - self._line.servers)
            chance *= self._line.load / (found + 1)
        return mean


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and how sure it is. error: its standard error."""

    mean: float
    error: float

    def margin(self, *, confidence: float) -> float:
        """Half of the interval. By the normal law, which a hundred batches are enough for."""
        return self.error * NormalDist().inv_cdf((1.0 + confidence) / 2.0)


def controlled(values: Sequence[float], control: Sequence[float], expected: float) -> Estimate:
    """The mean of `values` where the control has its expected mean, by linear regression."""
    slope, intercept = linear_regression(control, values)
    rest = [y - intercept - slope * x for x, y in zip(control, values, strict=True)]
    spread = math.sqrt(sum(each * each for each in rest) / (len(rest) - 2))
    return Estimate(intercept + slope * expected, spread / math.sqrt(len(rest)))


@dataclass(frozen=True)
class Measured:
    """wait: mean, of all customers. left: share who did. seconds: of computing."""

    wait: Estimate
    left: Estimate
    seconds: float


def play(line: LineSet, *, tickets: int, seed: int) -> Measured:
    """Simulate this many tickets of a line. The first of the batches only warms up."""
    size = tickets // BATCHES
    waits, left, crowds = ([0.0] * BATCHES for _ in range(3))
    crowd, crew = Crowd(line), [_agent(number) for number in range(line.servers)]

    def arrivals() -> Iterator[Arrival]:
        for number, arrival in enumerate(_arrivals(line, size * BATCHES, seed)):
            crowds[number // size] += crowd.meet(at=arrival.at, handling=arrival.handling)
            yield arrival

    began = perf_counter()
    for outcome in simulate(arrivals(), crew, _RULES, seed=seed):
        batch = int(outcome.id) // size
        end = outcome.left_at if outcome.taken_at is None else outcome.taken_at
        assert end is not None
        waits[batch] += end - outcome.came_at
        left[batch] += outcome.left_at is not None
    seconds = perf_counter() - began
    control = [total / size for total in crowds[1:]]
    wait, gone = (
        controlled([total / size for total in sums[1:]], control, crowd.mean)
        for sums in (waits, left)
    )
    return Measured(wait, gone, seconds)


def figures(line: LineSet, measured: Measured) -> list[tuple[str, Estimate, float]]:
    """(name, estimate, theory) of what can be compared."""
    if math.isinf(line.patience):
        return [("wait", measured.wait, ErlangC(line.servers, line.load, 1.0).mean_wait)]
    theory = ErlangA(line.servers, line.load, 1.0, line.patience)
    return [
        ("wait", measured.wait, theory.mean_wait),
        ("left", measured.left, theory.abandoned),
    ]


def _agent(number: int) -> Shift:
    return Shift(f"agent-{number}", "all", {"lang.ru": 1}, frozenset({"phone"}), 1.0)


def _arrivals(line: LineSet, tickets: int, seed: int) -> Iterator[Arrival]:
    times, handling, patience = (
        stream(seed, line.name, what) for what in ("times", "handling", "patience")
    )
    now = 0.0
    for number in range(tickets):
        now += times.expovariate(line.load)
        yield Arrival(
            id=str(number),
            at=now,
            kind="all",
            queue="all",
            lang="ru",
            channel="phone",
            tier="standard",
            needs=_NEEDS,
            handling=handling.expovariate(1.0),
            patience=math.inf
            if math.isinf(line.patience)
            else patience.expovariate(1.0 / line.patience),
            target=1.0,
        )


def _rows(line: LineSet, measured: Measured) -> list[dict[str, Any]]:
    return [
        {
            "line": line.name,
            "load": line.load,
            "tickets": line.tickets,
            "figure": name,
            "theory": theory,
            "simulated": estimate.mean,
            "margin": estimate.margin(confidence=0.95) / theory,
            "off": estimate.mean / theory - 1.0,
            "us_per_ticket": measured.seconds / line.tickets * 1e6,
        }
        for name, estimate, theory in figures(line, measured)
    ]


def _play(line: LineSet) -> Measured:
    return play(line, tickets=line.tickets, seed=1)


def measure(console: Console) -> list[dict[str, Any]]:
    """Every line, the longest first, a process a core; rows in the order of `SETS`."""
    began = perf_counter()
    found: dict[LineSet, list[dict[str, Any]]] = {}
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn")) as workers:
        longest = sorted(SETS, key=lambda line: line.tickets, reverse=True)
        played = {workers.submit(_play, line): line for line in longest}
        for future in as_completed(played):
            line = played[future]
            found[line] = _rows(line, future.result())
            worst = max(abs(row["off"]) for row in found[line])
            minutes = (perf_counter() - began) / 60
            console.log(
                f"{len(found)} of {len(SETS)}, {minutes:.0f} min: {line.name}, load {line.load:g}:"
                f" off by {worst:.2%}"
            )
    return [row for line in SETS for row in found[line]]


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("line", "load", "tickets", "figure", "theory", "simulated", "± 95 %", "off", "µs")
    for row in rows:
        table.add_row(
            row["line"],
            f"{row['load']:g}",
            f"{row['tickets']:,}",
            row["figure"],
            f"{row['theory']:.5f}",
            f"{row['simulated']:.5f}",
            f"{row['margin']:.2%}",
            f"{row['off']:+.2%}",
            f"{row['us_per_ticket']:.0f}",
        )
    return table


def main() -> int:
    """Print the table; 1 when a figure is off by more than one per cent."""
    console = Console(width=100)
    rows = measure(Console(stderr=True, log_path=False))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    console.print(_table(rows))
    worst = max(abs(row["off"]) for row in rows)
    console.print(f"largest difference {worst:.2%}; allowed {TOLERANCE:.0%}")
    return int(worst > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
