"""`POST /v1/messages`: a ticket form, or any integration with a key.

The key says which integration it is, and so the account and channel of what it sends. What it
sends is one happening: a message, an edit, a deletion, a departure, a bot's transcript or
a rating.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from pydantic import TypeAdapter, ValidationInfo, field_validator

from services.ingest.account import AccountSection
from services.ingest.channels.adapter import BEARER, ChannelAdapter, Door, RawRequest
from services.ingest.channels.form_body import (
    BY_KIND,
    FormBody,
    FormDelete,
    FormEdit,
    FormLeft,
    FormMessage,
    FormRating,
    FormTranscript,
)
from services.ingest.errors import BadInput, Complaint, Unauthenticated, Unavailable
from services.ingest.json_body import load_object
from services.ingest.secrets import Secrets, matches
from shared.contracts.base import Slug
from shared.contracts.bot_transcript_v1 import BotTranscript, Turn
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.customer_rated_v1 import CustomerRated
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import Attachment, MessageReceived


class Integration(AccountSection):
    """A program that posts to /v1/messages.

    channel: of its events.
    trusted: whether it may vouch for `customer`.
    keys: those valid now, two in rotation.
    """

    channel: Slug = "form"
    trusted: bool = False
    keys: Secrets

    @field_validator("channel")
    @classmethod
    def _not_a_door_of_its_own(cls, channel: str, info: ValidationInfo) -> str:
        if channel in (info.context or {}).get("taken", ()):
            raise ValueError(f"{channel} has a door of its own; ids of the two would mix")
        return channel


class FormChannel(ChannelAdapter):
    """The door for integrations."""

    section: ClassVar = "integrations"
    account: ClassVar = Integration
    names: ClassVar[tuple[str, ...]] = ()  # integrations name theirs
    channel: Final = "form"
    door: Final = Door(
        path="/v1/messages",
        summary="What happened on your channel; accepted once it is durable",
        status=202,
        proofs=((BEARER,), ("X-Api-Key",)),
        schema=TypeAdapter(FormBody).json_schema(ref_template="#/components/schemas/{model}"),
    )

    def __init__(self, accounts: Mapping[str, Integration]) -> None:
        self._integrations: Final = accounts

    def verify(self, request: RawRequest) -> str:
        key = _key(request.headers)
        # every key is compared, so that the time says nothing about which integration it is
        found, unknown = [], None
        for name, each in self._integrations.items():
            try:
                if matches(key, each.keys.valid()):
                    found.append(name)
            except Unavailable as error:
                unknown = error
        if found:
            return found[0]
        if unknown is not None:
            raise unknown  # perhaps it is theirs
        raise Unauthenticated("no integration has this key")

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        fields = load_object(request.body)
        kind = fields.setdefault("kind", "message")
        if not isinstance(kind, str) or kind not in BY_KIND:
            raise BadInput(Complaint("kind", f"one of {', '.join(BY_KIND)}"))
        body = BY_KIND[kind].validate_python(fields)
        return (_event(body, self._integrations[account], account, request.received_at),)


def _key(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key")


def _event(
    body: FormBody, integration: Integration, account: str, received_at: datetime
) -> InboundEvent:
    common: dict[str, Any] = {
        "channel": integration.channel,
        "account": account,
        "sender": body.sender,
        "message_id": body.message_id,
        "sent_at": body.sent_at or received_at,
    }
    match body:
        case FormMessage():
            return _message(body, common, trusted=integration.trusted)
        case FormEdit():
            return MessageEdited(**common, of=body.of, text=body.text)
        case FormDelete():
            return MessageDeleted(**common, of=body.of)
        case FormLeft():
            return CustomerLeft(**common, reason=body.reason)
        case FormTranscript():
            return _transcript(body, common, trusted=integration.trusted)
        case FormRating():
            return CustomerRated(**common, score=body.score, comment=body.comment)


def _message(body: FormMessage, common: dict[str, Any], *, trusted: bool) -> MessageReceived:
    _refuse_unvouched(body.customer, trusted=trusted)
    return MessageReceived(
        **common,
        text=body.text,
        subject=body.subject,
        customer=body.customer,
        sender_name=body.sender_name,
        lang_hint=body.lang_hint,
        in_reply_to=body.in_reply_to,
        attachments=tuple(Attachment(**dict(each)) for each in body.attachments),
    )


def _transcript(body: FormTranscript, common: dict[str, Any], *, trusted: bool) -> BotTranscript:
    _refuse_unvouched(body.customer, trusted=trusted)
    return BotTranscript(
        **common,
        turns=tuple(Turn(**dict(each)) for each in body.turns),
        customer=body.customer,
        lang_hint=body.lang_hint,
    )


def _refuse_unvouched(customer: str | None, *, trusted: bool) -> None:
    """Refused, not dropped: the integration would believe that its users' channels are joined."""
    if customer is not None and not trusted:
        raise BadInput(Complaint("customer", "this integration may not vouch for a customer"))
