"""Whose turn it is: the earliest deadline that somebody can serve.

Between ticks nothing waits that could be served, so a deal can only follow from a change: a ticket
began to wait, or an agent got room. Each change puts the class, or the group, it happened to in
one order of deals, under the earliest ticket it may lead to. A decision looks at the first of that
order: at class heads, never at tickets; at groups, never at agents.
"""

import math
from collections.abc import Iterable, Mapping
from heapq import heappop, heappush

from services.router.domain.group import Group
from services.router.domain.pool import Fits, Pool
from services.router.domain.requirement import Requirement
from services.router.domain.seat import Seat
from services.router.domain.ticket import Ticket
from services.router.domain.waiting import Key, WaitingClass, key_of

_FIRST: Key = (-math.inf, -math.inf, "")
_SPARE_CLASSES = 256

Candidate = WaitingClass | Group


class Matcher:
    """Holds what waits and who may be dealt to; `next_turn` pairs the two."""

    def __init__(self, tickets: Mapping[str, Ticket], seats: Mapping[str, Seat]) -> None:
        self.pool = Pool(seats)
        self._tickets = tickets
        self._classes: dict[Requirement, WaitingClass] = {}
        self._shared: dict[int, WaitingClass] = {}
        self._waiting: dict[WaitingClass, None] = {}
        self._served: dict[Group, tuple[WaitingClass, ...]] = {}
        self._served_version = 0
        self._turns: list[tuple[Key, int, Candidate]] = []
        self._turn_count = 0

    @property
    def pending(self) -> bool:
        """Whether a deal may be possible."""
        return bool(self._turns)

    def wait(self, ticket: Ticket) -> None:
        """The ticket begins to wait. Its requirement becomes the one its class shares."""
        waiting = self._class_of(ticket.requirement)
        ticket.requirement = waiting.requirement
        waiting.add(ticket)
        self._waiting[waiting] = None
        self._propose(waiting, key_of(ticket))

    def leave(self, ticket: Ticket) -> None:
        """It stops waiting. Call before the ticket changes."""
        waiting = self._class_of(ticket.requirement)
        waiting.remove(ticket)
        if waiting.head is None and not waiting.skipping:
            del self._waiting[waiting]

    def fits_of(self, ticket: Ticket) -> Fits:
        """The groups that can take the ticket."""
        return self._fits(self._class_of(ticket.requirement))

    def place(self, seat: Seat) -> None:
        """An agent is new, or their profile, state, channels or presence changed."""
        if seat.agent is None:
            return
        group = self.pool.place(seat, seat.agent)
        if seat.entry is not None:
            self._propose(group, _FIRST)

    def reload(self, seat: Seat, *, freed: bool) -> None:
        """The load in an agent's hands changed."""
        if seat.group is None:
            return
        seat.group.refile(seat)
        if freed and seat.entry is not None:
            self._propose(seat.group, _FIRST)

    def next_turn(self) -> Ticket | None:
        """The earliest ticket that somebody can take. The caller must deal it."""
        while self._turns:
            key, _, candidate = heappop(self._turns)
            if candidate.token != key:
                continue
            candidate.token = None
            found = self._earliest(candidate)
            if found is None:
                continue
            self._propose(candidate, found)
            if self._turns[0][0] >= found:
                return self._tickets[found[2]]
        return None

    def _propose(self, candidate: Candidate, key: Key) -> None:
        if candidate.token is not None and candidate.token <= key:
            return
        candidate.token = key
        self._turn_count += 1
        heappush(self._turns, (key, self._turn_count, candidate))

    def _earliest(self, candidate: Candidate) -> Key | None:
        if isinstance(candidate, Group):
            return self._earliest_for_group(candidate)
        if candidate not in self._waiting:
            return None
        return self._servable(candidate, self._fits(candidate).groups)

    def _earliest_for_group(self, group: Group) -> Key | None:
        """Looks at the classes it serves, or at those waiting: whichever are fewer."""
        room = group.limit - group.least
        earliest: Key | None = None
        for waiting in self._worth_asking(group):
            if waiting.weight > room:
                break
            head = waiting.head
            if waiting.skipping:
                head = self._servable(waiting, (group,))
            if head is not None and (earliest is None or head < earliest):
                earliest = head
        return earliest

    def _servable(self, waiting: WaitingClass, groups: tuple[Group, ...]) -> Key | None:
        """The class's first ticket that one of the groups can take.

        Where there is room for one ticket of a class there is room for all of them, so only skip
        lists need a look at single tickets.
        """
        weight, head = waiting.weight, waiting.head
        roomy = [group for group in groups if group.has_room(weight)]
        if not roomy:
            return None
        for key in waiting.skipping:
            if head is not None and key > head:
                break
            skipped = {agent for agent, _ in self._tickets[key[2]].skipped}
            if any(next(group.ranked(weight, skipped), None) for group in roomy):
                return key
        return head

    def _class_of(self, requirement: Requirement) -> WaitingClass:
        """By identity where it is the shared object, which spares hashing all its needs."""
        waiting = self._shared.get(id(requirement))
        if waiting is None or waiting.requirement is not requirement:
            waiting = self._classes.get(requirement) or self._new_class(requirement)
        return waiting

    def _new_class(self, requirement: Requirement) -> WaitingClass:
        if len(self._classes) > 2 * len(self._waiting) + _SPARE_CLASSES:
            # emptied classes are kept, as tickets of their kind come again, but not for ever
            self._classes = {waiting.requirement: waiting for waiting in self._waiting}
            self._shared = {id(waiting.requirement): waiting for waiting in self._waiting}
        waiting = WaitingClass(requirement, self._tickets)
        self._classes[requirement] = self._shared[id(requirement)] = waiting
        self._served.clear()
        return waiting

    def _fits(self, waiting: WaitingClass) -> Fits:
        if waiting.fits.pool_version != self.pool.version:
            waiting.fits = self.pool.find(waiting.requirement)
        return waiting.fits

    def _worth_asking(self, group: Group) -> Iterable[WaitingClass]:
        """Classes the group can serve, the lightest first."""
        if not self._waiting:
            return ()
        if self._served_version != self.pool.version:
            self._served.clear()
            self._served_version = self.pool.version
        found = self._served.get(group)
        if found is None:
            found = self._served[group] = self._serves(group, self._classes.values())
        if len(self._waiting) * 4 < len(found):
            return self._serves(group, self._waiting)
        return found

    def _serves(self, group: Group, classes: Iterable[WaitingClass]) -> tuple[WaitingClass, ...]:
        able = (waiting for waiting in classes if group in self._fits(waiting).surplus)
        return tuple(sorted(able, key=lambda waiting: waiting.weight))
