"""X's way out: a direct message by its API v2, signed with OAuth 1.0a as our user (RFC 5849; the
body, which is JSON, is no part of the signature).

It has no idempotency key. A nonce follows from the attempt, so that a request is a function of the
delivery; X takes times within five minutes of its own. 429 says when the window ends.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import ClassVar, Final

import orjson
from oauthlib.oauth1 import Client

from services.ingest.channels.x import CHANNEL, XAccount
from services.ingest.courier.delivery import Delivery, Doubtful, Later, Outcome, Refused, Sent
from services.ingest.courier.sender import Call, Pace, Reply, Sender, Unsendable
from services.ingest.courier.senders.answers import retry_after, said_of

_LIMITS: Final = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
_LONGEST_WAIT: Final = 86_400.0
# Ends of a problem's `type`: what is wrong is the app or its plan, not this customer.
_OURS: Final = frozenset(
    {
        *("oauth1-permissions", "unsupported-authentication", "client-forbidden"),
        *("client-disconnected", "usage-capped", "credits", "rate-limits"),
    }
)
_REASONS: Final = {
    "permission to dm": "the customer takes no messages from us",
    "cannot send messages to this user": "the customer takes no messages from us",
    "not following you": "the customer takes messages of those they follow only",
    "suspended": "the customer's account is suspended",
}


class XSender(Sender):
    """For users that have an access token."""

    section: ClassVar = "x"
    channel: Final = CHANNEL
    # 200 in 15 minutes a user, as documented; some plans have less, and say so by 429
    pace: Final = Pace(account=0.2, chat=0.2, most=10_000, burst=15)
    repeatable: Final = False

    def __init__(self, accounts: Mapping[str, XAccount]) -> None:
        self._users: Final = accounts

    def serves(self, account: str) -> bool:
        user = self._users.get(account)
        return user is not None and user.token is not None

    def call(self, delivery: Delivery, text: str) -> Call:
        user, customer = self._users[delivery.account], delivery.recipient
        assert user.key is not None
        assert user.token is not None
        assert user.token_secret is not None
        if not (customer.isascii() and customer.isdecimal()):
            raise Unsendable("that is no user of X")
        client = Client(
            user.key,
            client_secret=_text(user.secrets.valid()[0]),
            resource_owner_key=_text(user.token.valid()[0]),
            resource_owner_secret=_text(user.token_secret.valid()[0]),
            nonce=_nonce(delivery),
            timestamp=str(int(delivery.since)),
        )
        url, headers, _ = client.sign(
            f"{user.api.rstrip('/')}/2/dm_conversations/with/{customer}/messages",
            http_method="POST",
            headers={"Content-Type": "application/json"},
        )
        return Call(url=url, headers=headers, body=orjson.dumps({"text": text}))

    def outcome(self, reply: Reply) -> Outcome:
        said, says = said_of(reply), f"x answered {reply.status}"
        data = said.get("data")
        if reply.status in (200, 201) and isinstance(data, dict) and data.get("dm_event_id"):
            return Sent(str(data["dm_event_id"])[:256])
        if reply.status == 429:
            return Later(says, _until_reset(reply), ours=True)
        if reply.status == 503:
            return Later(says, retry_after(reply), ours=True)
        kind = str(said.get("type", "")).rpartition("/")[2]
        if reply.status in (401, 402) or (reply.status == 403 and kind in _OURS):
            return Later(f"{says}: are the app's keys, permissions and plan right?", ours=True)
        if reply.status in (400, 403, 404):
            return Refused(f"{says}: {_reason(str(said.get('detail', '')))}")
        return Doubtful(says)


def _nonce(delivery: Delivery) -> str:
    named = f"{delivery.reply}:{delivery.part}:{delivery.attempt}:{delivery.since}"
    return sha256(named.encode()).hexdigest()[:32]


def _text(secret: bytes) -> str:
    return secret.decode("ascii", "replace")


def _reason(detail: str) -> str:
    """In words of ours: a provider's text may quote the customer."""
    said = detail.lower()
    return next((ours for theirs, ours in _REASONS.items() if theirs in said), "not accepted")


def _until_reset(reply: Reply) -> float | None:
    """Seconds, by X's own clock, until the used-up window ends: the longest of them."""
    used_up = [name for name in _LIMITS if reply.headers.get(f"{name}-remaining") == "0"]
    resets = [_epoch(reply.headers.get(f"{name}-reset", "")) for name in used_up or _LIMITS[:1]]
    try:
        now = parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return retry_after(reply)
    if not any(resets):
        return retry_after(reply)
    return min(_LONGEST_WAIT, max(1.0, max(resets) - now))


def _epoch(header: str) -> float:
    """0.0: none."""
    return float(header) if header.isascii() and header.isdecimal() and len(header) < 12 else 0.0
