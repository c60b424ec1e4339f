"""`POST /v1/whatsapp/{account}`: the webhook of WhatsApp Cloud.

A message's id is WhatsApp's; edits and deletions have ids of their own. The sender is the person's
id for our business where there is one, else the phone number: the number can vanish once a person
takes a username, and would come back as another customer. A reply is addressed to either.

`statuses` say what became of our own messages; a reply of ours is known again by what we gave with
it (`biz_opaque_callback_data`), or by its id.

No events come of
- statuses of messages to groups, and those that we do not know;
- reactions: a thumb on an answer of ours asks for nothing, and must not reopen a ticket;
- `system`: a person's number or id changed. Their next message comes from another sender, who is
  another customer until a profile says otherwise;
- messages in groups, and types that we do not know.
What WhatsApp cannot show (`unsupported`: a poll, a message seen once, the first message after an
advertisement) becomes a message without text; a file that is only a name
stands in its place.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from services.ingest.channels.meta.account import MetaAccount, WhatsAppAccount
from services.ingest.channels.meta.door import MetaChannel, meta_door
from services.ingest.channels.meta.reading import objects, read
from services.ingest.channels.meta.whatsapp_content import content_of
from services.ingest.channels.meta.whatsapp_update import Contact, Message, Metadata, Status
from services.ingest.happening import Happening
from shared.contracts.delivery_reported_v1 import DeliveryStatus
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.provider_status_v1 import ProviderStatus
from shared.runtime.clock import utc

CHANNEL: Final = "whatsapp"

# `played`: of a voice message, beyond read
_STATUSES: Final[Mapping[str, DeliveryStatus]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}


class WhatsAppChannel(MetaChannel):
    """The door for WhatsApp's phone numbers."""

    section: ClassVar = CHANNEL
    account: ClassVar = WhatsAppAccount
    names: ClassVar = (CHANNEL,)
    about: ClassVar = "whatsapp_business_account"
    channel: Final = CHANNEL
    door: Final = meta_door("/v1/whatsapp/{account}", "Webhook of WhatsApp Cloud")

    def events(
        self, body: Mapping[str, Any], name: str, account: MetaAccount
    ) -> Iterator[Happening]:
        for value in _values(body):
            metadata = read(Metadata, value.get("metadata"))
            if not account.owns(metadata.phone_number_id if metadata is not None else ""):
                continue
            people = [read(Contact, each) for each in objects(value, "contacts")]
            known = [each for each in people if each is not None]
            for each in objects(value, "messages"):
                message = read(Message, each)
                if message is not None:
                    yield from _happened(message, known, name)
            for each in objects(value, "statuses"):
                status = read(Status, each)
                if status is not None:
                    yield from _became(status, name)


def _values(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in objects(body, "entry"):
        for change in objects(entry, "changes"):
            value = change.get("value")
            if change.get("field") == "messages" and isinstance(value, dict):
                yield value


def _happened(message: Message, people: list[Contact], account: str) -> Iterator[InboundEvent]:
    author = _author(message, people)
    sender = _sender(message, author)
    if sender is None or message.group_id is not None:
        return
    common: dict[str, Any] = {
        "channel": CHANNEL,
        "account": account,
        "sender": sender,
        "message_id": message.id,
        "sent_at": utc(message.timestamp),
    }
    if message.type == "edit" and message.edit is not None:
        text = content_of(message.edit.message).text
        yield MessageEdited(**common, of=message.edit.original_message_id, text=text)
    elif message.type == "revoke" and message.revoke is not None:
        yield MessageDeleted(**common, of=message.revoke.original_message_id)
    elif content := content_of(message):
        yield MessageReceived(
            **common,
            text=content.text,
            sender_name=_name(author),
            in_reply_to=message.context.id if message.context is not None else None,
            attachments=content.attachments,
        )


def _became(status: Status, account: str) -> Iterator[ProviderStatus]:
    recipient = status.recipient_user_id or status.recipient_id
    known = _STATUSES.get(status.status)
    if known is None or recipient is None or status.recipient_type == "group":
        return
    yield ProviderStatus(
        channel=CHANNEL,
        account=account,
        sender=recipient,
        provider_id=status.id,
        reply=status.biz_opaque_callback_data,
        status=known,
        at=utc(status.timestamp),
        error=_error(status) if known == "failed" else None,
    )


def _error(status: Status) -> str:
    said = [each for each in status.errors or () if each is not None]
    if not said:
        return "whatsapp: not delivered"
    first = said[0]
    details = first.error_data.details if first.error_data is not None else None
    says = ": ".join(part for part in (str(first.code), first.title, details) if part)
    return f"whatsapp: {says}"[:512]


def _author(message: Message, people: list[Contact]) -> Contact | None:
    """A sole contact is the author: `from` and `wa_id` of one person may differ."""
    if len(people) == 1:
        return people[0]
    for each in people:
        if message.from_user_id is not None and each.user_id == message.from_user_id:
            return each
        if message.sender is not None and each.wa_id == message.sender:
            return each
    return None


def _sender(message: Message, author: Contact | None) -> str | None:
    known = author if author is not None else Contact()
    return message.from_user_id or known.user_id or message.sender or known.wa_id


def _name(author: Contact | None) -> str | None:
    if author is None or author.profile is None:
        return None
    return (author.profile.name or "").strip()[:128] or None
