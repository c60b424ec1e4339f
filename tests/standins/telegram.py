"""A Telegram Bot API that runs here: `sendMessage` in its wire format."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
    token: str

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
        return Starlette(routes=[Route("/{bot}/sendMessage", self._send, methods=["POST"])])


@asynccontextmanager
async def running_telegram(token: str) -> AsyncIterator[TelegramStandIn]:
    stand_in = TelegramStandIn(token=token)
    async with serving(stand_in):
        yield stand_in


def _error(status: int, description: str, **more: Any) -> Response:
    body = {"ok": False, "error_code": status, "description": description, **more}
    return JSONResponse(body, status_code=status)
