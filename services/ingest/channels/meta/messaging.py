"""`POST /v1/messenger/{account}` and `POST /v1/instagram/{account}`: two webhooks of one shape.

Ids: a message's is its `mid`. A deletion adds `.deleted`, an edit `.e<number>`, a pressed button
`.p<time>`: Meta does not say whether two presses of one button have two mids. A button without a
mid (an old version of the API) has a hash of who pressed which one when.

A file's ref is its URL. One too long for a ref becomes `<channel>:<mid>#<position>`: the Graph API
hands out the attachments of a message by its mid, which is also how to get a URL that expired.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from services.ingest.channels.meta.account import MessagingAccount, MetaAccount
from services.ingest.channels.meta.door import MetaChannel, meta_door
from services.ingest.channels.meta.messaging_update import File, Item, Message, Postback
from services.ingest.channels.meta.reading import (
    MAX_ATTACHMENTS,
    MAX_TEXT,
    objects,
    read,
    unreadable,
)
from services.ingest.channels.meta.receipts import SECONDS_BELOW, receipts
from services.ingest.happening import Happening
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import Attachment, MessageReceived
from shared.runtime.clock import utc

# Meta does not say what a file is made of; its apps send these.
_MEDIA_TYPES: Final = {
    "image": "image/jpeg",
    "sticker": "image/png",
    "audio": "audio/mp4",
    "video": "video/mp4",
    "reel": "video/mp4",
    "ig_reel": "video/mp4",
}
_TEST_FIELDS: Final = ("messages", "messaging_postbacks", "message_edits", "message_edit")
_REF_CHARACTERS: Final = 512
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")


class _MessagingChannel(MetaChannel):
    """`name` of the channel is its class's `section`."""

    section: ClassVar[str]
    account: ClassVar = MessagingAccount

    def events(
        self, body: Mapping[str, Any], name: str, account: MetaAccount
    ) -> Iterator[Happening]:
        for entry in objects(body, "entry"):
            us = str(entry.get("id", ""))
            for each in _items(entry):
                yield from receipts(each, us, channel=self.section, name=name, account=account)
                item = read(Item, each)
                if item is None:
                    continue
                ours = (us, item.recipient.id if item.recipient else "")
                # also an echo that is not marked as one
                if account.owns(*ours) and item.sender.id not in ours:
                    yield from _happened(item, self.section, name)


class MessengerChannel(_MessagingChannel):
    """The door for Facebook pages."""

    section: ClassVar = "messenger"
    names: ClassVar = ("messenger",)
    about: ClassVar = "page"
    channel: Final = "messenger"
    door: Final = meta_door("/v1/messenger/{account}", "Webhook of Facebook Messenger")


class InstagramChannel(_MessagingChannel):
    """The door for Instagram's professional accounts."""

    section: ClassVar = "instagram"
    names: ClassVar = ("instagram",)
    about: ClassVar = "instagram"
    channel: Final = "instagram"
    door: Final = meta_door("/v1/instagram/{account}", "Webhook of Instagram messages")


def _items(entry: dict[str, Any]) -> Iterator[object]:
    yield from objects(entry, "messaging")
    for change in objects(entry, "changes"):
        if change.get("field") in _TEST_FIELDS:
            yield change.get("value")


def _happened(item: Item, channel: str, account: str) -> Iterator[InboundEvent]:
    message, edited, button = item.message, item.message_edit, item.postback
    at = item.timestamp
    common: dict[str, Any] = {
        "channel": channel,
        "account": account,
        "sender": item.sender.id,
        "sent_at": utc(at if at < SECONDS_BELOW else at / 1000),
    }
    if message is not None and message.is_echo:
        return
    if message is not None and message.is_deleted:
        yield MessageDeleted(**common, message_id=f"{message.mid}.deleted", of=message.mid)
    elif message is not None:
        yield from _received(message, common)
    elif edited is not None:
        mid = f"{edited.mid}.e{edited.num_edit}"
        yield MessageEdited(**common, message_id=mid, of=edited.mid, text=edited.text)
    elif button is not None and (button.title or button.payload):
        text = button.title or button.payload or ""
        yield MessageReceived(**common, message_id=_press(item, button), text=text)


def _received(message: Message, common: dict[str, Any]) -> Iterator[MessageReceived]:
    text, files = _text(message), _files(message, common["channel"])
    if text or files:
        replied = message.reply_to
        yield MessageReceived(
            **common,
            message_id=message.mid,
            text=text,
            in_reply_to=replied.mid if replied is not None else None,
            attachments=files[:MAX_ATTACHMENTS],
        )


def _press(item: Item, button: Postback) -> str:
    if button.mid is not None:
        return f"{button.mid}.p{item.timestamp}"
    parts = [item.sender.id, item.timestamp, button.title, button.payload]
    return f"p.{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"


def _text(message: Message) -> str:
    places = [
        str(each.payload.coordinates.place)
        for each in message.attachments or ()
        if each is not None and each.payload is not None and each.payload.coordinates is not None
    ]
    return "\n".join(line for line in (message.text, *places) if line)[:MAX_TEXT]


def _files(message: Message, channel: str) -> tuple[Attachment, ...]:
    found: dict[str, Attachment] = {}  # one file may come as two types: a sticker, and an image
    for place, each in enumerate(message.attachments or ()):
        if each is None or (each.payload is not None and each.payload.coordinates is not None):
            continue
        ref = _ref(each.address, channel, message.mid, place)
        found.setdefault(ref or f"#{place}", _attachment(each, ref))
    story = message.reply_to.story if message.reply_to is not None else None
    if story is not None:
        ref = _ref(story.url or "", channel, message.mid, len(found))
        found["story"] = Attachment(name="story", ref=ref)
    if message.is_unsupported:
        found["unsupported"] = unreadable("")
    return tuple(found.values())


def _attachment(file: File, ref: str | None) -> Attachment:
    if ref is None:
        return unreadable(file.name)
    media_type = _MEDIA_TYPES.get(file.type or "", "application/octet-stream")
    return Attachment(name=file.name[:256], media_type=media_type, ref=ref)


def _ref(url: str, channel: str, mid: str, place: int) -> str | None:
    if not url:
        return None
    ref = f"{channel}:{url}"
    if len(ref) > _REF_CHARACTERS or _CONTROLS.search(ref):
        return f"{channel}:{mid}#{place}"
    return ref
