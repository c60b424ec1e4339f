"""The classes of waiting tickets, and which of them a group of agents can serve."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.router.domain.group import Group
from services.router.domain.pool import Fits, Pool
from services.router.domain.requirement import Requirement
from services.router.domain.reserve import Stock
from services.router.domain.ticket import Ticket
from services.router.domain.waiting import WaitingClass

_SPARE = 256


class Served(NamedTuple):
    """A class that a group can serve, and what is withheld from it there."""

    waiting: WaitingClass
    withheld: tuple[Stock, ...]


class Classes:
    """tiers: those that some reserve asks for; the others make no difference."""

    def __init__(self, pool: Pool, *, tickets: Mapping[str, Ticket], tiers: frozenset[str]) -> None:
        self._pool = pool
        self._tickets = tickets
        self._tiers = tiers
        self._classes: dict[tuple[Requirement, str], WaitingClass] = {}
        self._shared: dict[tuple[int, str], WaitingClass] = {}
        self._waiting: dict[WaitingClass, None] = {}
        self._served: dict[Group, tuple[Served, ...]] = {}
        self._served_version = 0

    def add(self, ticket: Ticket) -> WaitingClass:
        """Its requirement becomes the one its class shares."""
        waiting = self.of(ticket)
        ticket.requirement = waiting.requirement
        waiting.add(ticket)
        self._waiting[waiting] = None
        return waiting

    def remove(self, ticket: Ticket) -> None:
        """Call before the ticket changes."""
        waiting = self.of(ticket)
        waiting.remove(ticket)
        if waiting.empty:
            del self._waiting[waiting]

    def of(self, ticket: Ticket) -> WaitingClass:
        """By identity where it is the shared object, which spares hashing all its needs."""
        requirement = ticket.requirement
        tier = ticket.tier if ticket.tier in self._tiers else ""
        waiting = self._shared.get((id(requirement), tier))
        if waiting is None or waiting.requirement is not requirement:
            waiting = self._classes.get((requirement, tier)) or self._new(requirement, tier)
        return waiting

    def fits(self, waiting: WaitingClass) -> Fits:
        """The groups that can take its tickets."""
        if waiting.fits.pool_version != self._pool.version:
            waiting.fits = self._pool.find(waiting.requirement, waiting.tier)
        return waiting.fits

    def served_by(self, group: Group) -> Iterable[Served]:
        """Those it can serve, or of those the ones with tickets: whichever are fewer to look at.
        The lightest first."""
        if not self._waiting:
            return ()
        if self._served_version != self._pool.version:
            self._served.clear()
            self._served_version = self._pool.version
        found = self._served.get(group)
        if found is None:
            found = self._served[group] = self._serves(group, self._classes.values())
        if len(self._waiting) * 4 < len(found):
            return self._serves(group, self._waiting)
        return found

    def _serves(self, group: Group, classes: Iterable[WaitingClass]) -> tuple[Served, ...]:
        able = (
            Served(waiting, fits.withheld.get(group, ()))
            for waiting in classes
            if group in (fits := self.fits(waiting)).surplus
        )
        return tuple(sorted(able, key=lambda served: served.waiting.weight))

    def _new(self, requirement: Requirement, tier: str) -> WaitingClass:
        if len(self._classes) > 2 * len(self._waiting) + _SPARE:
            # emptied classes are kept, as tickets of their kind come again, but not for ever
            self._classes = {(kept.requirement, kept.tier): kept for kept in self._waiting}
            self._shared = {(id(kept.requirement), kept.tier): kept for kept in self._waiting}
        waiting = WaitingClass(requirement, tier, tickets=self._tickets)
        self._classes[requirement, tier] = waiting
        self._shared[id(requirement), tier] = waiting
        self._served.clear()
        return waiting
