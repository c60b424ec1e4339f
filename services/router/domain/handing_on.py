"""An agent lets go of a ticket before it is done: sets it aside for a time, or gives it to others.

Its age and its deadline stay as they are, also while it is parked: the customer waits on.
"""

from services.router.domain import moving, review, steps
from services.router.domain.agent import Agent
from services.router.domain.books import Books
from services.router.domain.cards import take_card
from services.router.domain.effects import Handing, Joining
from services.router.domain.events import Park, Transfer
from services.router.domain.fit import fit
from services.router.domain.refusals import Refusal, not_allowed, unknown_queue
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.turn import Turn

_PAST = not_allowed("That time is over: park the ticket until a later one.")
_YOURS_ALREADY = not_allowed("You have this ticket: transfer it to somebody else.")


def cannot_park(books: Books, turn: Turn, command: Park) -> Refusal | None:
    most = books.rules.park_seconds_max
    if command.until <= turn.now:
        return _PAST
    if command.until > turn.now + most:
        return not_allowed(f"A ticket may be parked for {most:.0f} seconds at most.")
    return None


def park(books: Books, turn: Turn, ticket: Ticket, command: Park) -> None:
    """The agent's slot is free until the ticket wakes; who had it is remembered."""
    before, agent = ticket.state, command.agent
    books.move(ticket, TicketState.PARKED, agent=agent, now=turn.now, until=command.until)
    handing = Handing(note=command.reason, until=command.until)
    turn.step(ticket, "parked", before=before, agent=agent, handing=handing)
    take_card(turn, ticket, agent, reason="parked", cause=command.id)


def wake(books: Books, turn: Turn, ticket: Ticket, *, task: str = "") -> None:
    """Its time has come, the customer wrote, or the last of its tasks is done: `task`. Whoever
    parked it is tried first, for as long as a reopened ticket would be kept for them."""
    kept_until = steps.after(turn, books.rules.sticky_seconds)
    books.move(ticket, TicketState.QUEUED, agent=ticket.agent, now=turn.now, kept_until=kept_until)
    joining = Joining(task) if task else None
    turn.step(ticket, "woken", before=TicketState.PARKED, agent=None, joining=joining)


def cannot_transfer(books: Books, ticket: Ticket, command: Transfer) -> Refusal | None:
    if command.to_desk is not None:
        return moving.cannot_move(books.rules, ticket, command.to_desk, command.to_queue)
    if command.to_queue is not None:
        return unknown_queue(books.rules, command.to_queue)
    if command.to_agent == command.agent:
        return _YOURS_ALREADY
    seat = books.seat(command.to_agent or "")
    if seat is None or seat.agent is None or not seat.agent.active:
        return Refusal("unknown_agent", f"This desk has no agent {command.to_agent}.")
    if not _able(seat.agent, ticket):
        return not_allowed(f"{seat.id} lacks the skills, channel or capacity for it.")
    return review.cannot_have(ticket, seat.id)


def transfer(books: Books, turn: Turn, ticket: Ticket, command: Transfer) -> None:
    """Back to a queue, past the sender for a while. An agent it is meant for is the only one it is
    offered to at first, if they are there, even if they declined it before."""
    if command.to_desk is not None:
        moving.move_away(books, turn, ticket, command, desk=command.to_desk)
        return
    rules, before, sender = books.rules, ticket.state, command.agent
    if rules.skip_seconds > 0:
        books.skip(ticket, sender, turn.now + rules.skip_seconds)
    kept_until = 0.0
    if command.to_agent is not None:
        books.end_skip(ticket, command.to_agent)
        kept_until = steps.after(turn, rules.transfer_seconds)
    if command.to_queue is not None:
        books.divert(ticket, command.to_queue, turn.now)
    books.move(
        ticket, TicketState.QUEUED, agent=command.to_agent, now=turn.now, kept_until=kept_until
    )
    handing = Handing(command.note, to_agent=command.to_agent, to_queue=command.to_queue)
    turn.step(ticket, "transferred", before=before, agent=sender, handing=handing)
    take_card(turn, ticket, sender, reason="transferred", cause=command.id)


def _able(agent: Agent, ticket: Ticket) -> bool:
    """Whether they could take it with their hands empty, at the last stage of its needs."""
    need = ticket.requirement
    return (
        need.channel in agent.channels
        and need.weight <= agent.capacity
        and fit(agent.skills, need, len(need.stages)) is not None
    )
