"""An agent as they were at one moment of their desk's history, and a desk with such agents.

Nothing is replayed: each change of an agent says all there is of them, the tickets in their hands
included, and every step says whose hands a ticket came into or left. So the last change before the
moment and the few steps between the two are the agent, whoever owned the shard and whichever
timers went off.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from services.router.domain.agent import Agent, AgentState
from services.router.domain.desk import Desk
from services.router.domain.rules import DeskRules
from services.router.domain.shifts import restored
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.explain.facts import Place, Step
from shared.store.documents import AgentChangeDoc

_SOMEWHERE: Final = frozenset({"a notifier"})


class Past(NamedTuple):
    """An agent at a moment. since: when they came into that state, None where that was before
    what is kept. hand: ids of the tickets they had. desk: whose they were."""

    agent: Agent
    since: float | None
    hand: tuple[str, ...]
    desk: str


def known_at(changes: Sequence[AgentChangeDoc], place: Place) -> list[AgentChangeDoc]:
    """Those made by then. A turn's deals come after everything else in it. changes: in order."""
    return [each for each in changes if (each["at"], each["seq"]) <= (place.at, place.seq)]


def past_of(
    agent_id: str, known: Sequence[AgentChangeDoc], handled: Iterable[Step], place: Place
) -> Past | None:
    """None: what they were is not kept, or they were not there yet.

    known: their changes until the moment, in order. handled: the steps, since the turn of the last
    change at least, of tickets that came into or left their hands; in order.
    """
    if not known:
        return None
    last = known[-1]
    if last["skills"] is None or last["hand"] is None:
        return None
    turn = (last["at"], last["seq"])
    steps = [each for each in handled if each.agent == agent_id and each.place[:2] >= turn]
    agent = _agent(agent_id, last)
    agent.idle_since = max((each.at for each in steps if each.place < place), default=last["at"])
    if not agent.connected:
        agent.gone_at = _since(known, lambda each: not each["connected"]) or 0.0
    since = _since(known, lambda each: each["state"] == last["state"])
    return Past(agent, since, _hand(last["hand"], steps, place), last["desk"])


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
    return Agent(
        id=agent_id,
        skills=dict(change["skills"] or {}),
        channels=frozenset(change["channels"] or ()),
        capacity=change["capacity"] or 0.0,
        shifts=restored(change.get("shifts")),
        new_until=change.get("new_until", 0.0),
        active=change["active"],
        state=AgentState(change["state"]),
        reason=change["reason"],
        notifiers=_SOMEWHERE if change["connected"] else frozenset(),
    )


def _hand(start: Iterable[str], steps: Iterable[Step], place: Place) -> tuple[str, ...]:
    """What was in hand at a place. `start` is from some point of the first turn of `steps`, so of a
    ticket that any of them touches only the steps count: the last before the place, or else where
    the first after it began."""
    held = dict.fromkeys(start, True)
    settled: set[str] = set()
    for step in steps:
        if step.place < place:
            held[step.ticket] = step.after in IN_HAND
            settled.add(step.ticket)
        elif step.ticket not in settled:
            held[step.ticket] = step.before in IN_HAND
            settled.add(step.ticket)
    return tuple(ticket for ticket, is_held in held.items() if is_held)


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
