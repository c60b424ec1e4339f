"""Agents' profiles and states, and what follows for the tickets they have."""

from services.router.domain import steps
from services.router.domain.agent import Agent
from services.router.domain.books import Books
from services.router.domain.cards import show_agent
from services.router.domain.effects import AgentStepped
from services.router.domain.events import AgentProfiled, SetState
from services.router.domain.refusals import UNKNOWN_AGENT, not_allowed, reject
from services.router.domain.seat import Seat
from services.router.domain.shifts import planned
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.turn import Turn

_OUTSIDE_PROFILE = not_allowed("Your profile does not allow all of these channels.")


def profile_agent(
    books: Books, turn: Turn, event: AgentProfiled, *, notifiers: frozenset[str]
) -> None:
    """notifiers: those that already report the agent, should they be new here."""
    seat = books.seat_of(event.agent)
    agent = seat.agent
    if agent is None:
        agent = seat.agent = _hire(event, notifiers, turn.now)
    agent.name, agent.active = event.name, event.active
    agent.skills, agent.channels = dict(event.skills), event.channels
    agent.capacity = event.capacity
    if event.shifts is not None:
        agent.shifts = planned(event.shifts)
    elif not event.keep_shifts:
        agent.shifts = None
    agent.new_until = event.new_until
    turn.add(AgentStepped(agent=agent, on="profiled", at=turn.now))
    reconcile(books, turn, seat)
    show_agent(turn, seat, agent, cause=event.id)


def set_state(books: Books, turn: Turn, command: SetState) -> None:
    seat = books.seat(command.agent)
    if seat is None or seat.agent is None:
        reject(turn, command, UNKNOWN_AGENT, ticket=None)
        return
    agent = seat.agent
    if command.channels is not None and not command.channels <= agent.channels:
        reject(turn, command, _OUTSIDE_PROFILE, ticket=None)
        return
    agent.state, agent.reason = command.state, command.reason
    agent.ready_channels, agent.missed = command.channels, 0
    turn.add(AgentStepped(agent=agent, on="state_set", at=turn.now))
    reconcile(books, turn, seat)
    show_agent(turn, seat, agent, cause=command.id)


def change_duty(books: Books, turn: Turn, seat: Seat) -> None:
    """Time alone has changed what the agent may be dealt. What is in hand stays there."""
    before = seat.capacity
    books.place(seat, turn.now)
    if seat.agent is not None and seat.capacity != before:
        show_agent(turn, seat, seat.agent)


def reconcile(books: Books, turn: Turn, seat: Seat) -> None:
    """Bring matching and the tickets in hand in line with how the agent is now.

    Offers the agent can no longer take return at once. Accepted work stays; while the agent is
    not connected its grace runs.
    """
    books.place(seat, turn.now)
    for _, ticket in sorted(seat.hand.items()):
        if ticket.state is not TicketState.OFFERED:
            _mark(books, turn, seat, ticket)
        elif not seat.keeps_offer(ticket):
            reason = "agent_away" if _connected(seat) else "agent_gone"
            steps.give_back(books, turn, ticket, seat.id, reason=reason)


def _mark(books: Books, turn: Turn, seat: Seat, ticket: Ticket) -> None:
    if _connected(seat) == (not ticket.gone_at):
        return
    if ticket.gone_at:
        books.mark_back(ticket)
        turn.step(ticket, "agent_back", before=ticket.state, agent=seat.id)
    else:
        since = seat.agent.gone_at if seat.agent is not None else 0.0
        books.mark_gone(ticket, since or turn.now)
        turn.step(ticket, "agent_lost", before=ticket.state, agent=seat.id)


def _connected(seat: Seat) -> bool:
    return seat.agent is not None and seat.agent.connected


def _hire(event: AgentProfiled, notifiers: frozenset[str], now: float) -> Agent:
    return Agent(
        id=event.agent,
        skills=event.skills,
        channels=event.channels,
        capacity=event.capacity,
        notifiers=notifiers,
        idle_since=now,
    )
