"""What a customer is to us: the tier that sets deadlines, the agents who know them, and the
protected matter they are under."""

from services.router.domain.books import Books
from services.router.domain.cards import show_card, take_card
from services.router.domain.effects import Handing, Profiling
from services.router.domain.events import CustomerProfiled
from services.router.domain.protection import is_drawn
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.domain.turn import Turn


def profile_customer(books: Books, turn: Turn, event: CustomerProfiled) -> None:
    """A profile that is not later than the ticket's has no effect; nor has one of a ticket that is
    not in memory: the caller reads those from the store first."""
    ticket = books.tickets.get(event.ticket)
    if ticket is None or event.version <= ticket.profile:
        return
    tier, due_at = ticket.tier, ticket.due_at
    books.profile(ticket, event, turn.now)
    profiling = Profiling(tier, ticket.tier, event.hosts, due_at, ticket.due_at)
    turn.step(ticket, "customer_profiled", before=ticket.state, agent=None, profiling=profiling)
    if is_drawn(ticket, books.rules.protected, event.matter):
        _draw(books, turn, ticket, event.matter)
    if ticket.state in IN_HAND and ticket.agent is not None:
        show_card(turn, ticket, ticket.agent)


def _draw(books: Books, turn: Turn, ticket: Ticket, queue: str) -> None:
    """To the queue in which the matter is open, as if an agent had transferred it. Whoever it is
    offered to loses the offer, as it would else come back to where it was."""
    before = ticket.state
    offered_to = ticket.agent if before is TicketState.OFFERED else None
    books.divert(ticket, queue, turn.now)
    books.move(ticket, TicketState.QUEUED, agent=None, now=turn.now)
    handing = Handing(to_queue=queue)
    turn.step(ticket, "matter_opened", before=before, agent=offered_to, handing=handing)
    if offered_to is not None:
        take_card(turn, ticket, offered_to, reason="transferred")
