"""`POST /v1/twilio/{account}`: what is written to our numbers.

A message's id is Twilio's; it sends no time, so it is written when it came. `sender` is the address
without the channel before it (`whatsapp:+370…`): the event's channel says that.

The answer is a TwiML document without a verb: a text in it would be sent to the customer.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from services.ingest.channels.adapter import RawRequest
from services.ingest.channels.twilio.account import TwilioAccount
from services.ingest.channels.twilio.door import MESSENGER, SMS, WHATSAPP, TwilioDoor, door
from shared.contracts.base import MAX_TEXT, ProviderId
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_received_v1 import Attachment, MessageReceived

_MAX_FILES: Final = 32  # an event's; Twilio sends at most ten
_LONGEST_REF: Final = 512


class _Message(BaseModel):
    """opt_out_type: STOP, START or HELP, where Twilio took the text for one of these words.
    latitude and longitude: of a place, in degrees, as text."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, alias_generator=to_pascal
    )

    sid: ProviderId = Field(validation_alias=AliasChoices("MessageSid", "SmsMessageSid", "SmsSid"))
    sender: ProviderId = Field(validation_alias="From")
    to: Annotated[str, Field(max_length=256)] = ""
    body: str = ""
    button_text: str = ""
    profile_name: str = ""
    latitude: str = ""
    longitude: str = ""
    label: str = ""
    address: str = ""
    original_replied_message_sid: str = ""
    opt_out_type: str = ""


class TwilioMessages(TwilioDoor):
    """The door for messages."""

    channel: Final = "twilio"
    door: Final = door("", "an incoming message, by SMS, WhatsApp or Messenger")

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        return happenings(
            self.fields(request), self.of(account), name=account, at=request.received_at
        )


def happenings(
    params: Mapping[str, str], account: TwilioAccount, *, name: str, at: datetime
) -> tuple[InboundEvent, ...]:
    """What a webhook's parameters tell, however they came. name: of the account. at: when it was.
    Raises ValidationError."""
    return tuple(_events(params, _Message.model_validate(params), account, name, at))


def _events(
    params: Mapping[str, str],
    message: _Message,
    account: TwilioAccount,
    name: str,
    at: datetime,
) -> Iterator[InboundEvent]:
    channel, sender = apart(message.sender)
    _, to = apart(message.to)
    if channel is None or not account.owns(to):
        return
    if message.opt_out_type.upper() == "STOP":
        # Twilio lets no answer of ours through from now on, so there is nothing left to serve
        yield CustomerLeft(
            channel=channel,
            account=name,
            sender=sender,
            message_id=message.sid,
            sent_at=at,
            reason="blocked",
        )
        return
    text, attachments = _text(message), tuple(_attachments(channel, params))
    if not (text or attachments):
        return
    yield MessageReceived(
        channel=channel,
        account=name,
        sender=sender,
        message_id=message.sid,
        sent_at=at,
        text=text,
        sender_name=message.profile_name.strip()[:128] or None,
        lang_hint=account.hint(to),
        in_reply_to=message.original_replied_message_sid[:256] or None,
        attachments=attachments,
    )


def apart(address: str) -> tuple[str | None, str]:
    """Our channel, None of one we do not take, and the address on it."""
    prefix, colon, rest = address.partition(":")
    if not colon:
        return SMS, address
    return (prefix if prefix in {WHATSAPP, MESSENGER} else None), rest


def _text(message: _Message) -> str:
    """What they wrote, or the button they pressed, and where they say they are."""
    place = ""
    if message.latitude and message.longitude:
        parts = (f"{message.latitude}, {message.longitude}", message.label, message.address)
        place = "\n".join(part for part in parts if part)
    written = message.body or message.button_text
    return "\n".join(part for part in (written, place) if part)[:MAX_TEXT]


def _attachments(channel: str, params: Mapping[str, str]) -> Iterator[Attachment]:
    for number in range(_MAX_FILES):
        url = params.get(f"MediaUrl{number}")
        if url is None:
            return
        media_type = params.get(f"MediaContentType{number}", "")[:128]
        yield file(channel, url, media_type or "application/octet-stream")


def file(channel: str, url: str, media_type: str) -> Attachment:
    """A file at Twilio. Of an URL too long for a reference, or none at all, only the kind is kept:
    the file is still found there by the message's id."""
    ref = f"{channel}:{url}"
    usable = url.startswith("https://") and url.isprintable() and len(ref) <= _LONGEST_REF
    return Attachment(
        name=media_type.partition("/")[0], media_type=media_type, ref=ref if usable else None
    )
