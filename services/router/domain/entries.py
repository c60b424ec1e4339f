"""The customer's side: what they write, and that they leave."""

from services.router.domain import handing_on, steps, writing
from services.router.domain.books import Books
from services.router.domain.cards import show_card
from services.router.domain.events import EntryAdded
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.domain.turn import Turn

_TO_BE_READ = frozenset({"message", "edit", "transcript"})
_UNSERVED = frozenset({TicketState.QUEUED, TicketState.OFFERED})
_FINISHED = frozenset({TicketState.RESOLVED, TicketState.CLOSED, TicketState.ABANDONED})


def add_entry(books: Books, turn: Turn, event: EntryAdded) -> None:
    """A repeated announcement, recognised by its position, has no effect; nor has one of a ticket
    that is not in memory: the caller reads those from the store first."""
    ticket = books.tickets.get(event.ticket)
    if ticket is None or ticket.has_seen(event.partition, event.offset):
        return
    _note(ticket, event)
    turn.step(ticket, "entry_added", before=ticket.state, agent=None)
    _respond(books, turn, ticket, event)
    if ticket.state in IN_HAND and ticket.agent is not None:
        show_card(turn, ticket, ticket.agent)


def _note(ticket: Ticket, event: EntryAdded) -> None:
    ticket.see(event.partition, event.offset)
    ticket.entries += 1
    ticket.identity = event.identity
    if event.kind in _TO_BE_READ:
        ticket.last_message = event.message


def _respond(books: Books, turn: Turn, ticket: Ticket, event: EntryAdded) -> None:
    if event.kind == "left":
        if ticket.state in _UNSERVED:
            steps.abandon(books, turn, ticket)
    elif not event.reopens or event.kind not in _TO_BE_READ:
        return
    elif ticket.state in _FINISHED:
        steps.reopen(books, turn, ticket, at=event.at)
    elif ticket.state is TicketState.PARKED:
        handing_on.wake(books, turn, ticket)
    elif ticket.agent is not None:
        _respond_in_hand(books, turn, ticket, ticket.agent)


def _respond_in_hand(books: Books, turn: Turn, ticket: Ticket, agent: str) -> None:
    match ticket.state:
        case TicketState.ACCEPTED:
            writing.ask_agent(books, turn, ticket, agent)
        case TicketState.WAITING_CUSTOMER:
            steps.resume(books, turn, ticket, agent, on="customer_back")
        case TicketState.WRAP_UP:
            steps.resume(books, turn, ticket, agent, on="reopened")
