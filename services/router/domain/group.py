"""Agents who can do exactly the same, as found for one kind of work. Matching asks groups, so its
cost does not follow headcount.

A group orders its available members by (load, idle_since, id) in a heap with lazy deletion: an
entry is live while its seat still points to it. The heap never holds more dead than live entries,
beyond a small constant.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from heapq import heapify, heappop, heappush

from services.router.domain.requirement import Skills
from services.router.domain.reserve import Stock, spare_of
from services.router.domain.seat import Entry, Place, Seat
from services.router.domain.turns import Lead
from services.router.domain.work_kinds import FIRM

Capability = tuple[tuple[tuple[str, int], ...], tuple[str, ...], float, float]
"""(skills, ready channels, capacity, guard), each sorted."""

_ROUNDING = 1e-9
_SLACK = 32


def limit_of(capacity: float) -> float:
    """The highest load a deal may lead to, for one of this capacity."""
    return capacity + _ROUNDING


class Group(Lead):
    """kind: of work, see WorkKinds.
    size: all members. available: those who may be dealt to, whatever their load.

    guard: how far their shifts let its members be dealt to, see Duty.
    least: the smallest load among the available; infinite when there is none.
    limit: the highest load a deal may lead to.
    stocks: of the reserves that cover its members. slots: whole ones its available have left.
    credit: what late tickets have saved up towards their next slot here, see sharing.
    """

    __slots__ = (
        "_full",
        "_heap",
        "_loads",
        "_seats",
        "available",
        "capability",
        "capacity",
        "channels",
        "credit",
        "guard",
        "kind",
        "least",
        "limit",
        "size",
        "skills",
        "slots",
        "stocks",
    )

    def __init__(
        self,
        capability: Capability,
        seats: Mapping[str, Seat],
        stocks: tuple[Stock, ...] = (),
        *,
        kind: int = FIRM,
    ) -> None:
        super().__init__()
        skills, channels, capacity, guard = capability
        self.kind = kind
        self.capability = capability
        self.skills: Skills = dict(skills)
        self.channels = frozenset(channels)
        self.capacity = capacity
        self.guard = guard
        self.limit = limit_of(capacity)
        self.size = 0
        self.available = 0
        self.least = math.inf
        self.credit = 0.0
        self.slots = 0
        self.stocks = stocks
        self._seats = seats
        self._heap: list[Entry] = []
        self._loads: dict[float, int] = {}
        self._full: dict[float, int] = {}

    def refile(self, seat: Seat) -> None:
        """Put a member where availability, load and idleness now place them."""
        place = seat.places[self.kind]
        self._strike(place)
        agent = seat.agent
        if agent is not None and seat.available:
            load = place.load
            place.entry = (load, agent.idle_since, seat.id)
            heappush(self._heap, place.entry)
            self._loads[load] = self._loads.get(load, 0) + 1
            self.available += 1
            if self.stocks:
                self._count_slots(self._slots(load))
        self._tidy()

    def withdraw(self, seat: Seat) -> None:
        """The member cannot be dealt to until filed again."""
        self._strike(seat.places[self.kind])
        self._tidy()

    def full(self, weight: float) -> int:
        """How many of the available have no room for a ticket of this weight."""
        known = self._full.get(weight)
        if known is None:
            known = sum(n for load, n in self._loads.items() if load + weight > self.limit)
            self._full[weight] = known
        return known

    def has_room(self, weight: float) -> bool:
        return self.least + weight <= self.limit

    def takes(
        self, weight: float, withheld: tuple[Stock, ...] = (), skipped: Collection[str] = ()
    ) -> bool:
        """Whether a member has room for a ticket from which these stocks are withheld."""
        if not self.has_room(weight):
            return False
        if not skipped and (not withheld or spare_of(withheld) >= weight):
            return True
        if next(self.ranked(weight, skipped, withheld), None) is not None:
            return True
        for stock in withheld:
            stock.refused = True
        return False

    def cost(self, load: float, weight: float) -> int:
        """Free slots that a member with this load would lose."""
        return self._slots(load) - self._slots(load + weight)

    def kept(self, weight: float, withheld: tuple[Stock, ...]) -> Iterator[tuple[str, int]]:
        """(reserve, how many members with room it keeps from such a ticket), level by level."""
        for load, count in self._loads.items():
            if load + weight <= self.limit:
                cost = self.cost(load, weight)
                for stock in withheld:
                    if cost > stock.spare:
                        yield stock.rule.name, count
                        break

    def ratio(self, load: float) -> float:
        """Share of the capacity in use."""
        return load / self.capacity if self.capacity else 0.0

    def ranked(
        self, weight: float, skipped: Collection[str] = (), withheld: tuple[Stock, ...] = ()
    ) -> Iterator[Entry]:
        """Members who can take this weight, best first, but for the skipped ones and those whose
        slots are withheld.

        Walks down the heap without changing it, so looking at the best few costs no more than
        that: of those withheld there are no more than the reserve has slots, and a few. The group
        must not change while the iterator is in use.
        """
        heap = self._heap
        spare = spare_of(withheld) if withheld else math.inf
        frontier = [(heap[0], 0)] if heap else []
        while frontier:
            entry, place = heappop(frontier)
            if entry[0] + weight > self.limit:
                return
            if (
                self._live(entry)
                and entry[2] not in skipped
                and (spare >= weight or self.cost(entry[0], weight) <= spare)
            ):
                yield entry
            for child in (2 * place + 1, 2 * place + 2):
                if child < len(heap):
                    heappush(frontier, (heap[child], child))

    def _strike(self, place: Place) -> None:
        if place.entry is None:
            return
        load = place.entry[0]
        place.entry = None
        self.available -= 1
        if self.stocks:
            self._count_slots(-self._slots(load))
        if self._loads[load] == 1:
            del self._loads[load]
        else:
            self._loads[load] -= 1

    def _slots(self, load: float) -> int:
        return max(0, int(self.limit - load))

    def _count_slots(self, change: int) -> None:
        before = self.slots
        self.slots += change
        for stock in self.stocks:
            stock.count(self, before=before, after=self.slots)

    def _live(self, entry: Entry) -> bool:
        return self._seats[entry[2]].places[self.kind].entry is entry

    def _tidy(self) -> None:
        heap = self._heap
        while heap and not self._live(heap[0]):
            heappop(heap)
        if len(heap) > 2 * self.available + _SLACK:
            self._heap = heap = [entry for entry in heap if self._live(entry)]
            heapify(heap)
        self.least = heap[0][0] if heap else math.inf
        self._full.clear()
