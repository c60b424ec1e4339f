"""The order of deals: what to look at next.

Between ticks nothing waits that could be served, so a deal can only follow from a change: a ticket
began to wait, or an agent got room. Each change puts the class, or the group, it happened to in
this order, under the earliest ticket it may lead to.
"""

import math
from heapq import heappop, heappush

from services.router.domain.deadlines import Key

FIRST: Key = (-math.inf, -math.inf, "")
"""Before every ticket."""

Heads = tuple[Key | None, Key | None]
"""The earliest ticket that can be met and the earliest late one."""

NOTHING: Heads = (None, None)


class Lead:
    """What may lead to a deal: a class of tickets or a group of agents.

    tokens: where it stands in each of the two orders (met, late); None where it does not.
    found: what it led to when last looked at. found_at: the matcher's count of changes then.
    """

    __slots__ = ("found", "found_at", "tokens")

    def __init__(self) -> None:
        self.tokens: list[Key | None] = [None, None]
        self.found = NOTHING
        self.found_at = -1


class Turns:
    """One of the two orders. line: which, an index of `Lead.tokens`. Entries whose token has
    changed are stale and dropped when they come up."""

    def __init__(self, line: int) -> None:
        self._line = line
        self._heap: list[tuple[Key, int, Lead]] = []
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._heap)

    def propose(self, lead: Lead, key: Key) -> None:
        """It may lead to this ticket, or a later one."""
        token = lead.tokens[self._line]
        if token is None or key < token:
            self._put(lead, key)

    def correct(self, lead: Lead, key: Key | None) -> None:
        """It leads to this ticket, or to none."""
        if key is None:
            lead.tokens[self._line] = None
        elif lead.tokens[self._line] != key:
            self._put(lead, key)

    def first(self) -> Lead | None:
        heap = self._heap
        while heap:
            key, _, lead = heap[0]
            if lead.tokens[self._line] == key:
                return lead
            heappop(heap)
        return None

    def _put(self, lead: Lead, key: Key) -> None:
        lead.tokens[self._line] = key
        self._count += 1
        heappush(self._heap, (key, self._count, lead))
