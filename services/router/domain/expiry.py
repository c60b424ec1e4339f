"""What happens when a timer goes off."""

from services.router.domain import (
    escalation,
    handing_on,
    merging,
    missing,
    paging,
    steps,
    striking,
    writing,
)
from services.router.domain.books import Books
from services.router.domain.presence import Presence
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.timers import TimerKind
from services.router.domain.turn import Turn

_WHOEVER_HAS_IT = frozenset(
    {
        TimerKind.SKIP,
        TimerKind.REACH,
        TimerKind.REOPEN,
        TimerKind.PAGE,
        TimerKind.CLOCK,
        TimerKind.ESCALATE,
        TimerKind.WAKE,
    }
)


def go_off(books: Books, presence: Presence, turn: Turn, kind: TimerKind, key: str) -> None:
    """key: of a notifier for silence, of a ticket otherwise."""
    if kind is TimerKind.SILENCE:
        presence.fall_silent(key)
        return
    ticket = books.tickets[key]
    if kind in _WHOEVER_HAS_IT:
        _go_off_anywhere(books, turn, kind, ticket)
    elif ticket.agent is None:
        raise AssertionError(f"ticket {key} is {ticket.state} in nobody's hands")
    else:
        _go_off_in_hand(books, turn, kind, ticket, ticket.agent)


def _go_off_anywhere(books: Books, turn: Turn, kind: TimerKind, ticket: Ticket) -> None:
    if kind is TimerKind.SKIP:
        books.end_skips(ticket, turn.now)
    elif kind is TimerKind.REACH:
        books.room.revisit(ticket, turn.now)
    elif kind is TimerKind.REOPEN:
        merging.close(books, turn, ticket)
    elif kind is TimerKind.PAGE:
        _page(books, turn, ticket)
    elif kind is TimerKind.ESCALATE:
        escalation.escalate(books, turn, ticket)
    elif kind is TimerKind.CLOCK:
        striking.strike(books, turn, ticket)
    else:
        handing_on.wake(books, turn, ticket)


def _page(books: Books, turn: Turn, ticket: Ticket) -> None:
    if ticket.state is TicketState.ACCEPTED and ticket.agent is not None:
        writing.tell_lead(books, turn, ticket, ticket.agent)
    else:
        paging.not_taken(books, turn, ticket)


def _go_off_in_hand(books: Books, turn: Turn, kind: TimerKind, ticket: Ticket, agent: str) -> None:
    if kind is TimerKind.OFFER:
        steps.pass_over(books, turn, ticket, agent, reason="offer_expired")
        missing.missed(books, turn, agent)
    elif kind is TimerKind.NUDGE:
        writing.nudge(books, turn, ticket, agent)
    elif kind is TimerKind.TURN:
        writing.end_silence(books, turn, ticket, agent)
    elif kind is TimerKind.WRAP_UP or ticket.state is TicketState.WRAP_UP:
        # after-work of an agent who is gone for good is over, too
        steps.resolve(books, turn, ticket, agent, on="wrap_up_ended")
    else:
        steps.give_back(books, turn, ticket, agent, reason="agent_gone")


def restart_offers(books: Books, *, now: float) -> None:
    """Every offer that stands gets its full time from now."""
    for key in books.timers.keys(TimerKind.OFFER):
        ticket = books.tickets[key]
        until = now + books.rules.offer_seconds
        books.move(ticket, TicketState.OFFERED, agent=ticket.agent, now=now, until=until)
