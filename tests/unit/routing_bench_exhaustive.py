"""The best there is, by trying everything."""

import math
from collections.abc import Iterator

from services.router.simulator.trace import Arrival, Shift, Trace
from tests.bench.routing.clairvoyant import deadline
from tests.bench.routing.engine import Eligibility

Slot = tuple[Shift, float]
"""(whose, free from)."""


def most_on_time(trace: Trace) -> int:
    """The most tickets that can be begun on time by somebody who knows the day in advance.

    Tries every order of tickets and every slot for each, each begun as soon as can be: waiting
    longer than that never helps. Only for a handful of tickets.
    """
    slots = tuple(
        (shift, shift.begins) for shift in trace.shifts for _ in range(int(shift.capacity))
    )
    return _Search(Eligibility(trace)).best(trace.arrivals, slots)


class _Search:
    def __init__(self, eligibility: Eligibility) -> None:
        self._able = eligibility.surplus
        self._known: dict[tuple[frozenset[str], tuple[tuple[str, float], ...]], int] = {}

    def best(self, tickets: tuple[Arrival, ...], slots: tuple[Slot, ...]) -> int:
        names = frozenset(ticket.id for ticket in tickets)
        state = (names, tuple(sorted((shift.agent, free) for shift, free in slots)))
        if state not in self._known:
            found = [1 + self.best(*after) for after in self._next(tickets, slots)]
            self._known[state] = max(found, default=0)
        return self._known[state]

    def _next(
        self, tickets: tuple[Arrival, ...], slots: tuple[Slot, ...]
    ) -> Iterator[tuple[tuple[Arrival, ...], tuple[Slot, ...]]]:
        """One more ticket begun on time; those given up are simply never begun."""
        for ticket in tickets:
            rest = tuple(other for other in tickets if other is not ticket)
            for place, (shift, free) in enumerate(slots):
                if (ticket.kind, shift.kind) not in self._able:
                    continue
                begun = _present_from(shift, max(free, ticket.at))
                if begun <= deadline(ticket):
                    used = ((shift, begun + ticket.handling),)
                    yield rest, slots[:place] + used + slots[place + 1 :]


def _present_from(shift: Shift, when: float) -> float:
    """The first moment from then on at which the agent can begin something."""
    for away, back in sorted(shift.absences):
        if away <= when < back:
            when = back
    return when if when < shift.ends else math.inf
