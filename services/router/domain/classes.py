"""The classes of waiting tickets, and which of them a group of agents can serve."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.router.domain.deadlines import Key
from services.router.domain.group import Group
from services.router.domain.pool import Fits
from services.router.domain.pools import Pools
from services.router.domain.reserve import Stock
from services.router.domain.ticket import Ticket
from services.router.domain.waiting import Shape, WaitingClass

_SPARE = 256

_Mark = tuple[int, str, int, tuple[str, ...], tuple[str, ...]]
"""A Shape with the identity of its requirement, which spares hashing all its needs."""


class Served(NamedTuple):
    """Classes of one weight that a group can serve, and what is withheld from them all there."""

    weight: float
    withheld: tuple[Stock, ...]
    classes: tuple[WaitingClass, ...]


class Classes:
    """Those kept for certain agents stand apart: only these agents are ever asked for them.

    tiers: those that some reserve asks for; the others make no difference.
    """

    def __init__(
        self, pools: Pools, *, tickets: Mapping[str, Ticket], tiers: frozenset[str]
    ) -> None:
        self._pools = pools
        self._tickets = tickets
        self._tiers = tiers
        self._classes: dict[Shape, WaitingClass] = {}
        self._shared: dict[_Mark, WaitingClass] = {}
        self._waiting: dict[WaitingClass, None] = {}
        self._kept: dict[str, dict[WaitingClass, None]] = {}
        self._served: dict[Group, tuple[Served, ...]] = {}
        self._served_version = 0

    def add(self, ticket: Ticket) -> tuple[WaitingClass, Key]:
        """Its class, and where it stands there. Its requirement becomes the one they share."""
        waiting = self.of(ticket)
        kept = waiting.shape.kept
        ticket.requirement = waiting.shape.requirement
        if not kept:
            self._waiting[waiting] = None
        for agent in kept:
            self._kept.setdefault(agent, {})[waiting] = None
        return waiting, waiting.add(ticket)

    def remove(self, ticket: Ticket) -> None:
        """Call before the ticket changes."""
        waiting = self.of(ticket)
        waiting.remove(ticket)
        if not waiting.empty:
            return
        if waiting.shape.kept:
            self._drop_kept(waiting)
        else:
            del self._waiting[waiting]

    def of(self, ticket: Ticket) -> WaitingClass:
        """The class of a ticket that waits or is about to."""
        mark = self._mark(ticket)
        waiting = self._shared.get(mark)
        if waiting is None or waiting.shape.requirement is not ticket.requirement:
            shape = Shape(ticket.requirement, *mark[1:])
            waiting = self._classes.get(shape) or self._new(shape)
        return waiting

    def fits(self, waiting: WaitingClass) -> Fits:
        """The groups that can take its tickets; none where they are kept for certain agents."""
        if waiting.fits.pool_version != waiting.pool.version and not waiting.shape.kept:
            requirement, tier, stage, *_ = waiting.shape
            waiting.fits = waiting.pool.find(requirement, stage=stage, tier=tier)
        return waiting.fits

    def kept_for(self, agent: str) -> Iterable[WaitingClass]:
        return self._kept.get(agent, ())

    def served_by(self, group: Group) -> Iterable[Served]:
        """Those it can serve, or of those the ones with tickets: whichever are fewer to look at.
        The lightest first."""
        if not self._waiting:
            return ()
        if self._served_version != self._pools.version:
            self._served.clear()
            self._served_version = self._pools.version
        found = self._served.get(group)
        if found is None:
            found = self._served[group] = self._serves(group, self._classes.values())
        if len(self._waiting) * 4 < sum([len(served.classes) for served in found]):
            return self._serves(group, self._waiting)
        return found

    def _serves(self, group: Group, classes: Iterable[WaitingClass]) -> tuple[Served, ...]:
        alike: dict[tuple[float, tuple[Stock, ...]], list[WaitingClass]] = {}
        for waiting in classes:
            fits = self.fits(waiting)
            if group in fits.fit:
                withheld = fits.withheld.get(group, ())
                alike.setdefault((waiting.weight, withheld), []).append(waiting)
        served = (Served(*shared, tuple(found)) for shared, found in alike.items())
        return tuple(sorted(served, key=lambda each: each.weight))

    def _mark(self, ticket: Ticket) -> _Mark:
        tier = ticket.tier if ticket.tier in self._tiers else ""
        stage, kept = ticket.reach
        return id(ticket.requirement), tier, stage, kept, ticket.barred

    def _is_home(self, waiting: WaitingClass, ticket: Ticket) -> bool:
        return self._shared.get(self._mark(ticket)) is waiting

    def _new(self, shape: Shape) -> WaitingClass:
        if len(self._classes) > 2 * len(self._waiting) + _SPARE:
            self._drop_empty()
        waiting = WaitingClass(
            shape,
            pool=self._pools.of(shape.requirement),
            tickets=self._tickets,
            is_home=self._is_home,
        )
        self._classes[shape] = waiting
        self._shared[_mark_of(shape)] = waiting
        if not shape.kept:
            self._served.clear()
        return waiting

    def _drop_empty(self) -> None:
        """Emptied classes are kept, as tickets of their kind come again, but not for ever."""
        inhabited = {shape: each for shape, each in self._classes.items() if not each.empty}
        self._classes = inhabited
        self._shared = {_mark_of(shape): each for shape, each in inhabited.items()}

    def _drop_kept(self, waiting: WaitingClass) -> None:
        del self._classes[waiting.shape]
        del self._shared[_mark_of(waiting.shape)]
        for agent in waiting.shape.kept:
            del self._kept[agent][waiting]
            if not self._kept[agent]:
                del self._kept[agent]


def _mark_of(shape: Shape) -> _Mark:
    return id(shape.requirement), *shape[1:]
