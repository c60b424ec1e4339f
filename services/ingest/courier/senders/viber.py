"""Viber's way out: `send_message` of the bot's API.

It has no idempotency key. An answer of 200 has a `status` of its own.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

import orjson

from services.ingest.channels.viber import CHANNEL, ViberAccount
from services.ingest.courier.delivery import Delivery, Doubtful, Later, Outcome, Refused, Sent
from services.ingest.courier.sender import Call, Pace, Reply, Sender
from services.ingest.courier.senders.answers import retry_after, said_of

_TOO_MANY: Final = 12
_OURS: Final = {
    2: "is the bot's token right?",
    7: "the bot is blocked",
    8: "there is no such bot",
    9: "the bot is suspended",
    10: "the bot has no webhook",
    15: "the bot is not authorised",
    23: "the bot's messages are used up",
    24: "the bot has no balance",
}
_REASONS: Final = {
    5: "the customer is not registered",
    6: "the customer is not subscribed to the bot",
    11: "the customer has no device that could show it",
}
_REFUSED: Final = frozenset({1, 3, 4, 13, 14, 16, 17, 18, 19, 20, 21, 22, *_REASONS})


class ViberSender(Sender):
    """For bots that have a name."""

    section: ClassVar = "viber"
    channel: Final = CHANNEL
    pace: Final = Pace(account=20.0, chat=1.0, most=7_000, burst=3)
    repeatable: Final = False

    def __init__(self, accounts: Mapping[str, ViberAccount]) -> None:
        self._bots: Final = accounts

    def serves(self, account: str) -> bool:
        bot = self._bots.get(account)
        return bot is not None and bot.name is not None

    def call(self, delivery: Delivery, text: str) -> Call:
        bot = self._bots[delivery.account]
        body = {
            "receiver": delivery.recipient,
            "min_api_version": 1,
            "sender": {"name": bot.name},
            "type": "text",
            "text": text,
        }
        token = bot.secrets.valid()[0].decode("ascii", "replace")
        return Call(
            url=f"{bot.api.rstrip('/')}/pa/send_message",
            headers={"Content-Type": "application/json", "X-Viber-Auth-Token": token},
            body=orjson.dumps(body),
        )

    def outcome(self, reply: Reply) -> Outcome:
        said = said_of(reply)
        status = said.get("status")
        if reply.status in (429, 503) or status == _TOO_MANY:
            return Later(f"viber answered {status or reply.status}", retry_after(reply), ours=True)
        if reply.status != 200 or not isinstance(status, int):
            return Doubtful(f"viber answered {reply.status}")
        says = f"viber answered {status}"
        if status == 0:
            return Sent(str(said.get("message_token", "")))
        if status in _OURS:
            return Later(f"{says}: {_OURS[status]}", ours=True)
        if status in _REFUSED:
            return Refused(f"{says}: {_REASONS.get(status, 'not accepted')}")
        return Doubtful(says)
