"""Bound B: no rule that cannot see how long a ticket takes, nor when its customer leaves, has more
on time in the mean.

A linear programme in expectations, given the day's arrivals. Of the tickets of a kind that arrive
in cell `a`, x(a, s) are begun in cell `s`, each by one of the teams. A rule that does not know
patience begins a ticket after a wait w only if its customer still waits, so each begun stands for
1 / P(patience > w) planned. A rule that does not know handling holds a slot t seconds later with
probability P(handling > t), whomever it chose. Where rounding to cells leaves a choice, it is taken
in favour of the rule: waits count from the end of the arrival's cell, a slot is held from the end
of the step in which the ticket was begun, the tail of handling is cut.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import norm

from services.router.simulator.trace import Trace
from tests.bench.routing.drawing import Kind, handling_law
from tests.bench.routing.programme import Programme, Variable
from tests.bench.routing.staffing import Staffing

STEP = 30.0
_TAIL = 0.005


class Blind:
    """One day's programme: a Bound."""

    def __init__(self, trace: Trace, kinds: Sequence[Kind], *, step: float = STEP) -> None:
        self._trace = trace
        self._step = step
        self._staffing = Staffing(trace, step=step)
        self.programme = Programme()
        self.on_time: dict[str, list[Variable]] = defaultdict(list)
        self._held: dict[tuple[str, int], list[tuple[Variable, float]]] = defaultdict(list)
        for kind in kinds:
            self._add_kind(kind)
        for (team, at), terms in self._held.items():
            self.programme.at_most(terms, self._staffing.capacity(team, at) / step)

    def _add_kind(self, kind: Kind) -> None:
        cell, held = self._staffing.cell(kind.target), _held(kind, self._step)
        begun: dict[int, list[Variable]] = defaultdict(list)
        for arrived, count in sorted(self._arrivals(kind, cell * self._step).items()):
            self._add_arrivals(kind, arrived, count, begun, seconds=cell * self._step)
        for start, variables in begun.items():
            terms = [(variable, 1.0) for variable in variables]
            for step in range(start * cell, (start + 1) * cell):
                terms += [(given, -1.0) for given in self._begin(kind, step, held)]
            self.programme.balance(terms)

    def _arrivals(self, kind: Kind, seconds: float) -> Counter[int]:
        tickets = (ticket for ticket in self._trace.arrivals if ticket.kind == kind.name)
        return Counter(math.floor(ticket.at / seconds) for ticket in tickets)

    def _add_arrivals(
        self,
        kind: Kind,
        arrived: int,
        count: int,
        begun: Mapping[int, list[Variable]],
        *,
        seconds: float,
    ) -> None:
        """What is begun of one cell's arrivals, while on time, and who is left to be begun."""
        planned = []
        for start in range(arrived, arrived + math.ceil(kind.target / seconds) + 1):
            waited = max(0, start - arrived - 1) * seconds
            variable = self.programme.variable()
            planned.append((variable, 1.0 / _still_waiting(kind, waited)))
            begun[start].append(variable)
            self.on_time[kind.name].append(variable)
        self.programme.at_most(planned, count)

    def _begin(self, kind: Kind, step: int, held: Sequence[float]) -> list[Variable]:
        """Variables: how many each team begins in this step."""
        begins = step * self._step
        given = []
        for team in self._staffing.able(kind.name, begins=begins, ends=begins + self._step):
            variable = self.programme.variable()
            given.append(variable)
            for later, share in enumerate(held, start=1):
                self._held[team, step + later].append((variable, share))
        return given


def _still_waiting(kind: Kind, waited: float) -> float:
    return 1.0 if math.isinf(kind.patience) else math.exp(-waited / kind.patience)


def _held(kind: Kind, step: float) -> list[float]:
    """Share of the slot-time of the 1st, 2nd, … step after the one in which it was begun that a
    ticket holds, in the mean, if it was begun as early in its step as can be."""
    mu, sigma = handling_law(kind)
    steps = math.ceil(math.exp(mu + sigma * norm.isf(_TAIL)) / step)
    ends = np.arange(1, steps + 1) * step
    ranks = (np.log(ends) - mu) / sigma
    # what handling brings up to each end, at most: its limited expected value
    limited = kind.handling * norm.cdf(ranks - sigma) + ends * norm.sf(ranks)
    return [float(share) for share in np.diff(limited) / step]
