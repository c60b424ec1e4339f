"""What a customer is to us: the tier that sets deadlines, and the agents who know them."""

from services.router.domain.books import Books
from services.router.domain.cards import show_card
from services.router.domain.effects import Profiling
from services.router.domain.events import CustomerProfiled
from services.router.domain.ticket import IN_HAND
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
    if ticket.state in IN_HAND and ticket.agent is not None:
        show_card(turn, ticket, ticket.agent)
