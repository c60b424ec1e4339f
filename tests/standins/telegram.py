"""A Telegram Bot API that runs here: `sendMessage` and `getUpdates` in its wire format."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.standins.provider import Mood, Provider, serving

_REFUSALS: Final[dict[Mood, tuple[int, str, dict[str, Any]]]] = {
    "fails": (500, "Internal Server Error", {}),
    "is away": (503, "Service Unavailable", {}),
    "is blocked": (403, "Forbidden: bot was blocked by the user", {}),
    "throttles": (429, "Too Many Requests: retry after 1", {"parameters": {"retry_after": 1}}),
    "hangs": (502, "Bad Gateway", {}),
}


@dataclass(kw_only=True)
class TelegramStandIn(Provider):
    """webhook: the address that is set; while one is, updates are not given out. updates: those
    that nobody confirmed, by `update_id`. asked: the bodies of getUpdates. longest: seconds that a
    long poll takes at most. polled: set once somebody asked."""

    token: str
    webhook: str = ""
    updates: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    longest: float = 1.0
    _polls: int = 0
    polled: asyncio.Event = field(default_factory=asyncio.Event)
    _some: asyncio.Event = field(default_factory=asyncio.Event)

    def happens(self, *updates: dict[str, Any]) -> None:
        self.updates += updates
        self._some.set()

    async def _get(self, request: Request) -> Response:
        if request.path_params["bot"] != f"bot{self.token}":
            return _error(401, "Unauthorized")
        mood = self.mood()
        if mood in _REFUSALS:
            status, description, more = _REFUSALS[mood]
            return await self.answer(mood, _error(status, description, **more))
        if self.webhook:
            says = "can't use getUpdates method while webhook is active; use deleteWebhook"
            return _error(409, f"Conflict: {says} to delete the webhook first")
        body: dict[str, Any] = await request.json()
        self.asked.append(body)
        offset = body.get("offset", 0)
        self.updates = [each for each in self.updates if each["update_id"] >= offset]
        self._polls += 1
        mine = self._polls
        self._some.set()
        self.polled.set()
        if not self.updates and body.get("timeout"):
            await self._wait(mine, min(self.longest, body["timeout"]))
        if mine != self._polls:
            says = "terminated by other getUpdates request; make sure that only one bot instance"
            return _error(409, f"Conflict: {says} is running")
        kinds = body["allowed_updates"]
        given = [each for each in self.updates if any(kind in each for kind in kinds)]
        return JSONResponse({"ok": True, "result": given[: body.get("limit", 100)]})

    async def _wait(self, mine: int, seconds: float) -> None:
        """Until an update comes, or another poll throws this one out."""
        try:
            async with asyncio.timeout(seconds):
                while not self.updates and mine == self._polls:
                    self._some.clear()
                    await self._some.wait()
        except TimeoutError:
            pass

    async def _send(self, request: Request) -> Response:
        if request.path_params["bot"] != f"bot{self.token}":
            return _error(401, "Unauthorized")
        body: dict[str, Any] = await request.json()
        mood = self.mood()
        if mood in _REFUSALS:
            status, description, more = _REFUSALS[mood]
            return await self.answer(mood, _error(status, description, **more))
        self.delivered.append((body["chat_id"], body["text"]))
        message = {
            "message_id": len(self.delivered),
            "date": 1_790_000_000,
            "chat": {"id": body["chat_id"], "type": "private", "first_name": "Rita"},
            "from": {"id": 7_000, "is_bot": True, "first_name": "Lucky"},
            "text": body["text"],
        }
        return await self.answer(mood, JSONResponse({"ok": True, "result": message}))

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/{bot}/sendMessage", self._send, methods=["POST"]),
                Route("/{bot}/getUpdates", self._get, methods=["POST"]),
            ]
        )


@asynccontextmanager
async def running_telegram(token: str) -> AsyncIterator[TelegramStandIn]:
    stand_in = TelegramStandIn(token=token)
    async with serving(stand_in):
        yield stand_in


def _error(status: int, description: str, **more: Any) -> Response:
    body = {"ok": False, "error_code": status, "description": description, **more}
    return JSONResponse(body, status_code=status)
