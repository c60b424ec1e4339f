"""The steps of a queue, done for a ticket that nobody has in hand. Its age stays as it is."""

from services.router.domain import moving
from services.router.domain.books import Books
from services.router.domain.effects import Handing, Paged, ReplySent
from services.router.domain.ladder import place_of
from services.router.domain.notices import TOLD
from services.router.domain.protection import NOT_TAKEN
from services.router.domain.ticket import Ticket
from services.router.domain.turn import Turn


def escalate(books: Books, turn: Turn, ticket: Ticket) -> None:
    """The next step's time has come. `mark`: the same for the same step of the same wait."""
    ladders = books.rules.escalations
    queue, done = place_of(ticket, ladders)
    rung, state = ladders[queue][done], ticket.state
    mark = f"{ticket.id}:{queue}:{done + 1}:{ticket.queued_at:.3f}"
    to = "" if rung.desk else rung.queue
    books.climb(ticket, queue, done + 1, to=to, now=turn.now)
    if rung.page:
        turn.step(ticket, "paged_escalated", before=state, agent=None, who=rung.page)
        turn.add(Paged(ticket, NOT_TAKEN, mark, rung.page))
    elif rung.desk:
        moving.move_on(books, turn, ticket, desk=rung.desk, queue=rung.queue or None)
    elif rung.queue:
        handing = Handing(to_queue=rung.queue)
        turn.step(ticket, "moved_on", before=state, agent=None, handing=handing)
    elif ticket.tasks.parent:
        turn.step(ticket, "nobody_told", before=state, agent=None)
    else:
        text = rung.text_in(ticket.lang)
        turn.add(ReplySent(ticket, None, ticket.identity, text, mark, None, TOLD))
        turn.step(ticket, "customer_told", before=state, agent=None)
