"""By what one agent who could take a ticket came before another."""

from typing import Final, NamedTuple

from services.router.domain.choosing import LISTED
from services.router.domain.decision import Candidate, Decision
from services.router.domain.desk import Desk
from services.router.domain.fit import fit
from services.router.domain.ticket import Ticket
from services.router.explain.times import clock, span

_LOADS_ALIKE: Final = 1e-9


class Lead(NamedTuple):
    """What decided between two. rule: stage, fit, load, idle or id."""

    rule: str
    says: str


def standing(desk: Desk, ticket: Ticket, agent_id: str) -> Candidate:
    """An eligible agent of a desk as a decision would list them."""
    agent = desk.agent(agent_id)
    assert agent is not None
    how = fit(agent.skills, ticket.requirement, ticket.reach.stage)
    assert how is not None
    capacity = desk.capacity_of(agent_id)
    load = desk.load_for(ticket, agent_id) / capacity if capacity else 0.0
    return Candidate(agent_id, how.surplus, load, agent.idle_since, how.stage)


def lead(winner: Candidate, other: Candidate, *, day: float) -> Lead:
    """By what the winner comes before the other: the first in which they differ."""
    if winner.stage != other.stage:
        return Lead(
            "stage",
            f"meets what stage {winner.stage} asks, {other.agent} no more than stage {other.stage}",
        )
    if winner.surplus != other.surplus:
        return Lead(
            "fit",
            f"the better fit: would leave {winner.surplus} skill levels unused,"
            f" {other.agent} {other.surplus}",
        )
    if abs(winner.load - other.load) > _LOADS_ALIKE:
        return Lead(
            "load",
            f"less to do: {winner.load:.0%} of their slots taken, {other.agent} {other.load:.0%}",
        )
    if winner.idle_since != other.idle_since:
        return Lead(
            "idle",
            f"idle for longer: since {clock(winner.idle_since, day=day)},"
            f" {other.agent} since {clock(other.idle_since, day=day)}",
        )
    return Lead("id", f"alike in all else, and first by id before {other.agent}")


def precedes(one: Candidate, other: Candidate) -> bool:
    """Whether one ranks before the other by stage, fit and load; idleness is left out, for a
    desk that was restored does not know it exactly."""
    return (one.stage, one.surplus, one.load + _LOADS_ALIKE) < (
        other.stage,
        other.surplus,
        other.load,
    )


def describe(one: Candidate, *, now: float) -> str:
    """`boris (leaves 5, load 33 %, idle 42 s)`."""
    idle = span(max(0.0, now - one.idle_since))
    return f"{one.agent} (leaves {one.surplus}, load {one.load:.0%}, idle {idle})"


def full_list(decision: Decision) -> bool:
    """Whether the decision names every agent who could take the ticket."""
    return len(decision.best) < LISTED
