"""A ticket of a protected queue that nobody is there for: its customer is told, somebody on call is
paged. Its deadline runs on."""

from services.router.domain.books import Books
from services.router.domain.effects import Paged, ReplySent
from services.router.domain.notices import SAFE_REPLY
from services.router.domain.protection import NOBODY_READY, NOT_TAKEN
from services.router.domain.ticket import Ticket
from services.router.domain.turn import Turn


def nobody_ready(books: Books, turn: Turn, ticket: Ticket) -> None:
    """Nobody on duty could take it. Once a ticket, whoever comes and goes later."""
    text = books.rules.protected[ticket.requirement.queue].reply_in(ticket.lang)
    if text is not None and not ticket.tasks.parent:
        reply = _id(ticket, NOBODY_READY)
        turn.add(ReplySent(ticket, None, ticket.identity, text, reply, None, SAFE_REPLY))
        turn.step(ticket, "safe_reply_sent", before=ticket.state, agent=None)
    _page(books, turn, ticket, NOBODY_READY)


def not_taken(books: Books, turn: Turn, ticket: Ticket) -> None:
    """It has been in nobody's hands for too long, with or without somebody on duty."""
    _page(books, turn, ticket, NOT_TAKEN)


def _page(books: Books, turn: Turn, ticket: Ticket, reason: str) -> None:
    books.note_page(ticket, reason)
    turn.step(ticket, f"paged_{reason}", before=ticket.state, agent=None)
    turn.add(Paged(ticket, reason, _id(ticket, reason)))


def _id(ticket: Ticket, reason: str) -> str:
    """Each desk the ticket comes to has its own."""
    again = f":{ticket.moves}" if ticket.moves else ""
    return f"{ticket.id}:{reason}{again}"
