"""What the events of `support.inbound.v1` have in common."""

from typing import ClassVar

from shared.contracts.base import Account, Contract, ProviderId, Slug, Utc
from shared.contracts.identity import Identity


class InboundEvent(Contract):
    """Something a customer's channel reported.

    channel: kind of channel: form, telegram, mail, …
    account: our account on it: a bot's name, a mailbox, an integration's id.
    sender: the customer's id on that channel and account.
    message_id: the provider's id of this happening, unique within channel and account.
    sent_at: when the provider says it happened.
    """

    TOPIC: ClassVar[str] = "support.inbound.v1"

    channel: Slug
    account: Account
    sender: ProviderId
    message_id: ProviderId
    sent_at: Utc

    @property
    def identity(self) -> Identity:
        return Identity(self.channel, self.account, self.sender)

    @property
    def key(self) -> str:
        return str(self.identity)

    @property
    def entry_id(self) -> str:
        """Where duplicates meet: `channel:account:message_id`."""
        return f"{self.channel}:{self.account}:{self.message_id}"
