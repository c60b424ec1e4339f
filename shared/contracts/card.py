"""What the events of `support.assignments.v1` have in common."""

from typing import ClassVar

from pydantic import Field

from shared.contracts.base import Contract, Id


class AgentBound(Contract):
    """Something for an agent's screen.

    shard, seq, n: where it stands in the order of one shard's commits. A client keeps the highest
        (seq, n) it has seen of its shard and drops whatever is not above it.
    """

    TOPIC: ClassVar[str] = "support.assignments.v1"

    agent: Id
    shard: int = Field(ge=0)
    seq: int = Field(ge=1)
    n: int = Field(ge=0)

    @property
    def key(self) -> str:
        return self.agent
