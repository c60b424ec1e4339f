"""What became of a reply."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from shared.contracts.base import Account, Contract, Id, ProviderId, Slug, Utc
from shared.contracts.identity import Identity

DeliveryStatus: TypeAlias = Literal["sent", "delivered", "read", "failed"]
DeliveryError: TypeAlias = Annotated[str, Field(max_length=512)]


class DeliveryReported(Contract):
    """Sent by whoever delivers: an adapter of ours or an integration.

    in_doubt: of `failed`: the provider may have delivered it all the same; a later report says so.
    """

    TYPE: ClassVar[str] = "DeliveryReported"
    TOPIC: ClassVar[str] = "support.delivery.v1"

    reply: Id
    channel: Slug
    account: Account
    sender: ProviderId
    status: DeliveryStatus
    at: Utc
    provider_id: ProviderId | None = None
    error: DeliveryError | None = None
    in_doubt: bool = False

    @property
    def key(self) -> str:
        return str(Identity(self.channel, self.account, self.sender))
