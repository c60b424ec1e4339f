"""Cheap counts of a desk, for metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor

from services.router.domain.ticket import Ticket, TicketState


@dataclass(frozen=True, slots=True)
class Depth:
    """counts: (queue, state) -> tickets. oldest: queue -> since when its longest waiting ticket
    waits, epoch seconds rounded down. waiting: queue -> {epoch second: tickets waiting since}.
    Views of the live counters: read them before the desk is told anything more.
    """

    counts: Mapping[tuple[str, TicketState], int]
    oldest: Mapping[str, float]
    waiting: Mapping[str, Mapping[int, int]]


class Census:
    """Waiting tickets are counted by the second since which they wait: the oldest and the whole
    histogram of ages come without a second heap."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, TicketState], int] = {}
        self._waiting: dict[str, dict[int, int]] = {}

    def add(self, ticket: Ticket) -> None:
        self._count(ticket, 1)

    def remove(self, ticket: Ticket) -> None:
        self._count(ticket, -1)

    def depth(self) -> Depth:
        oldest = {queue: float(min(since)) for queue, since in self._waiting.items() if since}
        return Depth(counts=self._counts, oldest=oldest, waiting=self._waiting)

    def _count(self, ticket: Ticket, change: int) -> None:
        place = (ticket.requirement.queue, ticket.state)
        self._counts[place] = self._counts.get(place, 0) + change
        if ticket.state is TicketState.QUEUED:
            self._count_waiting(ticket, change)

    def _count_waiting(self, ticket: Ticket, change: int) -> None:
        since = self._waiting.setdefault(ticket.requirement.queue, {})
        second = floor(ticket.queued_at)
        left = since.get(second, 0) + change
        if left:
            since[second] = left
        else:
            del since[second]
