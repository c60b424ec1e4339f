"""The customers of a simulated day: they come, wait, give up, and some come again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.router.simulator.clock import Action, Clock
from services.router.simulator.outcome import Outcome
from services.router.simulator.trace import Arrival


@dataclass(slots=True)
class Visit:
    """One contact of a customer, and what has become of it so far. Times are the desk's."""

    ticket: str
    arrival: Arrival
    contact: int
    came_at: float
    taken_at: float | None = None
    left_at: float | None = None
    done_at: float | None = None
    freed_at: float | None = None
    agent: str | None = None

    @property
    def patience(self) -> float:
        if self.contact == 1:
            return self.arrival.patience
        return self.arrival.returns[self.contact - 2][1]

    def outcome(self, start: float) -> Outcome:
        """start: the desk's time when the day began."""

        def since(time: float | None) -> float | None:
            return None if time is None else time - start

        return Outcome(
            id=self.arrival.id,
            taken_at=since(self.taken_at),
            left_at=since(self.left_at),
            done_at=since(self.done_at),
            agent=self.agent,
            came_at=self.came_at - start,
            freed_at=since(self.freed_at),
            contact=self.contact,
        )


class Customers:
    """Arrivals are asked for one by one, so that a stream of millions needs no memory."""

    def __init__(
        self, arrivals: Iterable[Arrival], *, clock: Clock, start: float, on_visit: Action
    ) -> None:
        self._arrivals: Iterator[Arrival] = iter(arrivals)
        self._clock = clock
        self._start = start
        self._on_visit = on_visit

    def expect_next(self) -> None:
        """Plan the next arrival of the day."""
        arrival = next(self._arrivals, None)
        if arrival is not None:
            self._clock.at(self._start + arrival.at, self._arrive, arrival)

    def expect_again(self, visit: Visit, *, now: float) -> None:
        """They gave up; plan their return, if they mean to."""
        returns = visit.arrival.returns
        if visit.contact <= len(returns):
            when = now + returns[visit.contact - 1][0]
            self._clock.at(when, self._come, visit.arrival, visit.contact + 1, when)

    def _arrive(self, arrival: Arrival) -> None:
        self.expect_next()
        self._come(arrival, 1, self._start + arrival.at)

    def _come(self, arrival: Arrival, contact: int, when: float) -> None:
        ticket = arrival.id if contact == 1 else f"{arrival.id}~{contact}"
        self._on_visit(Visit(ticket, arrival, contact, when))
