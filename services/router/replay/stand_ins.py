"""What agents do with offers that nobody was ever made.

Under other rules an agent gets a ticket that the record knows nothing of. Somebody stands in for
them: accepts at once, answers whatever the customer writes, and is done after the time that was
recorded for the ticket.
"""

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from services.router.domain.events import Accept, Reply, Resolve, TicketAct
from services.router.domain.ticket import Ticket
from services.router.replay.handling import Handling

_CAUSE = "stand-in"


class Held(NamedTuple):
    """A ticket that a stand-in has, until `done_at` (epoch seconds)."""

    done_at: float
    desk: str
    ticket: str
    agent: str
    assignment: int


class StandIns:
    def __init__(self, handling: Handling) -> None:
        self._handling = handling
        self._held: dict[tuple[str, int], Held] = {}
        self._order: list[Held] = []

    def take(self, desk: str, ticket: Ticket, *, now: float) -> Iterator[TicketAct]:
        """The offer was just made. Who has nothing to go by keeps it."""
        agent, assignment = ticket.agent, ticket.assignment
        if agent is None:
            return
        seconds = self._handling.of(ticket.id, ticket.requirement.queue)
        held = Held(now + (seconds or 0.0), desk, ticket.id, agent, assignment)
        self._held[ticket.id, assignment] = held
        if seconds is not None:
            heappush(self._order, held)
        yield Accept(_CAUSE, agent, ticket.id, assignment)
        yield Reply(_CAUSE, agent, ticket.id, assignment, "")

    def answer(self, ticket: Ticket) -> Iterator[TicketAct]:
        """The customer wrote."""
        held = self._held.get((ticket.id, ticket.assignment))
        if held is not None and ticket.agent == held.agent:
            yield Reply(_CAUSE, held.agent, ticket.id, ticket.assignment, "")

    def next(self) -> float | None:
        """When the next is done, epoch seconds."""
        return self._order[0].done_at if self._order else None

    def pop_done(self, now: float) -> Held | None:
        """The next that is done by then."""
        if not self._order or self._order[0].done_at > now:
            return None
        held = heappop(self._order)
        del self._held[held.ticket, held.assignment]
        return held


def resolve(held: Held, ticket: Ticket) -> Resolve:
    return Resolve(_CAUSE, held.agent, held.ticket, held.assignment, ticket.last_message)
