"""What happened to an agent: state, presence, profile."""

from typing import ClassVar

from shared.contracts.base import Contract, Id, Natural, Positive, Slug, Utc


class AgentChanged(Contract):
    """One change of an agent, for audit and workforce reports."""

    TYPE: ClassVar[str] = "AgentChanged"
    TOPIC: ClassVar[str] = "support.events.v1"

    agent: Id
    desk: Slug
    on: Slug
    state: str
    reason: str | None = None
    connected: bool
    at: Utc
    shard: Natural
    epoch: Positive
    seq: Positive

    @property
    def key(self) -> str:
        return self.agent
