"""Whom a waiting ticket reaches for the present.

It follows from since when the ticket waits, from the time, and from who is on shift, and from
nothing that happened in between: a new owner finds every ticket where the old one had it.
"""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from services.router.domain.ticket import Ticket


class Reach(NamedTuple):
    """stage: of the requirement. kept: the agents it is kept for, the most wanted first; empty:
    for nobody. Equal ones are the same object: a million tickets have few."""

    stage: int = 0
    kept: tuple[str, ...] = ()


EVERYBODY = Reach()
"""Of a ticket without stages that is kept for nobody."""

_shared = lru_cache(maxsize=16_384)(Reach)


def reach_of(
    ticket: "Ticket", *, sticky_seconds: float, now: float, on_shift: Callable[[str, int], bool]
) -> Reach:
    """on_shift: whether an agent is there for the ticket at a stage, with a free slot or not."""
    stage = sum(ticket.queued_at + each.after <= now for each in ticket.requirement.stages[1:])
    kept: list[str] = []
    end = ticket.queued_at
    for agent, seconds in hosts_of(ticket, sticky_seconds):
        given = agent == ticket.agent and ticket.kept_until > 0
        if (seconds > 0 or given) and on_shift(agent, stage):
            kept.append(agent)
            end += seconds
            if now < _kept_for(ticket, agent, end):
                return _shared(stage, tuple(kept))
    return _shared(stage, ())


def ends_at(ticket: "Ticket", sticky_seconds: float) -> float:
    """When the reach a ticket has changes by itself, epoch seconds; infinite: never."""
    stages, (stage, kept) = ticket.requirement.stages, ticket.reach
    last = stage + 1 >= len(stages)
    next_stage = math.inf if last else ticket.queued_at + stages[stage + 1].after
    if not kept:
        return next_stage
    end = ticket.queued_at
    for agent, seconds in hosts_of(ticket, sticky_seconds):
        if agent in kept:
            end += seconds
    return min(next_stage, _kept_for(ticket, kept[-1], end))


def hosts_of(ticket: "Ticket", sticky_seconds: float) -> Iterator[tuple[str, float]]:
    """(agent, seconds of the wait that are theirs): who had it before or was given it, then the
    customer's own."""
    former = ticket.agent
    if former is not None:
        yield former, max(sticky_seconds, dict(ticket.hosts).get(former, 0.0))
    for agent, seconds in ticket.hosts:
        if agent != former:
            yield agent, seconds


def free_from(ticket: "Ticket", sticky_seconds: float) -> float:
    """From when on it is kept for nobody, whoever is on shift. Epoch seconds."""
    end = ticket.queued_at + sum(seconds for _, seconds in hosts_of(ticket, sticky_seconds))
    return max(end, ticket.kept_until)


def _kept_for(ticket: "Ticket", agent: str, end: float) -> float:
    """Until when an agent has it to themselves, where their part of the wait ends then."""
    return max(end, ticket.kept_until) if agent == ticket.agent else end
