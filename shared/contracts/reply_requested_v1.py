"""A message to a customer, to be delivered by the channel's adapter or integration."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.base import Account, Contract, Id, ProviderId, Slug, Text
from shared.contracts.identity import Identity


class ReplyRequested(Contract):
    """Goes out with the headers `channel` and `account`, so that an integration can select its own.

    reply: unique id of this reply; delivery reports name it.
    by: who wrote it; `system` is a text of the policy.
    notice: of one by `system`, what it tells: received, closed, incident, assigned, handed_on,
        escalated, reminded, solved, lapsed, rate (asks how it was: 1 to 5), safe_reply, told.
    in_reply_to: the message it answers, as `channel:account:message_id`.
    lang: the ticket's language; absent where it is not known.
    """

    TYPE: ClassVar[str] = "ReplyRequested"
    TOPIC: ClassVar[str] = "support.replies.v1"

    reply: Id
    ticket: Id
    channel: Slug
    account: Account
    sender: ProviderId
    text: Text
    by: Literal["agent", "bot", "system"] = "agent"
    agent: Id | None = None
    notice: Slug | None = None
    in_reply_to: Id | None = None
    lang: Annotated[str, Field(max_length=64)] | None = None

    @property
    def key(self) -> str:
        return str(Identity(self.channel, self.account, self.sender))
