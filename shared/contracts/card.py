"""What the events of `support.assignments.v1` have in common."""

from typing import ClassVar

from shared.contracts.base import Contract, Id, Natural, Positive


class ForAgent(Contract):
    """Something for an agent's screen. agent: whose."""

    TOPIC: ClassVar[str] = "support.assignments.v1"

    agent: Id

    @property
    def key(self) -> str:
        return self.agent


class AgentBound(ForAgent):
    """What a dealer says.

    shard, seq, n: where it stands in the order of one shard's commits. A client keeps the highest
        (seq, n) it has seen of its shard and drops whatever is not above it.
    """

    shard: Natural
    seq: Positive
    n: Natural
