"""Why one agent did not get a ticket in one decision."""

from collections.abc import Sequence
from typing import Final

from services.router.domain.decision import Candidate, Decision
from services.router.domain.desk import Desk
from services.router.domain.reserve import Reserve
from services.router.domain.seat import channels_of
from services.router.domain.ticket import Ticket
from services.router.explain.exclusion import exclusion
from services.router.explain.model import WhyNot
from services.router.explain.rank import full_list, lead, precedes, standing

_RESERVE: Final = "reserve:"


def listed(decision: Decision, agent: str, *, day: float) -> WhyNot | None:
    """What the record itself says of the agent; None when it does not name them."""
    found = {one.agent: one for one in decision.best}.get(agent)
    if found is None and decision.pulled:
        says = f"{decision.best[0].agent} took it from the queue themselves"
        return WhyNot(agent=agent, rule="pulled", says=says)
    if found is None:
        return None
    winner = decision.best[0]
    if found is winner:
        return WhyNot(agent=agent, rule="chosen", says="was chosen")
    if decision.sticky:
        return WhyNot(agent=agent, rule="sticky", says=f"{winner.agent} had it before")
    if decision.host:
        says = f"{winner.agent} is the customer's own agent"
        return WhyNot(agent=agent, rule="host", says=says)
    by = lead(winner, found, day=day)
    return WhyNot(agent=agent, rule=by.rule, says=f"{winner.agent} was {by.says}")


def evaluated(
    desk: Desk,
    ticket: Ticket,
    agent: str,
    decision: Decision,
    *,
    now: float,
    reserves: Sequence[Reserve],
) -> WhyNot:
    """What a desk restored to the moment of the decision says of an agent it does not name."""
    kept_out = exclusion(desk, ticket, agent, now=now)
    if kept_out is not None:
        return WhyNot(agent=agent, rule=kept_out.rule, says=kept_out.says)
    mine = standing(desk, ticket, agent)
    if full_list(decision) or precedes(mine, decision.best[-1]):
        return _withheld(desk, ticket, mine, decision, reserves)
    return _behind(mine, decision, day=now)


def _withheld(
    desk: Desk,
    ticket: Ticket,
    mine: Candidate,
    decision: Decision,
    reserves: Sequence[Reserve],
) -> WhyNot:
    """They could take it, would have been named, and were not: so a reserve kept their slot."""
    agent = desk.agent(mine.agent)
    assert agent is not None
    counted = {rule.removeprefix(_RESERVE) for rule, _ in decision.excluded if _is_reserve(rule)}
    names = [
        rule.name
        for rule in reserves
        if rule.name in counted
        and rule.covers(agent.skills, channels_of(agent))
        and not rule.is_for(ticket.requirement, ticket.tier)
    ]
    if not names:
        return WhyNot(
            agent=mine.agent,
            rule="unrecorded",
            says="could have taken it by all that is kept; what kept them from it is not",
        )
    return WhyNot(
        agent=mine.agent,
        rule=f"{_RESERVE}{names[0]}",
        says=f"their free slot was withheld by the reserve {' or '.join(names)}",
    )


def _behind(mine: Candidate, decision: Decision, *, day: float) -> WhyNot:
    """They came after everybody the record names."""
    last = decision.best[-1]
    by = lead(last, mine, day=day)
    if by.rule in {"idle", "id"}:
        says = f"alike {last.agent} in fit and load, and not idle for so long"
        return WhyNot(agent=mine.agent, rule="idle", says=f"could take it, but {says}")
    return WhyNot(
        agent=mine.agent, rule=by.rule, says=f"could take it, but {last.agent} was {by.says}"
    )


def _is_reserve(rule: str) -> bool:
    return rule.startswith(_RESERVE)
