"""A VK API that runs here: `messages.send` in its wire format, which knows what it has delivered by
`random_id`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.standins.provider import Mood, Provider, serving

_ERRORS: Final[dict[Mood, tuple[int, str]]] = {
    "fails": (10, "Internal server error"),
    "throttles": (6, "Too many requests per second"),
    "is blocked": (901, "Can't send messages for users without permission"),
}


@dataclass(kw_only=True)
class VkStandIn(Provider):
    token: str
    ids: dict[tuple[str, str], int] = field(default_factory=dict)

    async def _send(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if form["access_token"] != self.token:
            return _error(5, "User authorization failed: invalid access_token (4).")
        mood = self.mood()
        if mood in _ERRORS:
            return _error(*_ERRORS[mood])
        if mood in ("is away", "hangs"):
            status = 503 if mood == "is away" else 502
            return await self.answer(mood, Response("<html>", status_code=status))
        known = (form["peer_id"], form["random_id"])
        if known not in self.ids:
            self.ids[known] = len(self.ids) + 1
            self.delivered.append((int(known[0]), form["message"]))
        return await self.answer(mood, JSONResponse({"response": self.ids[known]}))

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/method/messages.send", self._send, methods=["POST"])])


@asynccontextmanager
async def running_vk(token: str) -> AsyncIterator[VkStandIn]:
    stand_in = VkStandIn(token=token)
    async with serving(stand_in):
        yield stand_in


def _error(code: int, says: str) -> Response:
    return JSONResponse({"error": {"error_code": code, "error_msg": says}})
