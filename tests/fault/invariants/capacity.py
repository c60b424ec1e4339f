"""I3: nobody is dealt more than their capacity, replayed from support.events.v1.

Judged after each commit: what happens within one is nobody's to see. Every ticket of these tests
weighs 1.
"""

from collections import Counter
from collections.abc import Iterator

from shared.contracts.ticket_changed_v1 import TicketChanged
from tests.fault.history import History
from tests.fault.invariants.story import commits

IN_HAND = frozenset({"offered", "accepted", "wrap_up"})


def capacity(history: History) -> Iterator[str]:
    """One sentence per agent and commit."""
    for shard, turns in commits(history).items():
        holder: dict[str, str | None] = {}
        for seq, stories in sorted(turns.items()):
            for story in stories:
                holder[story.ticket] = _holder(story, holder.get(story.ticket))
            load = Counter(agent for agent in holder.values() if agent is not None)
            for agent, tickets in sorted(load.items()):
                if tickets > history.capacity.get(agent, 0):
                    yield f"I3: {agent} has {tickets} tickets after commit {seq} of shard {shard}"


def _holder(story: TicketChanged, agent: str | None) -> str | None:
    """Who has the ticket after the commit."""
    for step in story.steps:
        if step.on == "dealt":
            agent = step.agent
        elif step.to_state not in IN_HAND:
            agent = None
    return agent
