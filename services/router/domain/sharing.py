"""Whose turn it is when both late tickets and others wait for the same slots.

In overload pure deadline order spends every slot on customers who have waited too long already, so
that soon all have. Late tickets therefore get a share of the slots, in the order of their
deadlines, and the others the rest, in theirs. If only one kind can be served, it is.

The share is kept by each group of agents alike for itself: of the slots they free while both kinds
wait for them, every fourth goes to a late ticket (at 25 %). One account for the whole desk would
let the many slots of a common skill use up the turns of a scarce one. So a late ticket whose only
servers are few still gets every fourth of theirs: nobody waits for ever. The accounts begin at
nothing with each owner of the desk.
"""

from services.router.domain.choosing import candidates
from services.router.domain.group import Group
from services.router.domain.matching import LATE, TIMELY, Matcher
from services.router.domain.rules import DeskRules
from services.router.domain.seat import Seat
from services.router.domain.ticket import Ticket

_ROUNDING = 1e-9


def next_ticket(matcher: Matcher, rules: DeskRules, *, now: float) -> Ticket | None:
    """The next one to be dealt; None: nobody can take any. The caller must deal it, since the
    group that will take it is charged."""
    timely, late = matcher.next_turns(now)
    if rules.late_share is None or timely is None or late is None:
        return timely or late
    taker = _taker(late, matcher)
    if not matcher.serves(taker, TIMELY):
        return late
    if _spends(taker, rules.late_share):
        return late
    taker = _taker(timely, matcher)
    if matcher.serves(taker, LATE):
        _saves(taker, rules.late_share)
    return timely


def next_for(seat: Seat, matcher: Matcher, rules: DeskRules, *, now: float) -> Ticket | None:
    """The next one that an agent could be dealt; None: there is none. The caller must hand it to
    them, since their group is charged."""
    timely, late = matcher.turns_of(seat, now)
    if rules.late_share is None or timely is None or late is None:
        return timely or late
    group = _group(seat, late)
    if group is not _group(seat, timely) or _spends(group, rules.late_share):
        return late
    _saves(group, rules.late_share)
    return timely


def _spends(taker: Group, share: float) -> bool:
    """Whether late tickets have saved up for a slot of the group, which is spent then."""
    if taker.credit + share < 1 - _ROUNDING:
        return False
    taker.credit += share - 1
    return True


def _saves(taker: Group, share: float) -> None:
    taker.credit = min(1.0, taker.credit + share)


def _taker(ticket: Ticket, matcher: Matcher) -> Group:
    """Whose slot the ticket would take."""
    best = next(candidates(ticket, matcher.fits_of(ticket), matcher=matcher))
    seat = matcher.pools.seat(best.agent)
    assert seat is not None
    return _group(seat, ticket)


def _group(seat: Seat, ticket: Ticket) -> Group:
    """Among whom they are found for such a ticket."""
    group = seat.place_for(ticket.requirement).group
    assert group is not None
    return group
