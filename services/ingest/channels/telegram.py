"""`POST /v1/telegram/{account}`: a Telegram bot's webhook.

Telegram signs nothing: the secret given to setWebhook comes back in a header. Only private chats
are support requests; groups, channels, other bots and kinds of update that say nothing to an agent
are answered 200 and counted, because Telegram repeats anything else for a day.

Ids: a message is `<chat>.<message>`, as it is for Telegram; an edit adds `.e<time>.<update>`,
since one message can be edited many times in a second.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic import model_validator

from services.ingest.account import AccountSection, Api
from services.ingest.channels.adapter import ChannelAdapter, Door, RawRequest
from services.ingest.channels.telegram_update import File, MembershipChanged, Message, Update
from services.ingest.errors import Unauthenticated
from services.ingest.json_body import load_object
from services.ingest.secrets import Secrets, matches
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import Attachment, MessageReceived
from shared.runtime.clock import utc

SECRET_HEADER: Final = "x-telegram-bot-api-secret-token"  # noqa: S105 - a name
CHANNEL: Final = "telegram"
KINDS: Final = ("message", "edited_message", "my_chat_member")
"""Of updates: those that we read."""

_DEFAULT_TYPES: Final = {
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "animation": "video/mp4",
    "sticker": "image/webp",
    "document": "application/octet-stream",
}


class Bot(AccountSection):
    """secrets: of its webhook; a bot without a webhook needs none. token: the bot's own, for
    replies; without it they are left to an integration. poll: whether a poller asks for updates;
    Telegram gives none while a webhook is set. api: where the Bot API is."""

    secrets: Secrets | None = None
    token: Secrets | None = None
    poll: bool = False
    api: Api = "https://api.telegram.org"

    @model_validator(mode="after")
    def _can_be_heard(self) -> "Bot":
        if self.poll and self.token is None:
            raise ValueError("poll: updates are asked for with the bot's token")
        if not self.poll and self.secrets is None:
            raise ValueError("secrets: a bot that is not polled has a webhook, and its secret")
        return self


class TelegramChannel(ChannelAdapter):
    """The door for bots."""

    section: ClassVar = "telegram"
    account: ClassVar = Bot
    names: ClassVar = (CHANNEL,)
    channel: Final = CHANNEL
    door: Final = Door(
        path="/v1/telegram/{account}",
        summary="Webhook of a Telegram bot",
        proofs=((SECRET_HEADER,),),
    )

    def __init__(self, accounts: Mapping[str, Bot]) -> None:
        self._bots: Final = accounts

    def verify(self, request: RawRequest) -> str:
        # an unknown bot takes the same path as a wrong secret: no account can be guessed here
        bot = self._bots.get(request.account)
        secrets = bot.secrets.valid() if bot is not None and bot.secrets is not None else ()
        if not matches(request.headers.get(SECRET_HEADER), secrets):
            raise Unauthenticated("the secret token is not that of this bot")
        return request.account

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        return happenings(request.body, account)


def happenings(update: bytes, account: str) -> tuple[InboundEvent, ...]:
    """What an update tells, however it came. Raises NotJson and ValidationError."""
    return tuple(_events(Update.model_validate(load_object(update)), account))


def _events(update: Update, account: str) -> Iterator[InboundEvent]:
    if update.message is not None and _is_from_customer(update.message):
        yield from _received(update.message, account)
    if update.edited_message is not None and _is_from_customer(update.edited_message):
        yield _edited(update.edited_message, account, update.update_id)
    if update.my_chat_member is not None and _is_block(update.my_chat_member):
        yield _left(update.my_chat_member, account, update.update_id)


def _is_from_customer(message: Message) -> bool:
    return (
        message.chat.type == "private" and message.sender is not None and not message.sender.is_bot
    )


def _is_block(changed: MembershipChanged) -> bool:
    return changed.chat.type == "private" and changed.new_chat_member.status == "kicked"


def _received(message: Message, account: str) -> Iterator[MessageReceived]:
    text, attachments = _text(message), tuple(_attachments(message))
    user = message.sender
    if user is None or not (text or attachments):
        return  # a service message: somebody joined, a picture changed
    yield MessageReceived(
        **_common(message, account),
        message_id=f"{message.chat.id}.{message.message_id}",
        sent_at=utc(message.date),
        text=text,
        sender_name=f"{user.first_name} {user.last_name}".strip()[:128] or None,
        lang_hint=_lang(user.language_code),
        in_reply_to=_reply_to(message),
        attachments=attachments,
    )


def _edited(message: Message, account: str, update_id: int) -> MessageEdited:
    of = f"{message.chat.id}.{message.message_id}"
    at = message.edit_date if message.edit_date is not None else message.date
    return MessageEdited(
        **_common(message, account),
        message_id=f"{of}.e{at}.{update_id}",
        sent_at=utc(at),
        of=of,
        text=_text(message),
    )


def _left(changed: MembershipChanged, account: str, update_id: int) -> CustomerLeft:
    return CustomerLeft(
        channel=CHANNEL,
        account=account,
        sender=str(changed.sender.id),
        message_id=f"{changed.chat.id}.left.{update_id}",
        sent_at=utc(changed.date),
        reason="blocked",
    )


def _common(message: Message, account: str) -> dict[str, Any]:
    # in a private chat the chat's id is the person's id, and what a reply is addressed to
    return {"channel": CHANNEL, "account": account, "sender": str(message.chat.id)}


def _text(message: Message) -> str:
    if message.text or message.caption:
        return message.text or message.caption
    if message.contact is not None:
        person = message.contact
        return f"{person.first_name} {person.last_name} {person.phone_number}".strip()
    if message.location is not None:
        return f"{message.location.latitude:.6f}, {message.location.longitude:.6f}"
    return message.sticker.emoji if message.sticker is not None else ""


def _attachments(message: Message) -> Iterator[Attachment]:
    if message.photo:
        yield _attachment(message.photo[-1], "photo", "image/jpeg")  # the largest size is last
    # Telegram repeats an animation as a document, for clients that do not know animations
    kinds = [kind for kind in _DEFAULT_TYPES if kind != "document" or message.animation is None]
    for kind in kinds:
        file: File | None = getattr(message, kind)
        if file is not None:
            yield _attachment(file, kind, _DEFAULT_TYPES[kind])


def _attachment(file: File, kind: str, media_type: str) -> Attachment:
    return Attachment(
        name=(file.file_name or kind)[:256],
        media_type=(file.mime_type or media_type)[:128],
        size_bytes=file.file_size,
        ref=f"telegram:{file.file_id}",
    )


def _lang(code: str) -> str | None:
    found = re.match(r"[a-z]{2}(?![a-z])", code)
    return found.group() if found else None


def _reply_to(message: Message) -> str | None:
    replied = message.reply_to_message
    return None if replied is None else f"{message.chat.id}.{replied.message_id}"
