"""I2: a ticket has one owner at a time, by the agents' own logs; no assignment number is used
twice.

Logs of different machines are compared in the order of commits, (seq, n) of the ticket's shard,
and not by the clock: a card may reach one agent late, but what it says was committed before.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from cli.agent_desk import Step
from shared.contracts.ticket_changed_v1 import TicketChanged
from tests.fault.history import History

Position = tuple[int, float]


class Hold(NamedTuple):
    """An agent had the ticket from `since` to `until`, both as far as the agent knows."""

    since: Position
    until: Position
    agent: str
    assignment: int


def ownership(history: History) -> Iterator[str]:
    yield from _shared_tickets(history)
    yield from _numbers_used_twice(history)


def _shared_tickets(history: History) -> Iterator[str]:
    by_ticket: dict[str, list[Step]] = defaultdict(list)
    for step in history.steps:
        by_ticket[step.ticket].append(step)
    for ticket, steps in by_ticket.items():
        holds = sorted(_holds(steps))
        for before, after in pairwise(holds):
            if after.since <= before.until:
                yield (
                    f"I2: {ticket}: {before.agent} had it as {before.assignment} until"
                    f" {before.until}, {after.agent} as {after.assignment} from {after.since}"
                )


def _holds(steps: Sequence[Step]) -> Iterator[Hold]:
    """Per agent and assignment. A card that a snapshot no longer had was gone at some time before,
    so it ends with the last sight of it."""
    seen: dict[tuple[str, int], list[Step]] = defaultdict(list)
    for step in steps:
        seen[step.agent, step.assignment].append(step)
    for (agent, assignment), mine in seen.items():
        held = [(each.seq, each.n) for each in mine if each.state != "gone"]
        known = held + [(each.seq, each.n) for each in mine if each.n < math.inf]
        if held:
            yield Hold(min(held), max(known), agent, assignment)


def _numbers_used_twice(history: History) -> Iterator[str]:
    """By the agents and by the audit: each assignment of a ticket has one agent."""
    owners: dict[tuple[str, int], set[str]] = defaultdict(set)
    for step in history.steps:
        owners[step.ticket, step.assignment].add(step.agent)
    for event in history.events:
        if isinstance(event.data, TicketChanged):
            for edge in event.data.steps:
                if edge.on == "dealt" and edge.agent and edge.assignment:
                    owners[event.data.ticket, edge.assignment].add(edge.agent)
    for (ticket, number), agents in sorted(owners.items()):
        if len(agents) > 1:
            yield f"I2: assignment {number} of {ticket} went to {', '.join(sorted(agents))}"
