"""Notices when nobody is on duty for those who wait in a protected queue.

Its cost follows how many kinds of them there are, not how many wait: of a kind one ticket is
looked at, and each that nobody is there for is found once.
"""

from collections.abc import Mapping

from services.router.domain.matching import Matcher
from services.router.domain.protection import NOBODY_READY, Protection
from services.router.domain.requirement import Requirement
from services.router.domain.ticket import Ticket

_Kind = tuple[Requirement, int, tuple[str, ...]]
"""What its tickets need, at which stage, and who is barred from them."""


class Lookout:
    """On duty is who may be dealt such a ticket by state, skills and channels, busy or not, and has
    not decided it where it is reviewed."""

    def __init__(self, matcher: Matcher, protected: Mapping[str, Protection]) -> None:
        self._matcher = matcher
        self._protected = protected
        self._waiting: dict[_Kind, dict[str, Ticket]] = {}
        self._doubtful: dict[_Kind, None] = {}

    @property
    def pending(self) -> bool:
        """Whether `next` may find one."""
        return bool(self._doubtful)

    def enter(self, ticket: Ticket) -> None:
        """It waits, in its class. One that is kept for somebody has somebody."""
        if not self._watches(ticket) or ticket.reach.kept or NOBODY_READY in ticket.paged:
            return
        kind = _kind_of(ticket)
        self._waiting.setdefault(kind, {})[ticket.id] = ticket
        self._doubtful[kind] = None

    def leave(self, ticket: Ticket) -> None:
        """Call before the ticket changes."""
        if not self._watches(ticket):
            return
        kind = _kind_of(ticket)
        waiting = self._waiting.get(kind, {})
        if waiting.pop(ticket.id, None) is not None and not waiting:
            del self._waiting[kind]

    def doubt(self) -> None:
        """An agent is new or changed: perhaps the last one on duty."""
        if self._waiting:
            self._doubtful = dict.fromkeys(self._waiting)

    def next(self) -> Ticket | None:
        """One that nobody is there for. It has to leave before the next call."""
        while self._doubtful:
            kind = next(iter(self._doubtful))
            ticket = next(iter(self._waiting.get(kind, {}).values()), None)
            if ticket is not None and not self._somebody_is_there(ticket):
                return ticket
            del self._doubtful[kind]
        return None

    def _watches(self, ticket: Ticket) -> bool:
        return bool(self._protected) and ticket.requirement.queue in self._protected

    def _somebody_is_there(self, ticket: Ticket) -> bool:
        weight = ticket.requirement.weight
        groups = self._matcher.fits_of(ticket).groups
        pool = self._matcher.pools.of(ticket.requirement)
        return any(
            group.available > pool.available_of(ticket.barred, group) and weight <= group.limit
            for group in groups
        )


def _kind_of(ticket: Ticket) -> _Kind:
    return ticket.requirement, ticket.reach.stage, ticket.barred
