"""`POST /v1/twilio/{account}/status?reply=ID`: what became of a message of ours.

Whoever sends names this address with each message (`StatusCallback`), and with our id of the reply
in it: the query is part of what Twilio signs. Twilio sends no time, so it became so when it came.
Of a text message `sent` is all that some carriers ever tell; `undelivered` is the carrier's
refusal, `failed` Twilio's own.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.ingest.channels.adapter import RawRequest
from services.ingest.channels.twilio.door import TwilioDoor, door
from services.ingest.channels.twilio.message import apart
from services.ingest.channels.twilio.params import read_form
from services.ingest.happening import Happening
from shared.contracts.base import Id, ProviderId
from shared.contracts.delivery_reported_v1 import DeliveryStatus
from shared.contracts.provider_status_v1 import ProviderStatus

_STATUSES: Final[Mapping[str, DeliveryStatus]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
}
# Those that an agent can do something about.
_REASONS: Final = {
    "21610": "the customer has opted out",
    "30003": "the phone cannot be reached",
    "30005": "there is no such number",
    "30006": "a landline, or out of the carrier's reach",
    "30007": "filtered by the carrier",
    "63016": "too long since the customer wrote",
    "63024": "there is no such recipient",
}
_REPLY: Final[TypeAdapter[str]] = TypeAdapter(Id)


class _Status(BaseModel):
    """recipient: an address, with a channel before it other than of text messages."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    sid: ProviderId = Field(validation_alias=AliasChoices("MessageSid", "SmsSid"))
    status: Annotated[str, Field(max_length=64)] = Field(
        validation_alias=AliasChoices("MessageStatus", "SmsStatus")
    )
    recipient: ProviderId = Field(validation_alias="To")
    error: Annotated[str, Field(max_length=64)] = Field("", validation_alias="ErrorCode")


class TwilioMessageStatus(TwilioDoor):
    """The door for what became of our messages."""

    channel: Final = "twilio"
    door: Final = door("/status", "what became of a message of ours")

    def parse(self, request: RawRequest, account: str) -> Sequence[Happening]:
        told = _Status.model_validate(self.fields(request))
        channel, recipient = apart(told.recipient)
        status = _STATUSES.get(told.status.lower())
        if status is None or channel is None or not recipient:
            return ()
        return (
            ProviderStatus(
                channel=channel,
                account=account,
                sender=recipient,
                provider_id=told.sid,
                reply=_reply(request.query),
                status=status,
                at=request.received_at,
                error=_error(told) if status == "failed" else None,
            ),
        )


def _reply(query: str) -> str | None:
    """Our id of it; None where there is none that could be ours."""
    try:
        return _REPLY.validate_python(read_form(query).get("reply", ("",))[0])
    except ValidationError:
        return None


def _error(told: _Status) -> str:
    reason = _REASONS.get(told.error, "")
    says = ": ".join(part for part in (told.error, reason) if part)
    return f"twilio: {told.status}{f' ({says})' if says else ''}"
