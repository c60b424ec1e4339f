"""`POST /v1/viber/{account}`: a Viber bot's webhook.

Viber signs the raw body with the bot's token and dates nothing: what keeps an old body from being
played again is that its events have the ids they had.

Somebody who opens the conversation (`conversation_started`) has said nothing yet: the context it
brings is from the link they followed. Receipts (delivered, seen, failed) say what
became of a message of ours; of several read at once Viber names the last. Our
answer has no body, because Viber would send the user what stands in the answer to a
`conversation_started`.

Ids: a message is its token. A departure has no token of its own that every version sends: it is
`left.<user>.<time>`; its time is that of the happening, so a repetition has the same.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Final

from pydantic import Field

from services.ingest.account import Api, SecretAccount
from services.ingest.channels.adapter import TEXT, Answer, ChannelAdapter, Door, RawRequest
from services.ingest.channels.provided import language, lines, reference
from services.ingest.channels.signed import signed_account
from services.ingest.channels.viber_callback import (
    Callback,
    Content,
    Receipt,
    Unsubscribed,
    Written,
)
from services.ingest.happening import Happening
from services.ingest.json_body import load_object
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.delivery_reported_v1 import DeliveryStatus
from shared.contracts.message_received_v1 import Attachment, MessageReceived
from shared.contracts.provider_status_v1 import ProviderStatus
from shared.runtime.clock import utc

SIGNATURE_HEADER: Final = "x-viber-content-signature"
CHANNEL: Final = "viber"

_FILES: Final = {
    "picture": "image/jpeg",
    "video": "video/mp4",
    "file": "application/octet-stream",
    "sticker": "image/png",
}

_STATUSES: Final[Mapping[str, DeliveryStatus]] = {
    "delivered": "delivered",
    "seen": "read",
    "failed": "failed",
}


class ViberAccount(SecretAccount):
    """secrets: the bot's token. name: whom customers see as the writer of replies; without it they
    are left to an integration. api: where Viber's is."""

    name: Annotated[str, Field(min_length=1, max_length=28)] | None = None
    api: Api = "https://chatapi.viber.com"


class ViberChannel(ChannelAdapter):
    """The door for Viber's bots."""

    section: ClassVar = "viber"
    account: ClassVar = ViberAccount
    names: ClassVar = (CHANNEL,)
    channel: Final = CHANNEL
    door: Final = Door(
        path="/v1/viber/{account}",
        summary="Webhook of a Viber bot",
        answers=(TEXT,),
        proofs=((SIGNATURE_HEADER,),),
    )

    def __init__(self, accounts: Mapping[str, ViberAccount]) -> None:
        self._bots: Final = accounts

    def verify(self, request: RawRequest) -> str:
        return signed_account(
            request,
            self._bots,
            header=SIGNATURE_HEADER,
            sign=lambda token: hmac.new(token, request.body, "sha256").hexdigest().encode(),
        )

    def parse(self, request: RawRequest, account: str) -> Sequence[Happening]:
        fields = load_object(request.body)
        event = Callback.model_validate(fields).event
        match event:
            case "message":
                return tuple(_received(Written.model_validate(fields), account))
            case "unsubscribed":
                return (_left(Unsubscribed.model_validate(fields), account),)
            case "delivered" | "seen" | "failed":
                return (_became(Receipt.model_validate(fields), account, _STATUSES[event]),)
            case _:
                return ()

    def answer(self, request: RawRequest, account: str) -> Answer:  # noqa: ARG002
        return Answer("")


def _received(written: Written, account: str) -> Iterator[MessageReceived]:
    text, attachments = _text(written.message), tuple(_attachments(written.message))
    if text or attachments:
        yield MessageReceived(
            channel=CHANNEL,
            account=account,
            sender=written.sender.id,
            message_id=written.message_token,
            sent_at=utc(written.timestamp / 1000),
            text=text,
            sender_name=written.sender.name.strip()[:128] or None,
            lang_hint=language(written.sender.language),
            attachments=attachments,
        )


def _left(gone: Unsubscribed, account: str) -> CustomerLeft:
    return CustomerLeft(
        channel=CHANNEL,
        account=account,
        sender=gone.user_id,
        message_id=f"left.{gone.user_id}.{gone.timestamp}",
        sent_at=utc(gone.timestamp / 1000),
        reason="blocked",
    )


def _became(receipt: Receipt, account: str, status: DeliveryStatus) -> ProviderStatus:
    failed = status == "failed"
    return ProviderStatus(
        channel=CHANNEL,
        account=account,
        sender=receipt.user_id,
        provider_id=receipt.message_token,
        status=status,
        at=utc(receipt.timestamp / 1000),
        error=f"viber: {receipt.desc or 'not delivered'}"[:512] if failed else None,
    )


def _text(content: Content) -> str:
    link = content.media if content.type == "url" and content.media not in content.text else ""
    person, place = content.contact, content.location
    return lines(
        content.text,
        link,
        f"{person.name} {person.phone_number}".strip() if person is not None else "",
        str(place) if place is not None else "",
    )


def _attachments(content: Content) -> Iterator[Attachment]:
    if content.type in _FILES:
        yield Attachment(
            name=(content.file_name or content.type)[:256],
            media_type=_FILES[content.type],
            size_bytes=content.size,
            ref=reference(CHANNEL, content.media),
        )
