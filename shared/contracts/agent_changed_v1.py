"""What happened to an agent: state, presence, profile."""

from typing import ClassVar

from pydantic import Field

from shared.contracts.base import Contract, Id, Slug, Utc


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
    shard: int = Field(ge=0)
    epoch: int = Field(ge=1)
    seq: int = Field(ge=1)

    @property
    def key(self) -> str:
        return self.agent
