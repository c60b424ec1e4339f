"""Waiting tickets in the order of their deadlines, the first one always at hand."""

from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush

from services.router.domain.ticket import Ticket

Key = tuple[float, float, str]
"""(due_at, opened_at, ticket id): the order in which tickets are dealt."""

_SLACK = 64


def key_of(ticket: Ticket) -> Key:
    return (ticket.due_at, ticket.opened_at, ticket.id)


class Deadlines:
    """A heap whose first entry is always live; deeper ones may be dead (abandoned meanwhile),
    never more than half of them.

    is_live: whether a key still stands for a ticket that waits here.
    head: the first, None when there is none.
    """

    __slots__ = ("_dead", "_heap", "_is_live", "head")

    def __init__(self, is_live: Callable[[Key], bool]) -> None:
        self.head: Key | None = None
        self._is_live = is_live
        self._heap: list[Key] = []
        self._dead = 0

    def __len__(self) -> int:
        """Entries, the dead included."""
        return len(self._heap)

    def add(self, key: Key) -> None:
        heappush(self._heap, key)
        self.head = self._heap[0]

    def remove(self, key: Key) -> None:
        """Call while the ticket still waits here."""
        if self.head == key:
            self._pop(key)
        else:
            self._dead += 1
            self._compact(key)

    def pop_before(self, due_at: float) -> Iterator[Key]:
        """Take out the live ones that are due before then, in order."""
        while self.head is not None and self.head[0] < due_at:
            head = self.head
            self._pop(head)
            yield head

    def _pop(self, leaving: Key) -> None:
        heap = self._heap
        heappop(heap)
        while self._dead and heap and (heap[0] == leaving or not self._is_live(heap[0])):
            heappop(heap)
            self._dead -= 1
        self.head = heap[0] if heap else None

    def _compact(self, leaving: Key) -> None:
        if self._dead * 2 > len(self._heap) + _SLACK:
            kept = dict.fromkeys(self._heap)
            self._heap = [key for key in kept if key != leaving and self._is_live(key)]
            heapify(self._heap)
            self._dead = 0
