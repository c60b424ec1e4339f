"""A customer disputes what was decided: the ticket is looked at again, not by whoever decided it.

Who answered or resolved it is noted from the first. Once it is sent for re-review it is kept from
them for ever. Whoever reviews it may go on with it, also after a reopening, until they send it for
re-review themselves.
"""

from services.router.domain.books import Books
from services.router.domain.cards import take_card
from services.router.domain.effects import Handing
from services.router.domain.events import Escalate
from services.router.domain.refusals import Refusal, not_allowed
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.turn import Turn


def note_decider(ticket: Ticket, agent: str) -> None:
    ticket.deciders = _united(ticket.deciders, (agent,))


def share_past(ticket: Ticket, other: Ticket) -> None:
    """The two were or become one matter: who decided the other decided this ticket, too."""
    ticket.deciders = _united(ticket.deciders, other.deciders)
    ticket.barred = _united(ticket.barred, other.barred)


def cannot_have(ticket: Ticket, agent: str) -> Refusal | None:
    if agent not in ticket.barred:
        return None
    says = f"{agent} decided {ticket.id}: a re-review goes to somebody else."
    return not_allowed(says)


def escalate(books: Books, turn: Turn, ticket: Ticket, command: Escalate) -> None:
    """Back to a queue as a transfer, past everybody who decided it and the agent who asks."""
    before, agent = ticket.state, command.agent
    note_decider(ticket, agent)
    ticket.barred = ticket.deciders
    queue = command.to_queue or _usual_queue(ticket, books.rules)
    if queue:
        books.divert(ticket, queue, turn.now)
    books.move(ticket, TicketState.QUEUED, agent=None, now=turn.now)
    handing = Handing(command.note, to_queue=queue or None)
    turn.step(ticket, "escalated", before=before, agent=agent, handing=handing)
    take_card(turn, ticket, agent, reason="escalated", cause=command.id)


def _usual_queue(ticket: Ticket, rules: DeskRules) -> str:
    """Empty: its own, where it is protected in any case."""
    return "" if ticket.requirement.queue in rules.protected else rules.review_queue


def _united(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return some if set(others) <= set(some) else tuple(sorted({*some, *others}))
