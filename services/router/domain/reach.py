"""Whom a waiting ticket reaches for the present.

It follows from since when the ticket waits, from the time, and from who is on shift, and from
nothing that happened in between: a new owner finds every ticket where the old one had it.
"""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from services.router.domain.ticket import Ticket


class Reach(NamedTuple):
    """stage: of the requirement. kept: the agents it is kept for, the most wanted first; empty:
    for nobody. until: when this changes by itself, epoch seconds."""

    stage: int = 0
    kept: tuple[str, ...] = ()
    until: float = math.inf


EVERYBODY = Reach()
"""Of a ticket without stages that is kept for nobody."""


def reach_of(
    ticket: "Ticket", *, sticky_seconds: float, now: float, on_shift: Callable[[str, int], bool]
) -> Reach:
    """on_shift: whether an agent is there for the ticket at a stage, with a free slot or not."""
    stage, next_stage = _stage(ticket, now)
    kept: list[str] = []
    end = ticket.queued_at
    for agent, seconds in hosts_of(ticket, sticky_seconds):
        if seconds > 0 and on_shift(agent, stage):
            kept.append(agent)
            end += seconds
            if now < end:
                return Reach(stage, tuple(kept), min(end, next_stage))
    return Reach(stage, (), next_stage)


def hosts_of(ticket: "Ticket", sticky_seconds: float) -> Iterator[tuple[str, float]]:
    """(agent, seconds the ticket is kept for them): who had it before, then the customer's own."""
    former = ticket.agent
    if former is not None:
        yield former, max(sticky_seconds, dict(ticket.hosts).get(former, 0.0))
    for agent, seconds in ticket.hosts:
        if agent != former:
            yield agent, seconds


def kept_until(ticket: "Ticket", sticky_seconds: float) -> float:
    """From when on the ticket is kept for nobody, whoever is on shift. Epoch seconds."""
    return ticket.queued_at + sum(seconds for _, seconds in hosts_of(ticket, sticky_seconds))


def _stage(ticket: "Ticket", now: float) -> tuple[int, float]:
    """The stage, and when the next begins."""
    stage = 0
    for number, each in enumerate(ticket.requirement.stages[1:], start=1):
        begins = ticket.queued_at + each.after
        if begins > now:
            return stage, begins
        stage = number
    return stage, math.inf
