"""Telegram's way out: `sendMessage` of the Bot API.

It has no idempotency key, and nothing can be asked afterwards: a call without an answer stays in
doubt. 429 says for how long (`parameters.retry_after`); 403 is that the customer blocked the bot.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import orjson

from services.ingest.channels.telegram import CHANNEL, Bot
from services.ingest.courier.delivery import Delivery, Doubtful, Later, Outcome, Refused, Sent
from services.ingest.courier.sender import Call, Pace, Reply, Sender
from services.ingest.courier.senders.answers import retry_after, said_of

_LONGEST: Final = 4_096
"""Characters of one message. Telegram counts after parsing entities; we send plain text."""


class TelegramSender(Sender):
    """For bots that have a token."""

    section: ClassVar = "telegram"
    channel: Final = CHANNEL
    # "Broadcasting to users": 30 a second; in one chat about one a second, short bursts allowed
    pace: Final = Pace(account=25.0, chat=1.0, most=_LONGEST, burst=3)

    repeatable: Final = False

    def __init__(self, accounts: Mapping[str, Bot]) -> None:
        self._bots: Final = accounts

    def serves(self, account: str) -> bool:
        bot = self._bots.get(account)
        return bot is not None and bot.token is not None

    def call(self, delivery: Delivery, text: str) -> Call:
        bot = self._bots[delivery.account]
        assert bot.token is not None
        token = bot.token.valid()[0].decode("ascii", "replace")
        body: dict[str, Any] = {"chat_id": _number(delivery.recipient), "text": text}
        answered = _answered(delivery)
        if answered is not None:
            body["reply_parameters"] = {
                "message_id": answered,
                "allow_sending_without_reply": True,
            }
        return Call(
            url=f"{bot.api.rstrip('/')}/bot{token}/sendMessage",
            headers={"Content-Type": "application/json"},
            body=orjson.dumps(body),
        )

    def outcome(self, reply: Reply) -> Outcome:
        said = said_of(reply)
        status = reply.status
        if status == 200 and said.get("ok") is True and isinstance(said.get("result"), dict):
            return Sent(str(said["result"].get("message_id", "")))
        error = f"telegram answered {status}"
        if status == 429:
            return Later(error, _seconds(said.get("parameters"), reply), ours=True)
        if status in (401, 404):  # the token is not that of a bot (any more): ours to mend
            return Later(f"{error}: is the bot's token right?", ours=True)
        if status == 503:
            return Later(error, retry_after(reply), ours=True)
        if status in (400, 403):
            return Refused(f"{error}: {_reason(said)}")
        return Doubtful(error)


def _answered(delivery: Delivery) -> int | None:
    """Of the message it answers, Telegram's own id: `telegram:bot:<chat>.<message>`."""
    if delivery.in_reply_to is None or delivery.part:
        return None
    chat, _, message = delivery.in_reply_to.rpartition(":")[2].rpartition(".")
    same_chat = chat == delivery.recipient and message.isascii() and message.isdecimal()
    return int(message) if same_chat and len(message) < 16 else None


def _number(recipient: str) -> int | str:
    try:
        return int(recipient)
    except ValueError:
        return recipient


_REASONS: Final = {
    "bot was blocked": "the customer blocked the bot",
    "user is deactivated": "the customer's account is gone",
    "chat not found": "there is no such chat",
    "message is too long": "the message is too long",
    "can't initiate conversation": "the customer has not written to the bot",
}


def _reason(said: Mapping[str, Any]) -> str:
    """In words of ours: a provider's text may quote the customer."""
    text = str(said.get("description", "")).lower()
    return next((ours for theirs, ours in _REASONS.items() if theirs in text), "not accepted")


def _seconds(parameters: Any, reply: Reply) -> float | None:
    asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(asked, int) and 0 <= asked <= 86_400:
        return float(asked)
    return retry_after(reply)
