"""The customer's side: what they write, and that they leave."""

from services.router.domain import handing_on, merging, steps, writing
from services.router.domain.books import Books
from services.router.domain.cards import show_card
from services.router.domain.effects import Joining
from services.router.domain.events import EntryAdded
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.domain.turn import Turn

_TO_BE_READ = frozenset({"message", "edit", "transcript"})
_UNSERVED = frozenset({TicketState.QUEUED, TicketState.OFFERED})
_JUDGED = frozenset({TicketState.WRAP_UP, TicketState.RESOLVED})
"""A number that a customer writes before is an answer to something else."""
_FINISHED = frozenset({TicketState.RESOLVED, TicketState.CLOSED, TicketState.ABANDONED})


def add_entry(books: Books, turn: Turn, event: EntryAdded) -> None:
    """A repeated announcement, recognised by its position, has no effect; nor has one of a ticket
    that is not in memory: the caller reads those from the store first."""
    ticket = books.tickets.get(event.ticket)
    if ticket is None or ticket.has_seen(event.partition, event.offset):
        return
    ticket.see(event.partition, event.offset)
    _note(ticket, event)
    whole = merging.whole_of(books, ticket)
    if whole is not ticket:
        turn.step(ticket, "entry_added", before=ticket.state, agent=None)
        _note(whole, event)
    elif ticket.bond.merged:
        _note_as_own(ticket, event)
    asking = _asks(event) and whole.answered and whole.state not in _FINISHED
    turn.step(
        whole,
        "entry_added",
        before=whole.state,
        agent=None,
        joining=Joining(ticket.id) if whole is not ticket else None,
        timing=writing.ask_again(books, turn, whole, at=event.at) if asking else None,
    )
    if event.rating and whole.state in _JUDGED:
        turn.step(whole, "rated", before=whole.state, agent=whole.agent, score=event.rating)
    _respond(books, turn, whole, event, anew=asking)
    if whole.state in IN_HAND and whole.agent is not None:
        show_card(turn, whole, whole.agent)


def _asks(event: EntryAdded) -> bool:
    return event.reopens and event.kind in _TO_BE_READ


def _note(ticket: Ticket, event: EntryAdded) -> None:
    ticket.entries += 1
    ticket.identity = event.identity
    if event.kind in _TO_BE_READ:
        ticket.last_message = event.message


def _note_as_own(ticket: Ticket, event: EntryAdded) -> None:
    """Apart from what its parts bring."""
    ticket.bond = ticket.bond._replace(identity=event.identity)
    if event.kind in _TO_BE_READ:
        ticket.bond = ticket.bond._replace(last_message=event.message)


def _respond(books: Books, turn: Turn, ticket: Ticket, event: EntryAdded, *, anew: bool) -> None:
    """anew: all that they had written before is answered."""
    if event.kind == "left":
        if _is_given_up(books, ticket):
            steps.abandon(books, turn, ticket)
    elif not _asks(event):
        return
    elif ticket.state in _FINISHED:
        steps.reopen(books, turn, ticket, at=event.at)
    elif ticket.state is TicketState.PARKED:
        handing_on.wake(books, turn, ticket)
    elif ticket.agent is not None:
        _respond_in_hand(books, turn, ticket, ticket.agent, anew=anew)


def _is_given_up(books: Books, ticket: Ticket) -> bool:
    """By a customer who leaves: not what others wait with, nor what somebody has to see to whether
    they are there or not, wherever it was opened."""
    is_protected = ticket.requirement.queue in books.rules.protected
    return ticket.state in _UNSERVED and not ticket.bond.merged and not is_protected


def _respond_in_hand(books: Books, turn: Turn, ticket: Ticket, agent: str, *, anew: bool) -> None:
    match ticket.state:
        case TicketState.ACCEPTED if anew:
            steps.hand(books, turn, ticket, agent)
        case TicketState.WAITING_CUSTOMER:
            steps.resume(books, turn, ticket, agent, on="customer_back")
        case TicketState.WRAP_UP:
            steps.resume(books, turn, ticket, agent, on="reopened")
