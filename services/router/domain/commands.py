"""What agents ask for with a ticket. A command is carried out or rejected, never half done."""

from services.router.domain import (
    delegating,
    handing_on,
    merging,
    missing,
    review,
    steps,
    writing,
)
from services.router.domain.books import Books
from services.router.domain.cards import show_card
from services.router.domain.effects import ReplySent
from services.router.domain.events import (
    Accept,
    Decline,
    Escalate,
    FinishWrapUp,
    Merge,
    OpenTask,
    Park,
    Reply,
    Resolve,
    Split,
    TicketAct,
    Transfer,
)
from services.router.domain.refusals import (
    NOT_YOURS,
    OTHER_OFFER,
    UNKNOWN_AGENT,
    UNKNOWN_TICKET,
    UNSEEN,
    Refusal,
    reject,
    unknown_queue,
)
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.domain.turn import Turn

_AT_WORK = frozenset({TicketState.ACCEPTED, TicketState.WAITING_CUSTOMER})
_STATES = {
    Accept: IN_HAND,
    Decline: frozenset({TicketState.OFFERED}),
    Reply: _AT_WORK,
    Resolve: _AT_WORK,
    FinishWrapUp: frozenset({TicketState.WRAP_UP}),
    Park: _AT_WORK,
    Transfer: _AT_WORK,
    Escalate: _AT_WORK | {TicketState.WRAP_UP},
    OpenTask: _AT_WORK,
    Merge: _AT_WORK,
    Split: _AT_WORK | {TicketState.WRAP_UP},
}


def act(books: Books, turn: Turn, command: TicketAct) -> None:
    ticket = books.tickets.get(command.ticket)
    refusal = _refusal(books, turn, ticket, command)
    if refusal is not None:
        reject(turn, command, refusal, ticket=command.ticket)
    elif ticket is not None:
        _carry_out(books, turn, ticket, command)


def _refusal(books: Books, turn: Turn, ticket: Ticket | None, command: TicketAct) -> Refusal | None:
    seat = books.seat(command.agent)
    if seat is None or seat.agent is None:
        return UNKNOWN_AGENT
    if ticket is None:
        return UNKNOWN_TICKET
    return (
        _conflict(ticket, command)
        or delegating.objection(books, ticket, command)
        or _objection(books, turn, ticket, command)
    )


def _conflict(ticket: Ticket, command: TicketAct) -> Refusal | None:
    """How the command disagrees with the ticket as it is."""
    if ticket.agent != command.agent:
        return NOT_YOURS
    if ticket.assignment != command.assignment:
        return OTHER_OFFER
    if ticket.state not in _STATES[type(command)]:
        return Refusal("wrong_state", f"The ticket is {ticket.state.replace('_', ' ')} now.")
    if isinstance(command, Resolve) and not _has_seen(ticket, command):
        return UNSEEN
    return None


def _has_seen(ticket: Ticket, command: Resolve) -> bool:
    """No customer writes to a task."""
    return command.seen == ticket.last_message or bool(ticket.tasks.parent)


def _objection(books: Books, turn: Turn, ticket: Ticket, command: TicketAct) -> Refusal | None:
    """What speaks against a command that agrees with its ticket."""
    match command:
        case Park():
            return handing_on.cannot_park(books, turn, command)
        case Transfer():
            return handing_on.cannot_transfer(books, ticket, command)
        case Escalate():
            return unknown_queue(books.rules, command.to_queue)
        case Merge():
            return merging.cannot_merge(books, ticket, command)
        case Split():
            return merging.cannot_split(books, ticket, command)
        case _:
            return None


def _carry_out(books: Books, turn: Turn, ticket: Ticket, command: TicketAct) -> None:
    agent, cause = command.agent, command.id
    match command:
        case Accept():
            _accept(books, turn, ticket, command)
        case Decline():
            steps.pass_over(books, turn, ticket, agent, reason="declined", cause=cause)
            missing.answered(books, turn, agent)
        case Reply():
            _reply(books, turn, ticket, command)
        case Resolve():
            review.note_decider(ticket, agent)
            steps.finish(books, turn, ticket, agent, cause=cause)
            if ticket.tasks.parent:
                delegating.done(books, turn, ticket, agent)
        case FinishWrapUp():
            steps.resolve(books, turn, ticket, agent, on="wrap_up_ended", cause=cause)
        case Park():
            handing_on.park(books, turn, ticket, command)
        case Transfer():
            handing_on.transfer(books, turn, ticket, command)
        case Escalate():
            review.escalate(books, turn, ticket, command)
        case OpenTask():
            delegating.open_task(books, turn, ticket, command)
        case Merge():
            merging.merge(books, turn, ticket, command)
        case Split():
            merging.split(books, turn, ticket, command)


def _accept(books: Books, turn: Turn, ticket: Ticket, command: Accept) -> None:
    """A repeated accept is answered by the card as it is."""
    if ticket.state is TicketState.OFFERED:
        steps.accept(books, turn, ticket, command.agent, cause=command.id)
        missing.answered(books, turn, command.agent)
    else:
        show_card(turn, ticket, command.agent, cause=command.id)


def _reply(books: Books, turn: Turn, ticket: Ticket, command: Reply) -> None:
    turn.add(
        ReplySent(
            ticket=ticket,
            agent=command.agent,
            identity=ticket.identity,
            text=command.text,
            reply=command.id,  # a command has one reply at most, and ids have no room for more
            cause=command.id,
        )
    )
    review.note_decider(ticket, command.agent)
    # one that crossed a message answers it no more than it can be answered by it
    before, seen = ticket.state, command.seen in (None, ticket.last_message)
    timing = writing.answer(ticket, seen=seen)
    if seen:
        _pass_the_turn(books, turn, ticket, command)
    turn.step(ticket, "replied", before=before, agent=command.agent, timing=timing)
    show_card(turn, ticket, command.agent, cause=command.id)


def _pass_the_turn(books: Books, turn: Turn, ticket: Ticket, reply: Reply) -> None:
    """One that awaits nothing leaves a ticket that waits as it is: only the customer brings it
    back."""
    if reply.awaits:
        writing.await_customer(books, turn, ticket, reply.agent)
    elif ticket.state is TicketState.ACCEPTED:
        writing.rest(books, turn, ticket, reply.agent)
