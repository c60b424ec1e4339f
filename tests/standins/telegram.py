"""A Telegram Bot API that runs here: `sendMessage` in its wire format.

Its bad days follow the method's name in `moods`, taken in turn; then it is well.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.runtime.http import HttpServer

Mood = Literal["well", "fails", "throttles", "is away", "hangs", "answers late", "is blocked"]


_REFUSALS: Final[dict[Mood, tuple[int, str, dict[str, Any]]]] = {
    "fails": (500, "Internal Server Error", {}),
    "is away": (503, "Service Unavailable", {}),
    "is blocked": (403, "Forbidden: bot was blocked by the user", {}),
    "throttles": (429, "Too Many Requests: retry after 1", {"parameters": {"retry_after": 1}}),
    "hangs": (502, "Bad Gateway", {}),
}


@dataclass
class TelegramStandIn:
    """delivered: (chat, text) in order. held: calls that are kept waiting. late: seconds after
    which a late answer comes."""

    token: str
    late: float = 3.0
    moods: deque[Mood] = field(default_factory=deque)
    delivered: list[tuple[int, str]] = field(default_factory=list)
    seen: Counter[Mood] = field(default_factory=Counter)
    url: str = ""

    def texts(self, chat: int) -> list[str]:
        return [text for each, text in self.delivered if each == chat]

    async def _send(self, request: Request) -> Response:
        if request.path_params["bot"] != f"bot{self.token}":
            return _error(401, "Unauthorized")
        body: dict[str, Any] = await request.json()
        mood: Mood = self.moods.popleft() if self.moods else "well"
        self.seen[mood] += 1
        if mood == "hangs":
            await asyncio.sleep(self.late)
        if mood in _REFUSALS:
            status, description, more = _REFUSALS[mood]
            return _error(status, description, **more)
        self.delivered.append((body["chat_id"], body["text"]))
        if mood == "answers late":
            await asyncio.sleep(self.late)
        message = {
            "message_id": len(self.delivered),
            "date": 1_790_000_000,
            "chat": {"id": body["chat_id"], "type": "private", "first_name": "Rita"},
            "from": {"id": 7_000, "is_bot": True, "first_name": "Lucky"},
            "text": body["text"],
        }
        return JSONResponse({"ok": True, "result": message})

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{bot}/sendMessage", self._send, methods=["POST"])])


@asynccontextmanager
async def running_telegram(token: str) -> AsyncIterator[TelegramStandIn]:
    stand_in = TelegramStandIn(token)
    async with HttpServer(stand_in.app(), host="127.0.0.1", port=0, grace=0.1) as server:
        host, port = server.address
        stand_in.url = f"http://{host}:{port}"
        yield stand_in


def _error(status: int, description: str, **more: Any) -> Response:
    body = {"ok": False, "error_code": status, "description": description, **more}
    return JSONResponse(body, status_code=status)
