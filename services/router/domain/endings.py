"""The timers of a ticket: which run in which state, and whether what one was set for still stands.

Only whom a waiting ticket reaches is timed elsewhere, in the waiting room.
"""

from typing import Final

from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.timers import TimerKind, Timers

_ENDS: Final = {
    TicketState.OFFERED: TimerKind.OFFER,
    TicketState.ACCEPTED: TimerKind.TURN,
    TicketState.WAITING_CUSTOMER: TimerKind.TURN,
    TicketState.WRAP_UP: TimerKind.WRAP_UP,
    TicketState.PARKED: TimerKind.WAKE,
    TicketState.RESOLVED: TimerKind.REOPEN,
}


def arm(timers: Timers, ticket: Ticket) -> None:
    """The end of its state, the reminder before it, the page where nobody takes it, and the next
    step of its queue."""
    kind = _ENDS.get(ticket.state)
    if kind is not None and ticket.until:
        timers.arm(kind, ticket.id, ticket.until)
    if ticket.nudge_at:
        timers.arm(TimerKind.NUDGE, ticket.id, ticket.nudge_at)
    if ticket.page_at:
        timers.arm(TimerKind.PAGE, ticket.id, ticket.page_at)
    if ticket.escalate_at:
        timers.arm(TimerKind.ESCALATE, ticket.id, ticket.escalate_at)


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


def stands(kind: TimerKind, ticket: Ticket, when: float, *, grace_seconds: float) -> bool:
    match kind:
        case TimerKind.GRACE:
            return bool(ticket.gone_at) and ticket.gone_at + grace_seconds == when
        case TimerKind.SKIP:
            return any(until == when for _, until in ticket.skipped)
        case TimerKind.NUDGE:
            return ticket.nudge_at == when
        case TimerKind.PAGE:
            return ticket.page_at == when
        case TimerKind.ESCALATE:
            return ticket.escalate_at == when
        case _:
            return _ENDS.get(ticket.state) is kind and ticket.until == when
