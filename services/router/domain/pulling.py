"""An agent takes a ticket from the queue themselves: one they name, or the next that they could be
dealt.

What keeps an agent from being dealt a ticket keeps them from taking it, but for reserves: to take
the one they name an agent may spend a slot that is withheld for others, and only so often.
"""

import math

from services.router.domain import review, steps
from services.router.domain.agent import Agent
from services.router.domain.books import Books
from services.router.domain.cards import show_card
from services.router.domain.choosing import taken
from services.router.domain.decision import NEXT, PICKED
from services.router.domain.effects import AgentStepped
from services.router.domain.events import Pull
from services.router.domain.fit import fit
from services.router.domain.group import limit_of
from services.router.domain.picks import PickLimit
from services.router.domain.protection import is_confidential
from services.router.domain.refusals import NOT_YOURS, UNKNOWN_AGENT, Refusal, not_allowed, reject
from services.router.domain.requirement import Requirement
from services.router.domain.roster import change_duty
from services.router.domain.seat import Seat
from services.router.domain.sharing import next_for
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.turn import Turn

REMEMBERED = 8
"""Of an agent's pulls so many are known again when the command is repeated. Who repeats one has had
no answer to it, nor to those after it."""

_NOBODY_PULLS = not_allowed("Nobody takes tickets from the queue at this desk.")
_NOT_WAITING = Refusal("unknown_ticket", "No such ticket waits at this desk, or not any more.")
_KEPT = not_allowed("It is kept for somebody else for now.")
_NOT_READY = not_allowed("You are not ready: set your state, then ask again.")
_OFF_SHIFT = not_allowed("Your shift is over, or too near its end for it.")
_UNSKILLED = not_allowed("You lack a skill that it needs.")


def pull(books: Books, turn: Turn, command: Pull) -> None:
    """Carried out once: a repeated command is answered by what came of it."""
    seat = books.seat(command.agent)
    agent = None if seat is None else seat.agent
    if seat is None or agent is None:
        reject(turn, command, UNKNOWN_AGENT, ticket=command.ticket or None)
        return
    if books.rota.is_due(turn.now):
        change_duty(books, turn, seat)
    before = dict(agent.pulled).get(command.id)
    found = _choose(books, turn, seat, command) if before is None else _again(seat, before)
    if isinstance(found, Refusal):
        reject(turn, command, found, ticket=before or command.ticket or None)
    elif found.id not in seat.hand:
        _take(books, turn, found, agent, command)
    elif before is None and found.state is TicketState.OFFERED:  # while they were asking
        steps.accept(books, turn, found, seat.id, cause=command.id)
    else:
        show_card(turn, found, seat.id, cause=command.id)


def _again(seat: Seat, before: str) -> Ticket | Refusal:
    return seat.hand.get(before, NOT_YOURS)


def _choose(books: Books, turn: Turn, seat: Seat, command: Pull) -> Ticket | Refusal:
    """What the command is about, if it may be carried out."""
    if books.rules.pull is None:
        return _NOBODY_PULLS
    if not command.ticket:
        found = next_for(seat, books.matcher, books.rules, now=turn.now)
        return found or _not_there(books, seat) or _nothing_for(seat)
    if command.ticket in seat.hand:
        return seat.hand[command.ticket]
    ticket = books.tickets.get(command.ticket)
    if ticket is None or ticket.state is not TicketState.QUEUED:
        return _NOT_WAITING
    objection = _objection(books, seat, ticket, books.rules.pull, now=turn.now)
    if objection is not None and is_confidential(ticket, books.rules.protected):
        return _NOT_WAITING  # or it would say that there is one
    return objection or ticket


def _take(books: Books, turn: Turn, ticket: Ticket, agent: Agent, command: Pull) -> None:
    rules, seat = books.rules, books.seat_of(agent.id)
    how = PICKED if command.ticket else NEXT
    decision = taken(ticket, seat, how=how, policy=rules.version, now=turn.now)
    steps.offer(books, turn, ticket, decision)
    steps.accept(books, turn, ticket, agent.id, cause=command.id)
    if command.ticket and rules.pull is not None:
        agent.picks = rules.pull.noted(agent.picks, turn.now)
    agent.pulled = (*agent.pulled, (command.id, ticket.id))[-REMEMBERED:]
    turn.add(AgentStepped(agent=agent, on="pulled", at=turn.now))


def _objection(
    books: Books, seat: Seat, ticket: Ticket, limit: PickLimit, *, now: float
) -> Refusal | None:
    return (
        _not_there(books, seat, ticket.requirement.queue)
        or _unfit(seat, ticket, now=now)
        or _full(seat, ticket.requirement)
        or _limited(limit, seat, now=now)
    )


def _not_there(books: Books, seat: Seat, queue: str | None = None) -> Refusal | None:
    """Why they could be dealt nothing, or nothing of this queue, whatever it needs."""
    if not seat.ready:
        return _NOT_READY
    closed = not seat.available if queue is None else books.rules.guards.closes(queue, seat.guard)
    return _OFF_SHIFT if closed else None


def _unfit(seat: Seat, ticket: Ticket, *, now: float) -> Refusal | None:
    """Why it does not reach them as it waits now."""
    need, reach = ticket.requirement, ticket.reach
    group = seat.place_for(need).group
    assert group is not None
    if reach.kept and seat.id not in reach.kept:
        return _KEPT
    if need.channel not in group.channels:
        return not_allowed(f"You are not ready for {need.channel}.")
    if fit(group.skills, need, reach.stage) is None:
        return _UNSKILLED
    barred = review.cannot_have(ticket, seat.id)
    if barred is not None:
        return barred
    until = dict(ticket.skipped).get(seat.id)
    if until is not None:
        says = f"You let it go: you may have it again in {_seconds(until - now)}."
        return not_allowed(says)
    return None


def _full(seat: Seat, need: Requirement) -> Refusal | None:
    load, weight = seat.place_for(need).load, need.weight
    if load + weight <= limit_of(seat.capacity):
        return None
    more = "" if weight == 1 else f", and it needs {weight:g}"
    return not_allowed(f"{load:g} of {seat.capacity:g} slots taken{more}.")


def _limited(limit: PickLimit, seat: Seat, *, now: float) -> Refusal | None:
    left = limit.opens_at(seat.agent.picks) - now if seat.agent is not None else 0.0
    if left <= 0:
        return None
    says = f"You have chosen {limit.most} in {limit.seconds:.0f} seconds already"
    return not_allowed(f"{says}: the next one is possible in {_seconds(left)}.")


def _nothing_for(seat: Seat) -> Refusal:
    taken = f"{seat.load:g} of {seat.capacity:g} slots taken"
    says = f"Nothing waits that you could take now; {taken}."
    return Refusal("unknown_ticket", says)


def _seconds(left: float) -> str:
    return f"{max(1, math.ceil(left))} seconds"
