"""What waits, who may be dealt to, and the earliest deadlines that somebody can serve.

A decision looks at the first of the order of deals (see turns): at class heads, never at tickets;
at groups, never at agents.
"""

import math
from collections.abc import Iterable, Mapping

from services.router.domain.classes import Classes
from services.router.domain.deadlines import Key, key_of
from services.router.domain.group import Group
from services.router.domain.pool import Fits, Pool
from services.router.domain.reserve import Stock
from services.router.domain.rules import DeskRules
from services.router.domain.seat import Seat
from services.router.domain.ticket import Ticket
from services.router.domain.turns import FIRST, Heads, Lead, Turns
from services.router.domain.waiting import WaitingClass

TIMELY, LATE = 0, 1
"""The two lines: tickets whose deadline can be met, and those that are late."""

Roomy = Mapping[Group, tuple[Stock, ...]]
"""Groups with room for a ticket, each with the stocks that are withheld from it there."""


class Matcher:
    """Holds what waits and who may be dealt to; `next_turns` pairs the two."""

    def __init__(
        self, tickets: Mapping[str, Ticket], seats: Mapping[str, Seat], rules: DeskRules
    ) -> None:
        self.pool = Pool(seats, rules.reserves)
        self._tickets = tickets
        tiers = frozenset(rule.tier for rule in rules.reserves if rule.tier is not None)
        self._classes = Classes(self.pool, tickets=tickets, tiers=tiers)
        self._turns = (Turns(TIMELY), Turns(LATE))
        self._lines = self._turns if rules.late_share is not None else self._turns[:1]
        self._changes = 0
        self._horizon = -math.inf

    @property
    def pending(self) -> bool:
        """Whether a deal may be possible."""
        return any(self._lines)

    def wait(self, ticket: Ticket) -> None:
        """The ticket begins to wait. Its requirement becomes the one its class shares."""
        self._changes += 1
        waiting = self._classes.add(ticket)
        key = key_of(ticket)
        # one that is late by the time it is looked at is found in its class and moved
        self._turns[TIMELY].propose(waiting, key)

    def leave(self, ticket: Ticket) -> None:
        """It stops waiting. Call before the ticket changes."""
        self._changes += 1
        self._classes.remove(ticket)

    def fits_of(self, ticket: Ticket) -> Fits:
        """The groups that can take the ticket."""
        return self._classes.fits(self._classes.of(ticket))

    def place(self, seat: Seat) -> None:
        """An agent is new, or their profile, state, channels or presence changed."""
        if seat.agent is None:
            return
        self._changes += 1
        group = self.pool.place(seat, seat.agent)
        if seat.entry is not None:
            self._offer_room(group)

    def reload(self, seat: Seat, *, freed: bool) -> None:
        """The load in an agent's hands changed."""
        if seat.group is None:
            return
        self._changes += 1
        seat.group.refile(seat)
        if seat.entry is None:
            return
        if freed:
            self._offer_room(seat.group)
        elif any(stock.refused for stock in seat.group.stocks):
            self._propose(seat.group)  # what is left of a slot is not withheld

    def next_turns(self, now: float) -> tuple[Ticket | None, Ticket | None]:
        """The earliest ticket that somebody can take, of those that can be met and of those that
        are late. The caller must deal one of them."""
        if len(self._lines) > 1 and now != self._horizon:
            self._horizon = now
            self._changes += 1
        timely = self._first(TIMELY)  # first, for it finds those that have become late
        late = self._first(LATE)
        return timely, late

    def serves(self, group: Group, line: int) -> bool:
        """Whether a ticket of the line waits that the group has room for."""
        return self._look(group)[line] is not None

    def _offer_room(self, group: Group) -> None:
        """Whatever the group serves may be dealt now; so may what a reserve refused before, where
        its stock has grown."""
        self._propose(group)
        for stock in group.stocks:
            if stock.refused:
                stock.refused = False
                for roomy in stock.roomy:
                    self._propose(roomy)

    def _propose(self, group: Group) -> None:
        for turns in self._lines:
            turns.propose(group, FIRST)

    def _first(self, line: int) -> Ticket | None:
        turns = self._turns[line]
        while (lead := turns.first()) is not None:
            found = self._look(lead)
            key = found[line]
            if key is not None and key == lead.tokens[line]:
                return self._tickets[key[2]]
            for each, right in zip(self._lines, found, strict=False):
                each.correct(lead, right)
        return None

    def _look(self, lead: Lead) -> Heads:
        """The earliest tickets it leads to as things are."""
        if lead.found_at != self._changes:
            if isinstance(lead, WaitingClass):
                lead.found = self._heads_of(lead)
            elif isinstance(lead, Group):
                lead.found = self._heads_for(lead)
            lead.found_at = self._changes
        return lead.found

    def _heads_of(self, waiting: WaitingClass) -> Heads:
        fits, weight = self._classes.fits(waiting), waiting.weight
        roomy = {
            group: withheld
            for group in fits.groups
            if group.has_room(weight)
            and group.takes(weight, withheld := fits.withheld.get(group, ()))
        }
        return self._heads(waiting, roomy) if roomy else (None, None)

    def _heads_for(self, group: Group) -> Heads:
        room, horizon = group.limit - group.least, self._horizon
        timely: Key | None = None
        late: Key | None = None
        for waiting, withheld in self._classes.served_by(group):
            if waiting.weight > room:
                break
            if withheld and not group.takes(waiting.weight, withheld):
                continue
            head = waiting.timely.head
            if waiting.skipping or (head is not None and head[0] < horizon):
                head, late_head = self._heads(waiting, {group: withheld})
            else:
                late_head = waiting.late.head
            if head is not None and (timely is None or head < timely):
                timely = head
            if late_head is not None and (late is None or late_head < late):
                late = late_head
        return timely, late

    def _heads(self, waiting: WaitingClass, roomy: Roomy) -> Heads:
        """The class's first tickets that one of these groups can take.

        Where there is room for one ticket of a class there is room for all of them, so only skip
        lists need a look at single tickets.
        """
        waiting.age(self._horizon)
        heads = waiting.timely.head, waiting.late.head
        if not waiting.skipping:
            return heads
        timely, late = waiting.skipping_at(self._horizon)
        return (
            self._first_of(waiting, timely, heads[TIMELY], roomy),
            self._first_of(waiting, late, heads[LATE], roomy),
        )

    def _first_of(
        self, waiting: WaitingClass, skipping: Iterable[Key], head: Key | None, roomy: Roomy
    ) -> Key | None:
        """The first of those with a skip list, or the head if none can be served before it."""
        for key in skipping:
            if head is not None and key > head:
                break
            skipped = {agent for agent, _ in self._tickets[key[2]].skipped}
            if any(
                group.takes(waiting.weight, withheld, skipped) for group, withheld in roomy.items()
            ):
                return key
        return head
