"""The routing rules again, by brute force: every ticket against every agent."""

import math
from functools import partial

from services.router.domain.agent import Agent, AgentState
from services.router.domain.desk import Desk
from services.router.domain.ticket import IN_HAND, Ticket, TicketState


def hand_of(desk: Desk, agent: str) -> list[Ticket]:
    return [t for t in desk.tickets() if t.state in IN_HAND and t.agent == agent]


def load_of(desk: Desk, agent: str) -> float:
    return math.fsum(ticket.requirement.weight for ticket in hand_of(desk, agent))


def eligible(desk: Desk, ticket: Ticket, agent: Agent, now: float) -> bool:
    need = ticket.requirement
    ready = agent.channels if agent.ready_channels is None else agent.ready_channels
    return (
        agent.active
        and agent.state is AgentState.READY
        and bool(agent.notifiers)
        and need.channel in agent.channels
        and need.channel in ready
        and all(agent.skills.get(n.skill, 0) >= n.level for n in need.needs if n.hard)
        and load_of(desk, agent.id) + need.weight <= agent.capacity + 1e-9
        and all(name != agent.id or until <= now for name, until in ticket.skipped)
    )


def next_deal(desk: Desk, now: float) -> tuple[str, list[str]] | None:
    """The ticket that must be dealt next, and the best three agents for it."""
    waiting = [t for t in desk.tickets() if t.state is TicketState.QUEUED]
    for ticket in sorted(waiting, key=lambda t: (t.due_at, t.opened_at, t.id)):
        able = [agent for agent in desk.agents() if eligible(desk, ticket, agent, now)]
        if able:
            able.sort(key=partial(_rank, desk, ticket))
            return ticket.id, [agent.id for agent in able[:3]]
    return None


def _rank(desk: Desk, ticket: Ticket, agent: Agent) -> tuple[bool, int, float, float, str]:
    load = load_of(desk, agent.id) / agent.capacity if agent.capacity else 0.0
    return agent.id != ticket.agent, _unused(agent, ticket), load, agent.idle_since, agent.id


def _unused(agent: Agent, ticket: Ticket) -> int:
    unused = sum(agent.skills.values())
    for need in ticket.requirement.needs:
        level = agent.skills.get(need.skill, 0)
        if need.hard:
            unused -= need.level
        elif level >= need.level:
            unused -= level + need.level
    return unused
