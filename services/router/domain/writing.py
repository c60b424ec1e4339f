"""Whose turn it is to write while an agent has a ticket, and what comes of silence.

The agent's, from the customer's first message without an answer: asking again does not set the
clock back. The customer's, while the agent awaits their answer. Nobody's once the agent has
answered and awaits none: no clock runs.
"""

from typing import Final

from services.router.domain import steps
from services.router.domain.books import Books
from services.router.domain.cards import show_card
from services.router.domain.effects import Paged, Timing
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.turn import Turn

AGENT_SILENT: Final = "agent_silent"
"""Why a team lead is told of a ticket, and why it leaves its agent."""

_UNSERVED = frozenset({TicketState.QUEUED, TicketState.OFFERED})


def ask_again(books: Books, turn: Turn, ticket: Ticket, *, at: float) -> Timing | None:
    """The customer wrote `at` that time, to what was answered: they wait from then on. Where nobody
    has the ticket it keeps the deadline it had, which is the earlier one."""
    if ticket.state in _UNSERVED:
        ticket.answered = False
        return None
    before = ticket.due_at
    books.renew(ticket, at=min(at, turn.now))
    return Timing(ticket.due_at, before)


def answer(ticket: Ticket, *, seen: bool) -> Timing | None:
    """An agent wrote to the customer. seen: knowing all that they wrote. Answers the deadline that
    was met or not by it; None where nothing was unanswered."""
    open_question = seen and not ticket.answered
    timing = Timing(ticket.due_at, first=not ticket.later) if open_question else None
    ticket.answered = ticket.answered or seen
    return timing


def await_customer(books: Books, turn: Turn, ticket: Ticket, agent: str) -> None:
    """The agent wrote and awaits an answer; meanwhile the ticket takes less of their capacity. Of a
    confidential queue nobody reminds a customer."""
    rules = books.rules
    protection = rules.protected.get(ticket.requirement.queue)
    silent = protection is not None and protection.confidential
    books.move(
        ticket,
        TicketState.WAITING_CUSTOMER,
        agent=agent,
        now=turn.now,
        until=steps.after(turn, rules.customer_silence_seconds),
        nudge_at=0.0 if silent else steps.after(turn, rules.customer_nudge_seconds),
    )


def rest(books: Books, turn: Turn, ticket: Ticket, agent: str) -> None:
    """The agent has answered."""
    books.move(ticket, TicketState.ACCEPTED, agent=agent, now=turn.now)


def nudge(books: Books, turn: Turn, ticket: Ticket, agent: str) -> None:
    """Remind whoever's turn it is, once; their time goes on."""
    state, until, lead_at = ticket.state, ticket.until, ticket.page_at
    books.move(ticket, state, agent=agent, now=turn.now, until=until, lead_at=lead_at)
    waits = state is TicketState.WAITING_CUSTOMER
    on = "customer_nudged" if waits else "agent_nudged"
    turn.step(ticket, on, before=ticket.state, agent=agent)
    if not waits:
        show_card(turn, ticket, agent)


def tell_lead(books: Books, turn: Turn, ticket: Ticket, agent: str) -> None:
    """Of an agent who does not answer, once; their time goes on. Of a confidential queue, too: no
    customer notices."""
    state, until, nudge_at = ticket.state, ticket.until, ticket.nudge_at
    books.move(ticket, state, agent=agent, now=turn.now, until=until, nudge_at=nudge_at)
    lead, page = books.rules.agent_lead, f"{ticket.id}:{AGENT_SILENT}:{turn.now:.3f}"
    turn.step(ticket, "lead_told", before=state, agent=agent, who=lead)
    turn.add(Paged(ticket, AGENT_SILENT, page, lead))


def end_silence(books: Books, turn: Turn, ticket: Ticket, agent: str) -> None:
    """Whoever's turn it was did not write in time."""
    if ticket.state is TicketState.WAITING_CUSTOMER:
        steps.resolve(books, turn, ticket, agent, on="customer_silent")
    else:
        steps.pass_over(books, turn, ticket, agent, reason=AGENT_SILENT)
