"""A clock of a ticket is about to run out, or has: its agent sees it, and of a statutory one
somebody on call is told."""

from services.router.domain import handing_on
from services.router.domain.books import Books
from services.router.domain.cards import show_card
from services.router.domain.clocks import MISSED, WARNED, Clock
from services.router.domain.effects import Paged, Timing
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.domain.turn import Turn


def strike(books: Books, turn: Turn, ticket: Ticket) -> None:
    """Tell what is due of each, once. What was set aside waits for an agent again."""
    due = [clock for clock in ticket.clocks if 0.0 < clock.mark <= turn.now]
    books.set_clocks(
        ticket, tuple(_told(clock, turn.now) if clock in due else clock for clock in ticket.clocks)
    )
    for clock in due:
        _tell(books, turn, ticket, clock)
    if ticket.state is TicketState.PARKED:
        handing_on.wake(books, turn, ticket)
    elif ticket.state in IN_HAND and ticket.agent is not None:
        show_card(turn, ticket, ticket.agent)


def _told(clock: Clock, now: float) -> Clock:
    return clock._replace(told=MISSED if clock.due_at <= now else WARNED)


def _tell(books: Books, turn: Turn, ticket: Ticket, clock: Clock) -> None:
    on = "clock_missed" if clock.due_at <= turn.now else "clock_warned"
    agent = ticket.agent if ticket.state in IN_HAND else None
    timing = Timing(clock.due_at, clock=clock.name, statutory=clock.statutory)
    turn.step(ticket, on, before=ticket.state, agent=agent, timing=timing)
    reason = ":".join((on, clock.name, *((clock.of,) if clock.of else ())))
    if clock.statutory and reason not in ticket.paged:
        books.note_page(ticket, reason)
        turn.add(Paged(ticket, on, f"{ticket.id}:{reason}", clock=clock.name))
