"""What waits, who may be dealt to, and the earliest deadlines that somebody can serve."""

import math
from collections.abc import Mapping

from services.router.domain.classes import Classes
from services.router.domain.deadlines import Key
from services.router.domain.group import Group
from services.router.domain.pool import Fits
from services.router.domain.pools import Pools
from services.router.domain.rules import DeskRules
from services.router.domain.seat import Place, Seat
from services.router.domain.servable import Servable
from services.router.domain.ticket import Ticket
from services.router.domain.turns import FIRST, Heads, Lead, Turns
from services.router.domain.waiting import WaitingClass

TIMELY, LATE = 0, 1
"""The two lines: tickets whose deadline can be met, and those that are late."""


class Matcher:
    """Holds what waits and who may be dealt to; `next_turns` pairs the two."""

    def __init__(
        self, tickets: Mapping[str, Ticket], seats: Mapping[str, Seat], rules: DeskRules
    ) -> None:
        self.pools = Pools(seats, rules)
        self._tickets = tickets
        tiers = frozenset(rule.tier for rule in rules.reserves if rule.tier is not None)
        self._classes = Classes(self.pools, tickets=tickets, tiers=tiers)
        self._servable = Servable(self._classes, tickets)
        self._turns = (Turns(TIMELY), Turns(LATE))
        self._sharing = rules.late_share is not None
        self._changes = 0
        self._horizon = -math.inf

    @property
    def pending(self) -> bool:
        """Whether a deal may be possible."""
        return bool(self._turns[TIMELY] or self._turns[LATE])

    def wait(self, ticket: Ticket) -> None:
        """The ticket begins to wait. Its requirement becomes the one its class shares."""
        self._changes += 1
        # one that is late by the time it is looked at is found in its class and moved
        self._turns[TIMELY].propose(*self._classes.add(ticket))

    def leave(self, ticket: Ticket) -> None:
        """It stops waiting. Call before the ticket changes."""
        self._changes += 1
        self._classes.remove(ticket)

    def fits_of(self, ticket: Ticket) -> Fits:
        """The groups that can take the ticket; none where it is kept for certain agents."""
        return self._classes.fits(self._classes.of(ticket))

    def place(self, seat: Seat) -> None:
        """An agent is new, or their profile, state, shift, channels or presence changed."""
        if seat.agent is None:
            return
        self._changes += 1
        for pool in self.pools:
            group = pool.place(seat, seat.agent)
            if seat.places[pool.kind].entry is not None:
                self._offer_room(seat, group)

    def reload(self, seat: Seat, *, freed: bool) -> None:
        """The load in an agent's hands changed."""
        self._changes += 1
        for place in seat.places:
            if place.group is not None:
                self._reload(seat, place, place.group, freed=freed)

    def _reload(self, seat: Seat, place: Place, group: Group, *, freed: bool) -> None:
        group.refile(seat)
        if place.entry is None:
            return
        if freed:
            self._offer_room(seat, group)
        elif group.stocks and any(stock.refused for stock in group.stocks):
            self._propose(group)  # what is left of a slot is not withheld

    def next_turns(self, now: float) -> tuple[Ticket | None, Ticket | None]:
        """The earliest ticket that somebody can take, of those that can be met and of those that
        are late. The caller must deal one of them."""
        if not self._sharing:
            return self._first(TIMELY), None
        self._look_ahead(now)
        timely = self._first(TIMELY)  # first, for it finds those that have become late
        return timely, self._first(LATE)

    def turns_of(self, seat: Seat, now: float) -> tuple[Ticket | None, Ticket | None]:
        """The earliest tickets that one agent can take, of those that can be met and of those that
        are late."""
        self._look_ahead(now)
        timely, late = self._servable.by_agent(seat, self._horizon)
        return self._at(timely), self._at(late)

    def serves(self, group: Group, line: int) -> bool:
        """Whether a ticket of the line waits that the group has room for."""
        known = group.found_at == self._changes
        return (group.found if known else self._look(group))[line] is not None

    def _look_ahead(self, now: float) -> None:
        """What is due before now is late."""
        if self._sharing and now != self._horizon:
            self._horizon = now
            self._changes += 1

    def _at(self, key: Key | None) -> Ticket | None:
        return None if key is None else self._tickets[key[2]]

    def _offer_room(self, seat: Seat, group: Group) -> None:
        """Whatever the group serves may be dealt now; so may what is kept for the agent, and what
        a reserve refused before, where its stock has grown."""
        self._propose(group)
        for waiting in self._classes.kept_for(seat.id):
            self._propose(waiting)
        for stock in group.stocks:
            if stock.refused and stock.spare:
                stock.refused = False
                for roomy in stock.roomy:
                    self._propose(roomy)

    def _propose(self, lead: Lead) -> None:
        self._turns[TIMELY].propose(lead, FIRST)
        if self._sharing:
            self._turns[LATE].propose(lead, FIRST)

    def _first(self, line: int) -> Ticket | None:
        turns = self._turns[line]
        while (lead := turns.first()) is not None:
            found = lead.found if lead.found_at == self._changes else self._look(lead)
            key = found[line]
            if key is not None and key == lead.tokens[line]:
                return self._tickets[key[2]]
            self._turns[TIMELY].correct(lead, found[TIMELY])
            if self._sharing:
                self._turns[LATE].correct(lead, found[LATE])
        return None

    def _look(self, lead: Lead) -> Heads:
        """The earliest tickets it leads to as things are."""
        if isinstance(lead, WaitingClass):
            lead.found = self._servable.of_class(lead, self._horizon)
        elif isinstance(lead, Group):
            lead.found = self._servable.by_group(lead, self._horizon)
        lead.found_at = self._changes
        return lead.found
