"""A Graph API that runs here: `messages` of a WhatsApp number, and of whoever the token belongs to,
as Messenger and Instagram have it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.standins.provider import Mood, Provider, serving

NUMBER: Final = "106540352242922"

_Refusal = tuple[int, int, int, str]
"""HTTP status, code, subcode, message."""

_OF_WHATSAPP: Final[dict[Mood, _Refusal]] = {
    "fails": (500, 1, 0, "An unknown error occurred"),
    "is away": (503, 131016, 0, "(#131016) Service temporarily unavailable."),
    "is blocked": (400, 131026, 0, "(#131026) Message undeliverable"),
    "throttles": (429, 130429, 0, "(#130429) Rate limit hit"),
}
_OF_PAGES: Final[dict[Mood, _Refusal]] = {
    "fails": (500, 2, 0, "An unexpected error has occurred. Please retry your request later."),
    "is away": (400, 1200, 0, "(#1200) Temporary send message failure. Please try again later."),
    "is blocked": (400, 551, 1545041, "(#551) This person isn't available right now."),
    "throttles": (400, 613, 0, "(#613) Calls to this api have exceeded the rate limit."),
}
_RE_ENGAGEMENT: Final = (400, 131047, 0, "(#131047) Re-engagement message")
_OUTSIDE: Final = (400, 10, 2018278, "(#10) This message is sent outside of allowed window.")
_MALFORMED: Final = (400, 100, 0, "(#100) Invalid parameter")
_PARAMETER: Final = (400, 132018, 0, "(#132018) There was an issue with the template parameters")
_UGLY: Final = re.compile(r"[\n\t]| {5,}")


@dataclass(kw_only=True)
class MetaStandIn(Provider):
    """closed: customers who have not written for a day, which is said whatever the mood.
    human_agent: whether the app may answer them all the same."""

    token: str
    closed: set[int] = field(default_factory=set)
    human_agent: bool = True

    async def _whatsapp(self, request: Request) -> Response:
        if (refused := self._unknown(request)) is not None:
            return refused
        body: dict[str, Any] = await request.json()
        customer, text = int(body["to"]), _words(body)
        if (refusal := self._refusal(body, text)) is not None:
            return _error(*refusal)
        mood = self.mood()
        if mood in _OF_WHATSAPP:
            return _error(*_OF_WHATSAPP[mood])
        if mood == "hangs":
            return await self.answer(mood, HTMLResponse("<html>", 502))
        self.delivered.append((customer, text))
        said = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": body["to"], "wa_id": body["to"]}],
            "messages": [{"id": f"wamid.{len(self.delivered)}", "message_status": "accepted"}],
        }
        return await self.answer(mood, JSONResponse(said))

    def _refusal(self, body: dict[str, Any], text: str) -> _Refusal | None:
        kind = (body["messaging_product"], body["recipient_type"])
        if kind != ("whatsapp", "individual") or not 0 < len(text) <= 4_096:
            return _MALFORMED
        if body["type"] == "text":
            return _RE_ENGAGEMENT if int(body["to"]) in self.closed else None
        return _PARAMETER if _UGLY.search(text) or len(text) > 1_024 else None

    async def _page(self, request: Request) -> Response:
        if (refused := self._unknown(request)) is not None:
            return refused
        body: dict[str, Any] = await request.json()
        customer = int(body["recipient"]["id"])
        tagged = (body.get("messaging_type"), body.get("tag")) == ("MESSAGE_TAG", "HUMAN_AGENT")
        if customer in self.closed and not (tagged and self.human_agent):
            return _error(*_OUTSIDE)
        mood = self.mood()
        if mood in _OF_PAGES:
            return _error(*_OF_PAGES[mood])
        if mood == "hangs":
            return await self.answer(mood, HTMLResponse("<html>", 502))
        self.delivered.append((customer, body["message"]["text"]))
        said = {"recipient_id": str(customer), "message_id": f"m_{len(self.delivered)}"}
        return await self.answer(mood, JSONResponse(said))

    def _unknown(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {self.token}":
            return None
        return _error(401, 190, 463, "Error validating access token: Session has expired")

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route(f"/v25.0/{NUMBER}/messages", self._whatsapp, methods=["POST"]),
                Route("/v25.0/me/messages", self._page, methods=["POST"]),
            ]
        )


@asynccontextmanager
async def running_meta(token: str) -> AsyncIterator[MetaStandIn]:
    stand_in = MetaStandIn(token=token)
    async with serving(stand_in):
        yield stand_in


def _words(body: dict[str, Any]) -> str:
    """What the customer sees. Of a template the parameter, or its name in brackets."""
    if body["type"] == "text":
        return str(body["text"]["body"])
    template = body["template"]
    parts = template.get("components", [])
    if not parts:
        return f"[{template['name']} {template['language']['code']}]"
    return str(parts[0]["parameters"][0]["text"])


def _error(status: int, code: int, subcode: int, message: str) -> Response:
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode:
        error["error_subcode"] = subcode
    error["fbtrace_id"] = "AbCdEf123"
    return JSONResponse({"error": error}, status_code=status)
