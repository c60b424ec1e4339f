"""The timers of a ticket: which run in which state, and whether what one was set for still stands.

Only whom a waiting ticket reaches is timed elsewhere, in the waiting room.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Final

from services.router.domain.clocks import next_mark
from services.router.domain.ticket import SETTLED, Ticket, TicketState
from services.router.domain.timers import TimerKind, Timers

_ENDS: Final = {
    TicketState.OFFERED: TimerKind.OFFER,
    TicketState.ACCEPTED: TimerKind.TURN,
    TicketState.WAITING_CUSTOMER: TimerKind.TURN,
    TicketState.WRAP_UP: TimerKind.WRAP_UP,
    TicketState.PARKED: TimerKind.WAKE,
    TicketState.RESOLVED: TimerKind.REOPEN,
}


def clock_at(ticket: Ticket) -> float:
    """When something is to be told of its clocks; 0: never, as things stand."""
    if not ticket.clocks or ticket.state in SETTLED:
        return 0.0
    return next_mark(ticket.clocks)


_AT: Final[Mapping[TimerKind, Callable[[Ticket], float]]] = {
    TimerKind.NUDGE: attrgetter("nudge_at"),
    TimerKind.PAGE: attrgetter("page_at"),
    TimerKind.ESCALATE: attrgetter("escalate_at"),
    TimerKind.CLOCK: clock_at,
}
"""Timers of whatever state; 0: it does not run."""


# spelled out below: for a million tickets of a take-over a loop over them takes half a second


def arm(timers: Timers, ticket: Ticket) -> None:
    """The end of its state, the reminder before it, the page where nobody takes it, the next step
    of its queue, and its clocks."""
    kind = _ENDS.get(ticket.state)
    if kind is not None and ticket.until:
        timers.arm(kind, ticket.id, ticket.until)
    if ticket.nudge_at:
        timers.arm(TimerKind.NUDGE, ticket.id, ticket.nudge_at)
    if ticket.page_at:
        timers.arm(TimerKind.PAGE, ticket.id, ticket.page_at)
    if ticket.escalate_at:
        timers.arm(TimerKind.ESCALATE, ticket.id, ticket.escalate_at)
    if ticket.clocks:
        arm_clocks(timers, ticket)


def lapse(timers: Timers, ticket: Ticket) -> None:
    """Call before the ticket changes."""
    kind = _ENDS.get(ticket.state)
    if kind is not None and ticket.until:
        timers.lapse(kind)
    if ticket.nudge_at:
        timers.lapse(TimerKind.NUDGE)
    if ticket.page_at:
        timers.lapse(TimerKind.PAGE)
    if ticket.escalate_at:
        timers.lapse(TimerKind.ESCALATE)
    if ticket.clocks:
        lapse_clocks(timers, ticket)


def arm_clocks(timers: Timers, ticket: Ticket) -> None:
    mark = clock_at(ticket)
    if mark:
        timers.arm(TimerKind.CLOCK, ticket.id, mark)


def lapse_clocks(timers: Timers, ticket: Ticket) -> None:
    """Call before its clocks change."""
    if clock_at(ticket):
        timers.lapse(TimerKind.CLOCK)


def stands(kind: TimerKind, ticket: Ticket, when: float, *, grace_seconds: float) -> bool:
    if kind in _AT:
        return _AT[kind](ticket) == when
    match kind:
        case TimerKind.GRACE:
            return bool(ticket.gone_at) and ticket.gone_at + grace_seconds == when
        case TimerKind.SKIP:
            return any(until == when for _, until in ticket.skipped)
        case _:
            return _ENDS.get(ticket.state) is kind and ticket.until == when
