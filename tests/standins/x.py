"""An X that runs here: direct messages of API v2. OAuth 1.0a is checked by the text of RFC 5849 and
not by the library that we sign with."""

import base64
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.standins.provider import Mood, Provider, serving

_PROBLEMS: Final[dict[Mood, tuple[int, str]]] = {
    "fails": (500, "Internal Server Error"),
    "is away": (503, "Service Unavailable"),
    "is blocked": (403, "You do not have permission to DM one or more participants."),
    "hangs": (502, "Bad gateway"),
}


@dataclass(kw_only=True)
class XStandIn(Provider):
    """Keys and secrets are the app's and our user's. skew: seconds that a time may be off."""

    key: str
    secret: str
    token: str
    token_secret: str
    skew: float = 300.0
    nonces: set[str] = field(default_factory=set)

    async def _send(self, request: Request) -> Response:
        if not self._is_signed(request):
            return _problem(401, "Unauthorized")
        text = (await request.json())["text"]
        mood = self.mood()
        if mood == "throttles":
            reset = str(int(time.time()) + 2)
            headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
            return _problem(429, "Too Many Requests", **headers)
        if mood in _PROBLEMS:
            return await self.answer(mood, _problem(*_PROBLEMS[mood]))
        chat = int(request.path_params["customer"])
        self.delivered.append((chat, text))
        data = {"dm_conversation_id": f"1-{chat}", "dm_event_id": str(len(self.delivered))}
        return await self.answer(mood, JSONResponse({"data": data}, status_code=201))

    def _is_signed(self, request: Request) -> bool:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        pairs = (each.strip().partition("=") for each in rest.split(","))
        said = {name: unquote(value.strip('"')) for name, _, value in pairs}
        signature = said.pop("oauth_signature", "")
        fresh = abs(time.time() - float(said.get("oauth_timestamp", "0"))) <= self.skew
        nonce = said.get("oauth_nonce", "")
        if scheme != "OAuth" or not fresh or nonce in self.nonces:
            return False
        self.nonces.add(nonce)
        listed = "&".join(f"{_enc(name)}={_enc(said[name])}" for name in sorted(said))
        base = "&".join(("POST", _enc(str(request.url)), _enc(listed)))
        key = f"{_enc(self.secret)}&{_enc(self.token_secret)}"
        right = base64.b64encode(hmac.digest(key.encode(), base.encode(), "sha1")).decode()
        ours = (said.get("oauth_consumer_key"), said.get("oauth_token"))
        return signature == right and ours == (self.key, self.token)

    def app(self) -> Starlette:
        path = "/2/dm_conversations/with/{customer:int}/messages"
        return Starlette(routes=[Route(path, self._send, methods=["POST"])])


@asynccontextmanager
async def running_x(**keys: str) -> AsyncIterator[XStandIn]:
    stand_in = XStandIn(**keys)  # type: ignore[arg-type]
    async with serving(stand_in):
        yield stand_in


def _enc(text: str) -> str:
    """RFC 5849, 3.6."""
    return quote(text, safe="-._~")


def _problem(status: int, detail: str, **headers: Any) -> Response:
    body = {"title": detail, "detail": detail, "type": "about:blank", "status": status}
    return JSONResponse(body, status_code=status, headers=headers)
