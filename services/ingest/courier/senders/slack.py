"""Slack's way out: `chat.postMessage` with the app's bot token.

It has no idempotency key. An answer of 200 may say `ok: false`; of `internal_error` and
`fatal_error` Slack says itself that part of it may have been done.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

import orjson

from services.ingest.channels.slack.door import CHANNEL, SlackAccount
from services.ingest.courier.delivery import Delivery, Doubtful, Later, Outcome, Refused, Sent
from services.ingest.courier.sender import Call, Pace, Reply, Sender
from services.ingest.courier.senders.answers import retry_after, said_of

_LIMITED: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_OURS: Final = frozenset(
    {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("missing_scope", "no_permission", "ekm_access_denied", "access_denied"),
        *("team_access_not_granted", "org_login_required", "accesslimited"),
    }
)
_IN_DOUBT: Final = frozenset({"internal_error", "fatal_error", "request_timeout"})
_REASONS: Final = {
    "channel_not_found": "there is no such channel",
    "not_in_channel": "the app is not in that channel",
    "is_archived": "the channel is archived",
    "msg_too_long": "the message is too long",
    "restricted_action": "the workspace does not let the app write there",
}


class SlackSender(Sender):
    """For apps that have a bot token."""

    section: ClassVar = "slack"
    channel: Final = CHANNEL
    # one a second and channel; several hundred a minute and workspace
    pace: Final = Pace(account=4.0, chat=1.0, most=4_000, burst=2)
    repeatable: Final = False

    def __init__(self, accounts: Mapping[str, SlackAccount]) -> None:
        self._apps: Final = accounts

    def serves(self, account: str) -> bool:
        app = self._apps.get(account)
        return app is not None and app.token is not None

    def call(self, delivery: Delivery, text: str) -> Call:
        app = self._apps[delivery.account]
        assert app.token is not None
        token = app.token.valid()[0].decode("ascii", "replace")
        body = {"channel": delivery.recipient.partition(":")[0], "text": _escaped(text)}
        return Call(
            url=f"{app.api.rstrip('/')}/chat.postMessage",
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Authorization": f"Bearer {token}",
            },
            body=orjson.dumps(body),
        )

    def outcome(self, reply: Reply) -> Outcome:
        said = said_of(reply)
        if reply.status == 200 and said.get("ok") is True:
            return Sent(str(said.get("ts", "")))
        error = str(said.get("error", ""))
        if reply.status in (429, 503) or error in _LIMITED:
            return Later(f"slack answered {reply.status}", retry_after(reply), ours=True)
        if reply.status != 200 or not error or error in _IN_DOUBT:
            return Doubtful(f"slack answered {reply.status}")
        if error in _OURS:
            return Later("slack refused the app: is its token right?", ours=True)
        return Refused(f"slack: {_REASONS.get(error, 'not accepted')}")


def _escaped(text: str) -> str:
    """Slack's three special characters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
