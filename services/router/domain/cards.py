"""What agents see."""

from services.router.domain.agent import Agent
from services.router.domain.effects import AgentShown, CardGone, CardShown
from services.router.domain.seat import Seat, channels_of
from services.router.domain.ticket import Ticket
from services.router.domain.turn import Turn


def show_card(turn: Turn, ticket: Ticket, agent: str, *, cause: str | None = None) -> None:
    turn.add(
        CardShown(
            agent=agent,
            ticket=ticket,
            state=ticket.state,
            assignment=ticket.assignment,
            respond_by=ticket.until,
            last_message=ticket.last_message,
            entries=ticket.entries,
            merged=tuple(part for part, _ in ticket.bond.merged),
            clocks=ticket.clocks,
            review=bool(ticket.barred),
            tasks=ticket.tasks,
            cause=cause,
        )
    )


def take_card(
    turn: Turn, ticket: Ticket, agent: str, *, reason: str, cause: str | None = None
) -> None:
    turn.add(
        CardGone(
            agent=agent, ticket=ticket, assignment=ticket.assignment, reason=reason, cause=cause
        )
    )


def show_agent(turn: Turn, seat: Seat, agent: Agent, *, cause: str | None = None) -> None:
    turn.add(
        AgentShown(
            agent=agent.id,
            state=agent.state,
            channels=tuple(sorted(channels_of(agent))),
            reason=agent.reason,
            load=seat.load,
            capacity=seat.capacity,
            cause=cause,
        )
    )
