"""A light engine for the peers' rules: events in order of time, one rule at the two points where
something is decided.

Tickets of a kind need the same and have the same target, so they wait in one line, oldest first;
what a rule may choose is the line.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

from services.router.domain.fit import surplus
from services.router.domain.requirement import Requirement
from services.router.simulator.outcome import Outcome
from services.router.simulator.trace import Arrival, Shift, Trace

_ROUNDING = 1e-9


@dataclass(slots=True, eq=False)
class Seat:
    """An agent at work. open: tickets in hand. here: on shift and not away. index: place in the
    rota. idle_since: when they were last given or freed of work."""

    shift: Shift
    index: int
    open: int = 0
    load: float = 0.0
    here: bool = False
    idle_since: float = 0.0

    def has_room(self, weight: float) -> bool:
        return self.here and self.load + weight <= self.shift.capacity + _ROUNDING


class Rule(Protocol):
    """rings: seconds of waiting after which a ticket is offered again; who may take it then may
    have changed."""

    rings: tuple[float, ...]

    def agent_for(self, ticket: Arrival, seats: Sequence[Seat], now: float) -> Seat | None:
        """Whom to give a ticket to. seats: those able, with room; never empty."""
        ...

    def ticket_for(self, seat: Seat, heads: Sequence[Arrival], now: float) -> Arrival | None:
        """What a freed agent takes. heads: the first of each line they can take; never empty."""
        ...


class Eligibility:
    """Who may take what: hard skills and channels. The same for every rule."""

    def __init__(self, trace: Trace) -> None:
        self.kinds = {arrival.kind: arrival for arrival in trace.arrivals}
        self.teams = {shift.kind: shift for shift in trace.shifts}
        self.surplus = {
            (kind, team): unused
            for kind, ticket in self.kinds.items()
            for team, shift in self.teams.items()
            if ticket.channel in shift.channels
            and (unused := surplus(dict(shift.skills), _requirement(ticket))) is not None
        }

    def teams_for(self, kind: str) -> tuple[str, ...]:
        """The best fit first."""
        able = [team for team in self.teams if (kind, team) in self.surplus]
        return tuple(sorted(able, key=lambda team: self.surplus[kind, team]))

    def kinds_for(self, team: str) -> tuple[str, ...]:
        return tuple(kind for kind in self.kinds if (kind, team) in self.surplus)


def run(trace: Trace, rule: Rule) -> tuple[Outcome, ...]:
    """Deal a day by a rule, until the last ticket is done or gone. In the trace's order."""
    return _Day(trace, rule).run()


class _Day:
    def __init__(self, trace: Trace, rule: Rule) -> None:
        eligibility = Eligibility(trace)
        self._trace = trace
        self._rule = rule
        self._events: list[tuple[float, int, str, Arrival | None, Seat | None]] = []
        self._number = count()
        self._seats = [Seat(shift, index) for index, shift in enumerate(trace.shifts)]
        self._able = {
            kind: [able for able in self._seats if (kind, able.shift.kind) in eligibility.surplus]
            for kind in eligibility.kinds
        }
        self._kinds = {team: eligibility.kinds_for(team) for team in eligibility.teams}
        self._lines: dict[str, deque[Arrival]] = {kind: deque() for kind in eligibility.kinds}
        self._taken: dict[str, tuple[float, str]] = {}
        self._left: dict[str, float] = {}

    def run(self) -> tuple[Outcome, ...]:
        for worker in self._seats:
            self._plan_shift(worker)
        for arrival in self._trace.arrivals:
            self._plan(arrival.at, "arrives", ticket=arrival)
        while self._events:
            now, _, what, ticket, seat = heappop(self._events)
            self._happen(what, ticket, seat, now)
        return tuple(self._outcome(arrival) for arrival in self._trace.arrivals)

    def _plan_shift(self, seat: Seat) -> None:
        shift = seat.shift
        self._plan(shift.begins, "comes", seat=seat)
        self._plan(shift.ends, "goes", seat=seat)
        for begins, ends in shift.absences:
            self._plan(begins, "goes", seat=seat)
            self._plan(ends, "comes", seat=seat)

    def _plan(
        self, at: float, what: str, *, ticket: Arrival | None = None, seat: Seat | None = None
    ) -> None:
        if at != float("inf"):
            heappush(self._events, (at, next(self._number), what, ticket, seat))

    def _happen(self, what: str, ticket: Arrival | None, seat: Seat | None, now: float) -> None:
        if what == "arrives" and ticket is not None:
            self._arrive(ticket, now)
        elif what == "widens" and ticket is not None:
            self._offer(ticket, now)
        elif what == "leaves" and ticket is not None:
            if ticket.id not in self._taken:
                self._left[ticket.id] = now
        elif what == "done" and ticket is not None and seat is not None:
            seat.open -= 1
            seat.load -= ticket.weight
            seat.idle_since = now
            self._fill(seat, now)
        elif seat is not None:
            seat.here = what == "comes"
            self._fill(seat, now)

    def _arrive(self, ticket: Arrival, now: float) -> None:
        self._lines[ticket.kind].append(ticket)
        if not self._offer(ticket, now):
            self._plan(ticket.at + ticket.patience, "leaves", ticket=ticket)
            for seconds in self._rule.rings:
                self._plan(now + seconds, "widens", ticket=ticket)

    def _offer(self, ticket: Arrival, now: float) -> bool:
        """A line is served oldest first: a ticket behind another of its kind waits."""
        if self._head(ticket.kind) is not ticket:
            return False
        seats = [seat for seat in self._able[ticket.kind] if seat.has_room(ticket.weight)]
        seat = self._rule.agent_for(ticket, seats, now) if seats else None
        if seat is not None:
            self._take(ticket, seat, now)
        return seat is not None

    def _fill(self, seat: Seat, now: float) -> None:
        while True:
            heads = [
                head
                for kind in self._kinds[seat.shift.kind]
                if (head := self._head(kind)) is not None and seat.has_room(head.weight)
            ]
            ticket = self._rule.ticket_for(seat, heads, now) if heads else None
            if ticket is None:
                return
            self._take(ticket, seat, now)

    def _head(self, kind: str) -> Arrival | None:
        line = self._lines[kind]
        while line and line[0].id in self._left:
            line.popleft()
        return line[0] if line else None

    def _take(self, ticket: Arrival, seat: Seat, now: float) -> None:
        self._lines[ticket.kind].popleft()
        self._taken[ticket.id] = (now, seat.shift.agent)
        seat.open += 1
        seat.load += ticket.weight
        seat.idle_since = now
        self._plan(now + ticket.handling, "done", ticket=ticket, seat=seat)

    def _outcome(self, arrival: Arrival) -> Outcome:
        if arrival.id not in self._taken:
            left = self._left.get(arrival.id)
            return Outcome(arrival.id, None, left, None, None, came_at=arrival.at)
        at, agent = self._taken[arrival.id]
        done = at + arrival.handling
        return Outcome(arrival.id, at, None, done, agent, came_at=arrival.at, freed_at=done)


def _requirement(ticket: Arrival) -> Requirement:
    return Requirement(
        queue=ticket.queue, channel=ticket.channel, needs=ticket.needs, weight=ticket.weight
    )
