"""A customer types: a hint for the agent who has their ticket, never kept."""

from typing import ClassVar

from shared.contracts.base import Contract, Id, Utc


class CustomerTyping(Contract):
    """Out of date within seconds: whoever reads it late passes it by."""

    TYPE: ClassVar[str] = "CustomerTyping"
    TOPIC: ClassVar[str] = "support.assignments.v1"

    agent: Id
    ticket: Id
    at: Utc

    @property
    def key(self) -> str:
        return self.agent
