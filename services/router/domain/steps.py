"""The edges of the ticket's state machine, each with the effects it has."""

from services.router.domain.books import Books
from services.router.domain.cancelling import cancel_tasks
from services.router.domain.cards import show_card, take_card
from services.router.domain.choosing import decide
from services.router.domain.decision import Decision
from services.router.domain.effects import TicketStepped
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.turn import Turn


def deal(books: Books, turn: Turn, ticket: Ticket) -> None:
    """Offer a ticket to the best of those eligible now; there must be one."""
    rules = books.rules
    decision = decide(ticket, matcher=books.matcher, policy=rules.version, now=turn.now)
    offer(books, turn, ticket, decision)
    agent = decision.best[0].agent
    if ticket.requirement.channel in rules.auto_accept:
        accept(books, turn, ticket, agent)
    else:
        show_card(turn, ticket, agent)


def offer(books: Books, turn: Turn, ticket: Ticket, decision: Decision) -> None:
    """To the first that the decision names, who has yet to be told."""
    agent = decision.best[0].agent
    ticket.assignment += 1
    until = turn.now + books.rules.offer_seconds
    books.move(ticket, TicketState.OFFERED, agent=agent, now=turn.now, until=until)
    turn.add(
        TicketStepped(
            ticket=ticket,
            on="dealt",
            before=TicketState.QUEUED,
            after=TicketState.OFFERED,
            at=turn.now,
            agent=agent,
            assignment=ticket.assignment,
            decision=decision,
        )
    )


def accept(
    books: Books, turn: Turn, ticket: Ticket, agent: str, *, cause: str | None = None
) -> None:
    hand(books, turn, ticket, agent)
    turn.step(ticket, "accepted", before=TicketState.OFFERED, agent=agent)
    show_card(turn, ticket, agent, cause=cause)


def hand(books: Books, turn: Turn, ticket: Ticket, agent: str) -> None:
    """The agent has it, and it is their turn to write; of a task nobody waits for words."""
    rules = books.rules
    if ticket.tasks.parent:
        books.move(ticket, TicketState.ACCEPTED, agent=agent, now=turn.now)
        return
    books.move(
        ticket,
        TicketState.ACCEPTED,
        agent=agent,
        now=turn.now,
        until=after(turn, rules.agent_silence_seconds),
        nudge_at=after(turn, rules.agent_nudge_seconds),
        lead_at=after(turn, rules.agent_lead_seconds),
    )


def give_back(
    books: Books, turn: Turn, ticket: Ticket, agent: str, *, reason: str, cause: str | None = None
) -> None:
    """From an agent's hands to the queue, with the age and the deadline it had."""
    before = ticket.state
    books.move(ticket, TicketState.QUEUED, agent=None, now=turn.now)
    turn.step(ticket, reason, before=before, agent=agent)
    take_card(turn, ticket, agent, reason=reason, cause=cause)


def pass_over(
    books: Books, turn: Turn, ticket: Ticket, agent: str, *, reason: str, cause: str | None = None
) -> None:
    """The agent declined the offer or did not answer in time: they are left out for a while."""
    if books.rules.skip_seconds > 0:
        books.skip(ticket, agent, turn.now + books.rules.skip_seconds)
    give_back(books, turn, ticket, agent, reason=reason, cause=cause)


def finish(books: Books, turn: Turn, ticket: Ticket, agent: str, *, cause: str) -> None:
    """The agent is done with the customer; after-work may follow."""
    rules = books.rules
    if rules.wrap_up_seconds <= 0:
        resolve(books, turn, ticket, agent, on="resolved", cause=cause)
        return
    before, until = ticket.state, turn.now + rules.wrap_up_seconds
    books.move(ticket, TicketState.WRAP_UP, agent=agent, now=turn.now, until=until)
    turn.step(ticket, "resolved", before=before, agent=agent)
    show_card(turn, ticket, agent, cause=cause)
    cancel_tasks(books, turn, ticket)


def resolve(
    books: Books, turn: Turn, ticket: Ticket, agent: str, *, on: str, cause: str | None = None
) -> None:
    """Out of the agent's hands, open to be reopened for a while; a task is over at once."""
    before = ticket.state
    if ticket.tasks.parent:
        books.move(ticket, TicketState.CLOSED, agent=agent, now=turn.now)
    else:
        until = turn.now + books.rules.reopen_seconds
        books.move(ticket, TicketState.RESOLVED, agent=agent, now=turn.now, until=until)
    turn.step(ticket, on, before=before, agent=agent)
    take_card(turn, ticket, agent, reason="resolved", cause=cause)
    cancel_tasks(books, turn, ticket)


def close(books: Books, turn: Turn, ticket: Ticket) -> None:
    """The reopening window is over. The customer's next message opens a new ticket."""
    ticket.joinable = False
    books.move(ticket, TicketState.CLOSED, agent=ticket.agent, now=turn.now)
    turn.step(ticket, "closed", before=TicketState.RESOLVED, agent=None)


def abandon(books: Books, turn: Turn, ticket: Ticket) -> None:
    """The customer left before anybody served them."""
    before, agent = ticket.state, ticket.agent if ticket.state is TicketState.OFFERED else None
    ticket.joinable = False
    books.move(ticket, TicketState.ABANDONED, agent=None, now=turn.now)
    turn.step(ticket, "abandoned", before=before, agent=agent)
    if agent is not None:
        take_card(turn, ticket, agent, reason="abandoned")
    cancel_tasks(books, turn, ticket)


def reopen(books: Books, turn: Turn, ticket: Ticket, *, at: float) -> None:
    """The customer came back: a new wait.

    `at`: when they wrote. Whoever had the ticket before is tried first. `joinable` is not given
    back: once closed, a newer ticket of the customer may hold that key.
    """
    before = ticket.state
    books.renew(ticket, at=min(at, turn.now))
    books.move(ticket, TicketState.QUEUED, agent=ticket.agent, now=turn.now)
    turn.step(ticket, "reopened", before=before, agent=None)


def resume(books: Books, turn: Turn, ticket: Ticket, agent: str, *, on: str) -> None:
    """The customer wrote during the after-work, or gave the answer the agent awaited. The ticket
    takes its full weight again, even where the agent has other work by now."""
    before = ticket.state
    hand(books, turn, ticket, agent)
    turn.step(ticket, on, before=before, agent=agent)


def after(turn: Turn, seconds: float) -> float:
    """The end of a period that begins now; 0 where there is none."""
    return turn.now + seconds if seconds > 0 else 0.0
