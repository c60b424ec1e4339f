"""The waiting tickets of one class: all who may take one of them may take any."""

from bisect import bisect_left, insort
from collections.abc import Mapping
from heapq import heapify, heappop, heappush

from services.router.domain.pool import Fits
from services.router.domain.requirement import Requirement
from services.router.domain.ticket import Ticket, TicketState

Key = tuple[float, float, str]
"""(due_at, opened_at, ticket id): the order in which tickets are dealt."""

_SLACK = 64


def key_of(ticket: Ticket) -> Key:
    return (ticket.due_at, ticket.opened_at, ticket.id)


class WaitingClass:
    """Tickets nobody skips wait in a heap whose first entry is always live; deeper entries may be
    dead (abandoned meanwhile), never more than half of them. The few with a skip list wait beside
    it, in order, since each of them may be servable by different agents.

    head: the first of those nobody skips. skipping: the others.
    token: where the class stands in the order of deals, see matching. fits: the agents it finds.
    """

    __slots__ = (
        "_dead",
        "_heap",
        "_tickets",
        "fits",
        "head",
        "requirement",
        "skipping",
        "token",
        "weight",
    )

    def __init__(self, requirement: Requirement, tickets: Mapping[str, Ticket]) -> None:
        self.requirement = requirement
        self.weight = requirement.weight
        self.fits = Fits(pool_version=-1)
        self.head: Key | None = None
        self.skipping: list[Key] = []
        self.token: Key | None = None
        self._tickets = tickets
        self._heap: list[Key] = []
        self._dead = 0

    def add(self, ticket: Ticket) -> None:
        key = key_of(ticket)
        if ticket.skipped:
            insort(self.skipping, key)
        else:
            heappush(self._heap, key)
            self.head = self._heap[0]

    def remove(self, ticket: Ticket) -> None:
        """Call before the ticket changes: it is found by what it was added with."""
        if ticket.skipped:
            del self.skipping[bisect_left(self.skipping, key_of(ticket))]
        elif self._heap[0][2] == ticket.id:
            self._pop(ticket)
        else:
            self._dead += 1
            self._compact(ticket)

    def _pop(self, ticket: Ticket) -> None:
        heap = self._heap
        heappop(heap)
        while heap and not self._live(heap[0], ticket):
            heappop(heap)
            self._dead -= 1
        self.head = heap[0] if heap else None

    def _compact(self, leaving: Ticket) -> None:
        if self._dead * 2 > len(self._heap) + _SLACK:
            self._heap = [key for key in dict.fromkeys(self._heap) if self._live(key, leaving)]
            heapify(self._heap)
            self._dead = 0

    def _live(self, key: Key, leaving: Ticket) -> bool:
        ticket = self._tickets.get(key[2])
        return (
            ticket is not None
            and ticket is not leaving
            and ticket.state is TicketState.QUEUED
            and ticket.due_at == key[0]
            and not ticket.skipped
        )
