"""An agent types: a hint for the customer, never kept."""

from typing import ClassVar

from shared.contracts.base import Account, Contract, Id, ProviderId, Slug, Utc
from shared.contracts.identity import Identity


class AgentTyping(Contract):
    """Out of date within seconds: whoever reads it late passes it by."""

    TYPE: ClassVar[str] = "AgentTyping"
    TOPIC: ClassVar[str] = "support.signals.v1"

    channel: Slug
    account: Account
    sender: ProviderId
    ticket: Id
    at: Utc

    @property
    def key(self) -> str:
        return str(Identity(self.channel, self.account, self.sender))
