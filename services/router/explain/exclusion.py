"""Whether an agent of a desk could be dealt a ticket, and if not, why."""

from typing import Final, NamedTuple

from services.router.domain.agent import Agent, AgentState
from services.router.domain.desk import Desk
from services.router.domain.fit import fit
from services.router.domain.group import limit_of
from services.router.domain.seat import channels_of
from services.router.domain.shifts import Guards
from services.router.domain.ticket import Ticket
from services.router.explain.needs import lacking
from services.router.explain.times import clock, off_shift

_STATES: Final = {
    AgentState.WRAP_UP: "in wrap-up",
    AgentState.BREAK: "on break",
    AgentState.TRAINING: "in training",
    AgentState.MEETING: "in a meeting",
}


class Exclusion(NamedTuple):
    """rule: as decision records name it. says: what is so of the agent, in a few words."""

    rule: str
    says: str


def exclusion(desk: Desk, ticket: Ticket, agent_id: str, *, now: float) -> Exclusion | None:
    """The first rule that keeps the agent from the ticket, in the order in which a decision counts,
    but for that they decided it, which holds for ever and so comes first. None: they may take it,
    as far as they alone decide that.

    Reserves are not asked: they look at the whole desk. `ticket.reach` says how far it has come.
    """
    agent = desk.agent(agent_id)
    if agent is None:
        return Exclusion("unknown", "not an agent of this desk")
    if agent_id in ticket.barred:
        return Exclusion("decided", "decided this ticket: a re-review goes to somebody else")
    kept = ticket.reach.kept
    if kept and agent_id not in kept:
        return Exclusion("kept", f"the ticket was kept for {', '.join(kept)}")
    return (
        _by_skill(agent, ticket)
        or _by_shift(agent, ticket, desk.guards, now=now)
        or _by_channel(agent, ticket)
        or _by_state(agent, day=now)
        or _by_load(desk, ticket, agent_id)
        or _by_skip(ticket, agent_id, now=now)
    )


def _by_skill(agent: Agent, ticket: Ticket) -> Exclusion | None:
    requirement, stage = ticket.requirement, ticket.reach.stage
    if fit(agent.skills, requirement, stage) is None:
        return Exclusion("skill", lacking(agent.skills, requirement, stage))
    return None


def _by_shift(agent: Agent, ticket: Ticket, guards: Guards, *, now: float) -> Exclusion | None:
    queue = ticket.requirement.queue
    if not guards.closes(queue, guards.duty(agent.shifts, now).guard):
        return None
    return Exclusion("shift", off_shift(agent.shifts or (), guards.of(queue), now=now))


def _by_channel(agent: Agent, ticket: Ticket) -> Exclusion | None:
    channel = ticket.requirement.channel
    if channel in channels_of(agent):
        return None
    return Exclusion("channel", f"not ready for {channel}")


def _by_state(agent: Agent, *, day: float) -> Exclusion | None:
    if not agent.active:
        return Exclusion("state", "dismissed")
    if agent.state is not AgentState.READY:
        return Exclusion("state", _state(agent.state))
    if not agent.connected:
        since = f" since {clock(agent.gone_at, day=day)}" if agent.gone_at else ""
        return Exclusion("state", f"not connected{since}")
    return None


def _by_load(desk: Desk, ticket: Ticket, agent_id: str) -> Exclusion | None:
    """By what stands in the way of such a ticket."""
    load, capacity = desk.load_for(ticket, agent_id), desk.capacity_of(agent_id)
    weight = ticket.requirement.weight
    if load + weight <= limit_of(capacity):
        return None
    taken = f"{load:g} of {capacity:g} slots taken"
    if desk.is_overloaded(agent_id):
        return Exclusion("capacity", f"overloaded: {taken}")
    return Exclusion("capacity", taken if weight == 1 else f"{taken}, and it needs {weight:g}")


def _by_skip(ticket: Ticket, agent: str, *, now: float) -> Exclusion | None:
    until = dict(ticket.skipped).get(agent, 0.0)
    if until <= now:
        return None
    return Exclusion("skipped", f"passed over until {clock(until, day=now)}")


def _state(state: AgentState) -> str:
    return _STATES.get(state, state.replace("_", " "))
