"""A customer wrote."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Id, Natural, ProviderId, Text, Wire
from shared.contracts.inbound import InboundEvent


class Attachment(Wire):
    """A file that came with a message. Its bytes are not here: `ref` says where to ask for them."""

    name: Annotated[str, Field(max_length=256)] = ""
    media_type: Annotated[str, Field(max_length=128)] = "application/octet-stream"
    size_bytes: Natural | None = None
    ref: Id | None = None


class MessageReceived(InboundEvent):
    """A new message.

    text: as the customer wrote it, card numbers masked.
    customer: the platform's own id of the customer, only where the producer vouches for it (a
        logged-in form, a linked messenger). It lets two channels meet in one ticket; an id the
        sender merely claims must not be put here.
    auto_reply: written by a machine (RFC 3834): it does not wake a resolved ticket.
    lang_hint: the customer's interface language (ISO 639-1), a hint and no more.
    thread: what an answer must name to be shown beside this message; a mail's Message-ID.
    """

    TYPE: ClassVar[str] = "MessageReceived"

    text: Text
    subject: Annotated[str, Field(max_length=998)] | None = None
    customer: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    sender_name: Annotated[str, Field(max_length=128)] | None = None
    lang_hint: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    auto_reply: bool = False
    in_reply_to: ProviderId | None = None
    thread: Id | None = None
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=32)] = ()
