"""Whose turn it is: the earliest deadline that somebody can serve.

Between ticks nothing waits that could be served, so a deal can only follow from a change: a ticket
began to wait, or an agent got room. Each change puts the class, or the group, it happened to in
one order of deals, under the earliest ticket it may lead to. A decision looks at the first of that
order: at class heads, never at tickets; at groups, never at agents.
"""

import math
from collections.abc import Mapping
from heapq import heappop, heappush

from services.router.domain.group import Group
from services.router.domain.pool import Pool
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
        self._propose(waiting, key_of(ticket))

    def leave(self, ticket: Ticket) -> None:
        """It stops waiting. Call before the ticket changes."""
        self._classes[ticket.requirement].remove(ticket)

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
        groups = self.pool.fits(candidate.requirement).groups
        return self._servable(candidate, groups, before=None)

    def _earliest_for_group(self, group: Group) -> Key | None:
        earliest: Key | None = None
        for waiting in self._served_by(group):
            if not group.has_room(waiting.weight):
                break
            earliest = self._servable(waiting, (group,), before=earliest) or earliest
        return earliest

    def _servable(
        self, waiting: WaitingClass, groups: tuple[Group, ...], *, before: Key | None
    ) -> Key | None:
        """The class's first ticket that one of the groups can take, if it is due before `before`.

        Where there is room for one ticket of a class there is room for all of them, so only skip
        lists need a look at single tickets.
        """
        weight = waiting.weight
        head = waiting.head
        if head is not None and (before is None or head < before):
            before = head
        elif not waiting.skipping:
            return None
        if not any(group.least + weight <= group.limit for group in groups):
            return None
        for key in waiting.skipping:
            if before is not None and key > before:
                break
            skipped = {agent for agent, _ in self._tickets[key[2]].skipped}
            if any(next(group.ranked(weight, skipped), None) for group in groups):
                return key
        return head if head is before else None

    def _class_of(self, requirement: Requirement) -> WaitingClass:
        waiting = self._classes.get(requirement)
        if waiting is None:
            self._drop_empty()
            waiting = self._classes[requirement] = WaitingClass(requirement, self._tickets)
            self._served.clear()
        return waiting

    def _drop_empty(self) -> None:
        """Emptied classes are kept, as tickets of their kind come again, but not for ever."""
        if len(self._classes) % _SPARE_CLASSES:
            return
        self._classes = {need: waiting for need, waiting in self._classes.items() if len(waiting)}
        self.pool.forget_fits()

    def _served_by(self, group: Group) -> tuple[WaitingClass, ...]:
        """Classes the group's members can take, the lightest first."""
        if self._served_version != self.pool.version:
            self._served.clear()
            self._served_version = self.pool.version
        found = self._served.get(group)
        if found is None:
            able = (
                waiting
                for need, waiting in self._classes.items()
                if group in self.pool.fits(need).surplus
            )
            found = self._served[group] = tuple(sorted(able, key=lambda waiting: waiting.weight))
        return found
