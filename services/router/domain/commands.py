"""What agents ask for with a ticket. A command is carried out or rejected, never half done."""

from dataclasses import dataclass

from services.router.domain import steps, writing
from services.router.domain.books import Books
from services.router.domain.cards import show_card
from services.router.domain.effects import Rejected, ReplySent
from services.router.domain.events import (
    Accept,
    Decline,
    FinishWrapUp,
    Reply,
    Resolve,
    SetState,
    TicketAct,
)
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.domain.turn import Turn


@dataclass(frozen=True, slots=True)
class Refusal:
    """reason: a value of the wire's RejectionReason. detail: a sentence for the agent."""

    reason: str
    detail: str


UNKNOWN_AGENT = Refusal("unknown_agent", "This desk has no such agent.")
_UNKNOWN_TICKET = Refusal("unknown_ticket", "This desk has no such ticket; it may be closed.")
_NOT_YOURS = Refusal("not_yours", "You do not have this ticket; take its card away.")
_OTHER_OFFER = Refusal("wrong_assignment", "The ticket has been offered anew; use its new card.")
_UNSEEN = Refusal("unseen_message", "The customer wrote again: read it, then resolve.")
_AT_WORK = frozenset({TicketState.ACCEPTED, TicketState.WAITING_CUSTOMER})
_STATES = {
    Accept: IN_HAND,
    Decline: frozenset({TicketState.OFFERED}),
    Reply: _AT_WORK,
    Resolve: _AT_WORK,
    FinishWrapUp: frozenset({TicketState.WRAP_UP}),
}


def act(books: Books, turn: Turn, command: TicketAct) -> None:
    ticket = books.tickets.get(command.ticket)
    refusal = _refusal(books, ticket, command)
    if refusal is not None:
        reject(turn, command, refusal, ticket=command.ticket)
    elif ticket is not None:
        _carry_out(books, turn, ticket, command)


def reject(
    turn: Turn, command: TicketAct | SetState, refusal: Refusal, *, ticket: str | None
) -> None:
    turn.add(
        Rejected(
            agent=command.agent,
            command=command.id,
            ticket=ticket,
            reason=refusal.reason,
            detail=refusal.detail,
        )
    )


def _refusal(books: Books, ticket: Ticket | None, command: TicketAct) -> Refusal | None:
    seat = books.seat(command.agent)
    if seat is None or seat.agent is None:
        return UNKNOWN_AGENT
    if ticket is None:
        return _UNKNOWN_TICKET
    return _conflict(ticket, command)


def _conflict(ticket: Ticket, command: TicketAct) -> Refusal | None:
    """How the command disagrees with the ticket as it is."""
    if ticket.agent != command.agent:
        return _NOT_YOURS
    if ticket.assignment != command.assignment:
        return _OTHER_OFFER
    if ticket.state not in _STATES[type(command)]:
        return Refusal("wrong_state", f"The ticket is {ticket.state.replace('_', ' ')} now.")
    if isinstance(command, Resolve) and command.seen != ticket.last_message:
        return _UNSEEN
    return None


def _carry_out(books: Books, turn: Turn, ticket: Ticket, command: TicketAct) -> None:
    agent, cause = command.agent, command.id
    match command:
        case Accept():
            _accept(books, turn, ticket, command)
        case Decline():
            steps.pass_over(books, turn, ticket, agent, reason="declined", cause=cause)
        case Reply():
            _reply(books, turn, ticket, command)
        case Resolve():
            steps.finish(books, turn, ticket, agent, cause=cause)
        case FinishWrapUp():
            steps.resolve(books, turn, ticket, agent, on="wrap_up_ended", cause=cause)


def _accept(books: Books, turn: Turn, ticket: Ticket, command: Accept) -> None:
    """A repeated accept is answered by the card as it is."""
    if ticket.state is TicketState.OFFERED:
        steps.accept(books, turn, ticket, command.agent, cause=command.id)
    else:
        show_card(turn, ticket, command.agent, cause=command.id)


def _reply(books: Books, turn: Turn, ticket: Ticket, command: Reply) -> None:
    turn.add(
        ReplySent(
            ticket=ticket,
            agent=command.agent,
            identity=ticket.identity,
            text=command.text,
            cause=command.id,
        )
    )
    before = ticket.state
    _pass_the_turn(books, turn, ticket, command)
    turn.step(ticket, "replied", before=before, agent=command.agent)
    show_card(turn, ticket, command.agent, cause=command.id)


def _pass_the_turn(books: Books, turn: Turn, ticket: Ticket, reply: Reply) -> None:
    """A reply that crossed a message answers it no more than it can be answered by it. One that
    awaits nothing leaves a ticket that waits as it is: only the customer brings it back."""
    if reply.seen not in (None, ticket.last_message):
        return
    if reply.awaits:
        writing.await_customer(books, turn, ticket, reply.agent)
    elif ticket.state is TicketState.ACCEPTED:
        writing.rest(books, turn, ticket, reply.agent)
