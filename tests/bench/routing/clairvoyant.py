"""Bound A: no rule, not even one that knew the day in advance, has more on time.

A linear programme over one day. A ticket on time is begun in [arrival, deadline], so all its work
is done in [arrival, deadline + handling], by agents able to take it. Everything else is let go:
tickets may be served in part, their work may be split among agents and interrupted, and what is
late costs nothing. Times are cut into steps, windows rounded outwards.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import floor

from services.router.simulator.trace import Arrival, Trace
from tests.bench.routing.programme import Programme, Variable
from tests.bench.routing.staffing import Staffing

STEP = 60.0

Line = tuple[tuple[str, ...], int]
"""(teams able to begin it in time, steps in a cell): tickets of one line share the agents' time."""

Batch = tuple[Line, int, int]
"""(line, first cell, last cell): tickets whose work may be done in the same cells."""


class Clairvoyant:
    """One day's programme: a Bound."""

    def __init__(self, trace: Trace, *, step: float = STEP) -> None:
        self._trace = trace
        self._step = step
        self._staffing = Staffing(trace, step=step)
        self.programme = Programme()
        self.on_time: dict[str, list[Variable]] = defaultdict(list)
        self._work: dict[tuple[Line, int], list[Variable]] = defaultdict(list)
        self._add_tickets()
        self._add_agents()

    def _add_tickets(self) -> None:
        batches: dict[Batch, list[Arrival]] = defaultdict(list)
        for ticket in self._trace.arrivals:
            able = self._staffing.able(ticket.kind, begins=ticket.at, ends=deadline(ticket))
            if able:
                batches[self._batch(ticket, able)].append(ticket)
        for batch, tickets in batches.items():
            self._add_batch(batch, tickets)

    def _batch(self, ticket: Arrival, able: tuple[str, ...]) -> Batch:
        cell = self._staffing.cell(ticket.target)
        seconds = cell * self._step
        ends = deadline(ticket) + ticket.handling
        return (tuple(sorted(able)), cell), floor(ticket.at / seconds), floor(ends / seconds)

    def _add_batch(self, batch: Batch, tickets: Sequence[Arrival]) -> None:
        """What is served of the tickets is the work done on them."""
        line, first, last = batch
        seconds = line[1] * self._step
        terms = []
        for ticket in tickets:
            served = self.programme.variable(upper=1.0)
            self.on_time[ticket.kind].append(served)
            terms.append((served, ticket.handling * ticket.weight))
        for cell in range(first, last + 1):
            begins = cell * seconds
            upper = sum(_overlap(t, begins, begins + seconds) * t.weight for t in tickets)
            work = self.programme.variable(upper=upper)
            self._work[line, cell].append(work)
            terms.append((work, -1.0))
        self.programme.balance(terms)

    def _add_agents(self) -> None:
        """The work on each line is shared among its teams; no team has more than its slots."""
        shares: dict[tuple[str, int], list[Variable]] = defaultdict(list)
        for (line, cell), work in self._work.items():
            teams, steps = line
            terms = [(variable, 1.0) for variable in work]
            for step in range(cell * steps, (cell + 1) * steps):
                for team in teams:
                    share = self.programme.variable()
                    shares[team, step].append(share)
                    terms.append((share, -1.0))
            self.programme.balance(terms)
        for (team, step), variables in shares.items():
            capacity = self._staffing.capacity(team, step)
            self.programme.at_most([(variable, 1.0) for variable in variables], capacity)


def deadline(ticket: Arrival) -> float:
    """The last moment to begin it on time: its customer may leave before the target."""
    return ticket.at + min(ticket.target, ticket.patience)


def _overlap(ticket: Arrival, begins: float, ends: float) -> float:
    """Seconds of the ticket's window that lie between these times: nobody does more on it."""
    return max(0.0, min(ends, deadline(ticket) + ticket.handling) - max(begins, ticket.at))
