"""Telegram's updates by `getUpdates`, a long poll.

Telegram keeps an update until it is confirmed, for 24 hours at most; asking from an offset confirms
all before it. So we ask from after the last update that is durable, and keep nothing ourselves.
"""

from typing import Any, Final

import orjson

from services.ingest.channels.telegram import CHANNEL, KINDS, Bot, happenings
from services.ingest.courier.sender import Call, Reply
from services.ingest.errors import Unavailable
from services.ingest.poller.history import (
    NOT_TAKEN,
    History,
    Outside,
    Taken,
    Trouble,
    asked,
    said_of,
    trouble_of,
)

LONG_POLL_SECONDS: Final = 25
MOST_UPDATES: Final = 50
"""In one answer: together they stay far below what we read of one."""

_HIGHEST: Final = 2**53


class TelegramHistory(History):
    """One bot's."""

    channel: Final = CHANNEL

    def __init__(self, account: str, bot: Bot, *, outside: Outside, taken: Taken) -> None:
        self._account: Final = account
        self._bot: Final = bot
        self._outside: Final = outside
        self._taken: Final = taken
        self._offset: int | None = None

    @property
    def account(self) -> str:
        return self._account

    async def look(self) -> float:
        reply = await asked(self._outside, self._call())
        for update in _updates(reply):
            await self._take(update)
        return 0.0

    async def _take(self, update: dict[str, Any]) -> None:
        number = update["update_id"]
        try:
            # each by itself and through the door's own limits: what it refuses is refused here
            await self._taken.take(happenings(orjson.dumps(update), self._account))
        except NOT_TAKEN as error:
            self._taken.refuse(str(number), error)
        self._offset = number + 1

    def _call(self) -> Call:
        assert self._bot.token is not None
        try:
            token = self._bot.token.valid()[0].decode("ascii", "replace")
        except Unavailable as error:
            raise Trouble("unauthenticated", str(error)) from error
        body: dict[str, Any] = {
            "timeout": LONG_POLL_SECONDS,
            "limit": MOST_UPDATES,
            "allowed_updates": KINDS,
        }
        if self._offset is not None:
            body["offset"] = self._offset
        return Call(
            url=f"{self._bot.api.rstrip('/')}/bot{token}/getUpdates",
            headers={"Content-Type": "application/json"},
            body=orjson.dumps(body),
        )


def _updates(reply: Reply) -> list[dict[str, Any]]:
    """In order. Raises Trouble."""
    if reply.status == 409:
        raise Trouble("conflict", _conflict(reply))
    if reply.status != 200:
        raise _with_seconds(reply)
    said = said_of(reply, CHANNEL)
    updates = said.get("result")
    if said.get("ok") is not True or not isinstance(updates, list):
        raise Trouble("not_understood", "telegram answered 200 without a list of updates")
    if not all(isinstance(each, dict) and _is_id(each.get("update_id")) for each in updates):
        raise Trouble("not_understood", "telegram sent an update without a number")
    return sorted(updates, key=lambda each: int(each["update_id"]))


def _is_id(value: object) -> bool:
    return type(value) is int and 0 <= value < _HIGHEST


def _conflict(reply: Reply) -> str:
    if b"webhook" in reply.body.lower():
        return "telegram answered 409: this bot has a webhook; call deleteWebhook, or do not poll"
    return "telegram answered 409: somebody else asks for this bot's updates"


def _with_seconds(reply: Reply) -> Trouble:
    """429 says in its body how long to wait."""
    trouble = trouble_of(reply, CHANNEL)
    try:
        said = said_of(reply, CHANNEL)
    except Trouble:
        return trouble
    parameters = said.get("parameters")
    after = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if type(after) is int and 0 <= after <= 86_400:
        return Trouble(trouble.outcome, str(trouble), after=float(after))
    return trouble
