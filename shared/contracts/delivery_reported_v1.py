"""What became of a reply."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.base import Account, Contract, Id, ProviderId, Slug, Utc
from shared.contracts.identity import Identity


class DeliveryReported(Contract):
    """Sent by whoever delivers: an adapter of ours or an integration."""

    TYPE: ClassVar[str] = "DeliveryReported"
    TOPIC: ClassVar[str] = "support.delivery.v1"

    reply: Id
    channel: Slug
    account: Account
    sender: ProviderId
    status: Literal["sent", "delivered", "read", "failed"]
    at: Utc
    provider_id: ProviderId | None = None
    error: Annotated[str, Field(max_length=512)] | None = None

    @property
    def key(self) -> str:
        return str(Identity(self.channel, self.account, self.sender))
