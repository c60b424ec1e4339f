"""What happened to a ticket in one turn of its dealer, and why."""

from typing import Any, ClassVar

from pydantic import Field

from shared.contracts.base import Contract, Id, Slug, Utc, Wire


class Step(Wire):
    """One edge of the ticket's state machine.

    on: what made it move: opened, dealt, accepted, declined, offer_expired, agent_gone, …
    decision: with `dealt`: why this agent (see docs/architecture.md, "decision record").
    """

    on: Slug
    from_state: str | None = None
    to_state: str
    at: Utc
    agent: Id | None = None
    assignment: int | None = None
    decision: dict[str, Any] | None = None


class TicketChanged(Contract):
    """All steps of one ticket in one commit, in order. `version` is the document's after them."""

    TYPE: ClassVar[str] = "TicketChanged"
    TOPIC: ClassVar[str] = "support.events.v1"

    ticket: Id
    desk: Slug
    customer: Id
    queue: Slug
    channel: Slug
    version: int = Field(ge=1)
    policy: int = Field(ge=0)
    shard: int = Field(ge=0)
    epoch: int = Field(ge=1)
    seq: int = Field(ge=1)
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        return self.ticket
