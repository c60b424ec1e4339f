"""Twilio's ways out: SMS, and its WhatsApp and Messenger, by one resource (`Messages.json`) that
tells the channel by a word before both addresses.

It has no idempotency key. 429 and every 4xx mean that no message was made; what becomes of one that
was, Twilio tells the door `/v1/twilio/{account}/status`, where the URL of a call says so.
"""

import base64
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode, urlsplit

from services.ingest.channels.twilio.account import TwilioAccount
from services.ingest.channels.twilio.door import MESSENGER, SMS, WHATSAPP
from services.ingest.channels.twilio.proof import PERSISTENT
from services.ingest.courier.delivery import Delivery, Doubtful, Later, Outcome, Refused, Sent
from services.ingest.courier.sender import Call, Pace, Reply, Sender
from services.ingest.courier.senders.answers import retry_after, said_of

_SERVICE: Final = "MG"
_OURS: Final = {
    10001: "the account is not active",
    20003: "is the token right?",
    20005: "the account is not active",
    20429: "too many calls at once",
    21212: "the account cannot send from this number",
    21603: "there is no number to send from",
    21606: "the account cannot send from this number",
    21609: "is the public URL right?",
    21611: "the number's queue is full",
    21659: "the account cannot send from this number",
    21660: "the account cannot send from this number",
    21701: "there is no such messaging service",
    21703: "the messaging service has no number",
    21704: "the messaging service has no number for this country",
    21705: "there is no such messaging service",
    30001: "the number's queue is full",
    30002: "the account is suspended",
    63007: "the account cannot send from this address",
    63018: "the channel's limit is reached",
    63038: "the account's limit of the day is reached",
}
_REASONS: Final = {
    21211: "that is no telephone number",
    21265: "a short code takes no messages",
    21266: "that is our own number",
    21408: "the account may not send to that country",
    21608: "a trial account may only send to numbers that it has verified",
    21610: "the customer unsubscribed",
    21612: "our number cannot reach the customer's",
    21614: "the number takes no SMS",
    21617: "the message is too long",
    21635: "a landline takes no SMS",
    63003: "there is no such address on the channel",
    63015: "the customer has not joined the sandbox",
    63016: "the customer wrote more than 24 hours ago: the channel takes templates only",
    63024: "the customer is not on the channel",
    63033: "the customer blocked us",
}


class TwilioSender(Sender):
    """For accounts that have a token, and on this channel an address to send from. public_url:
    ours, as Twilio reaches it."""

    section: ClassVar = "twilio"
    channel: ClassVar[str] = SMS
    # Twilio keeps a queue for each number, of ten hours; its own limit is of calls at once
    pace: Final = Pace(account=20.0, chat=1.0, most=1_600, burst=3)
    repeatable: Final = False

    def __init__(self, accounts: Mapping[str, TwilioAccount], public_url: str = "") -> None:
        self._accounts: Final = accounts
        self._public_url: Final = public_url.rstrip("/") if _is_public(public_url) else ""

    def serves(self, account: str) -> bool:
        ours = self._accounts.get(account)
        return ours is not None and ours.token is not None and self.channel in ours.send_from

    def call(self, delivery: Delivery, text: str) -> Call:
        account = self._accounts[delivery.account]
        assert account.token is not None
        source = account.send_from[self.channel]
        fields = {"To": self._address(delivery.recipient), "Body": text}
        if source.startswith(_SERVICE):
            fields["MessagingServiceSid"] = source
        else:
            fields["From"] = self._address(source)
        if self._public_url:
            name, reply = quote(delivery.account, safe=""), urlencode({"reply": delivery.reply})
            path = f"/v1/twilio/{name}/status?{reply}"
            fields["StatusCallback"] = f"{self._public_url}{path}{PERSISTENT}"
        who = f"{account.api_key or account.account_sid}:".encode() + account.token.valid()[0]
        return Call(
            url=f"{account.api.rstrip('/')}/2010-04-01/Accounts/{account.account_sid}/Messages.json",
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
                "Authorization": f"Basic {base64.b64encode(who).decode()}",
            },
            body=urlencode(fields).encode(),
        )

    def outcome(self, reply: Reply) -> Outcome:
        said = said_of(reply)
        if reply.status == 201:
            return _created(said)
        code = _code(said.get("code"))
        says = f"twilio answered {code or reply.status}"
        if reply.status in (429, 503) or code in _OURS:
            return Later(says + _colon(_OURS.get(code)), retry_after(reply), ours=True)
        if code not in _REASONS and reply.status in (401, 403, 404):
            return Later(f"{says}: are the account's sid and token right?", ours=True)
        if code in _REASONS or reply.status == 400:
            return Refused(f"{says}: {_REASONS.get(code, 'not accepted')}")
        return Doubtful(says)

    def _address(self, bare: str) -> str:
        return bare if self.channel == SMS else f"{self.channel}:{bare}"


class TwilioWhatsApp(TwilioSender):
    channel = WHATSAPP


class TwilioMessenger(TwilioSender):
    channel = MESSENGER


TWILIO: Final = (TwilioSender, TwilioWhatsApp, TwilioMessenger)


def _created(said: Mapping[str, Any]) -> Outcome:
    sid, code = said.get("sid"), _code(said.get("error_code"))
    if not isinstance(sid, str) or not sid:
        return Doubtful("twilio answered 201 without a message")
    if said.get("status") in ("failed", "undelivered"):
        return Refused(f"twilio answered {code or 'that it failed'}{_colon(_REASONS.get(code))}")
    return Sent(sid[:256])


def _code(said: object) -> int:
    """0: none."""
    return said if isinstance(said, int) else 0


def _colon(more: str | None) -> str:
    return f": {more}" if more else ""


def _is_public(url: str) -> bool:
    """Whether Twilio could call it: it refuses messages with a StatusCallback on this machine."""
    return (urlsplit(url).hostname or "localhost") not in ("localhost", "127.0.0.1", "::1")
