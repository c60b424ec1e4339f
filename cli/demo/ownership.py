"""Did every ticket have one owner at a time? Judged by the agents' own logs. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from cli.agent_desk import Step

Position = tuple[int, float]
"""(seq, n): a place in the order of the shard's commits."""

_ROUNDING = 1e-6


@dataclass(slots=True)
class Holding:
    """A ticket in an agent's hands, from the first to the last place where that is certain.

    An agent who was away knows only that the ticket went some time before they came back: then
    the last card they saw is the last that is certain.
    """

    agent: str
    assignment: int
    first: Position
    last: Position


def holdings(steps: Iterable[Step]) -> dict[str, list[Holding]]:
    """Ticket -> who had it, in the order of commits."""
    found: dict[tuple[str, str, int], Holding] = {}
    by_ticket: defaultdict[str, list[Holding]] = defaultdict(list)
    for step in steps:
        at = (step.seq, step.n)
        key = (step.ticket, step.agent, step.assignment)
        holding = found.get(key)
        if holding is None and step.state != "gone":
            found[key] = holding = Holding(step.agent, step.assignment, at, at)
            by_ticket[step.ticket].append(holding)
        elif holding is not None and step.n != float("inf"):
            holding.last = max(holding.last, at)
    for held in by_ticket.values():
        held.sort(key=lambda holding: holding.first)
    return dict(by_ticket)


def owned_twice(steps: Iterable[Step]) -> list[str]:
    """A sentence for each ticket that was in two hands at once."""
    return [
        f"{ticket}: {next_.agent} had it (assignment {next_.assignment}, commit {next_.first[0]}) "
        f"while {held.agent} did (assignment {held.assignment}, until {held.last[0]})"
        for ticket, held_by in holdings(steps).items()
        for held, next_ in pairwise(held_by)
        if next_.first < held.last or next_.assignment <= held.assignment
    ]


def over_capacity(
    loads: Mapping[tuple[str, int], float], capacities: Mapping[str, float]
) -> list[str]:
    """A sentence for each commit after which an agent had more than they can."""
    return [
        f"{agent}: {load:g} of {capacities[agent]:g} after commit {seq}"
        for (agent, seq), load in loads.items()
        if load > capacities[agent] + _ROUNDING
    ]
