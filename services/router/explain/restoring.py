"""A desk as it was at one moment of its history, as far as certain agents go.

Nothing is replayed: each change of an agent says all there is of them, and every step says whose
hands a ticket came into or left. So the last change before the moment is the agent, and the steps
before it are their load, whoever owned the shard and whichever timers went off.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from services.router.domain.agent import Agent, AgentState
from services.router.domain.desk import Desk
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.explain.facts import Place, agent_changes, steps_of
from shared.store.documents import AgentChangeDoc, ChangeDoc

_IN_HAND: Final = frozenset(state.value for state in IN_HAND)
_SOMEWHERE: Final = frozenset({"a notifier"})


class Past(NamedTuple):
    """An agent at a moment. since: when they came into that state, None where that was before
    what is kept. hand: ids of the tickets they had."""

    agent: Agent
    since: float | None
    hand: tuple[str, ...]


def past_of(
    agent_id: str, changes: Sequence[ChangeDoc], place: Place, *, stored: Agent | None
) -> Past | None:
    """None: what they were has aged out, or they were not known yet.

    changes: all that is kept of the agent, by time. stored: the agent as of now; of whom no change
    at all is kept has not changed.
    """
    hand, touched = _hand(agent_id, changes, place)
    known = list(agent_changes(changes))
    if not known:
        return None if stored is None else Past(replace(stored, idle_since=touched), None, hand)
    until = [each for each in known if (each["at"], each["seq"]) <= (place.at, place.seq)]
    if not until or until[-1]["skills"] is None:
        return None
    agent = _agent(agent_id, until[-1])
    agent.idle_since = touched
    if not agent.connected:
        agent.gone_at = _since(until, lambda each: not each["connected"]) or 0.0
    return Past(agent, _since(until, lambda each: each["state"] == agent.state), hand)


def desk_of(
    rules: DeskRules, agents: Iterable[tuple[Agent, Iterable[Ticket]]], *, now: float
) -> Desk:
    """A desk with these agents, each with the tickets in their hands. The tickets are copied."""
    desk = Desk(rules)
    for agent, hand in agents:
        desk.adopt_agent(agent, now=now)
        for ticket in hand:
            state = ticket.state if ticket.state in IN_HAND else TicketState.ACCEPTED
            held = replace(ticket, state=state, agent=agent.id, gone_at=0.0)
            desk.adopt_ticket(held, now=now)
    return desk


def _agent(agent_id: str, change: AgentChangeDoc) -> Agent:
    channels = frozenset(change["channels"] or ())
    return Agent(
        id=agent_id,
        skills=dict(change["skills"] or {}),
        channels=channels,
        capacity=change["capacity"] or 0.0,
        active=change["active"],
        state=AgentState(change["state"]),
        reason=change["reason"],
        notifiers=_SOMEWHERE if change["connected"] else frozenset(),
    )


def _hand(
    agent_id: str, changes: Iterable[ChangeDoc], place: Place
) -> tuple[tuple[str, ...], float]:
    """The tickets in their hands, and when these last changed."""
    held: dict[str, None] = {}
    touched = 0.0
    for step in steps_of(changes):
        if step.agent != agent_id or step.place >= place:
            continue
        if (step.before in _IN_HAND) == (step.after in _IN_HAND):
            continue
        touched = max(touched, step.at)
        if step.after in _IN_HAND:
            held[step.ticket] = None
        else:
            held.pop(step.ticket, None)
    return tuple(held), touched


def _since(
    known: Sequence[AgentChangeDoc], alike: Callable[[AgentChangeDoc], bool]
) -> float | None:
    """When what still is so of the last change began; None when it was so from the first."""
    since = None
    for change in reversed(known):
        if not alike(change):
            return since
        since = change["at"]
    return None
