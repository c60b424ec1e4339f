"""What a channel's provider said of a message of ours."""

from typing import ClassVar

from shared.contracts.base import Account, Contract, Id, ProviderId, Slug, Utc
from shared.contracts.delivery_reported_v1 import DeliveryError, DeliveryStatus
from shared.contracts.identity import Identity


class ProviderStatus(Contract):
    """From our doors, for our courier, which knows whose message it is and says so by a
    DeliveryReported. Not every message is of ours: somebody else may write from the same account.

    sender: the customer's id, as far as the provider names the one that we write to.
    provider_id: the message's at its provider, unique within channel and account.
    reply: our own id of the reply, where the provider hands it back.
    at: when the provider says it happened, else when it told us.
    error: of `failed`: for people, without the customer's words.
    """

    TYPE: ClassVar[str] = "ProviderStatus"
    TOPIC: ClassVar[str] = "support.delivery.v1"

    channel: Slug
    account: Account
    sender: ProviderId
    provider_id: ProviderId
    reply: Id | None = None
    status: DeliveryStatus
    at: Utc
    error: DeliveryError | None = None

    @property
    def key(self) -> str:
        return str(Identity(self.channel, self.account, self.sender))

    @property
    def message(self) -> str:
        """`channel:account:provider_id`."""
        return f"{self.channel}:{self.account}:{self.provider_id}"

    @property
    def entry_id(self) -> str:
        """Where repetitions meet: `channel:account:provider_id:status`."""
        return f"{self.message}:{self.status}"
