"""A Viber REST API that runs here: `send_message` in its wire format, and its callbacks."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.runtime.clock import SystemClock
from tests.standins.provider import serving

FIRST_TOKEN = 5_741_311_803_571_722_004  # beyond what a float can count

Receipt = Literal["delivered", "seen", "failed"]


@dataclass(kw_only=True)
class ViberStandIn:
    """token: the bot's. delivered: (receiver, text, message token) in order. hook: where the bot's
    webhook is. at_once: receipts that are sent before the call is answered."""

    token: str
    delivered: list[tuple[str, str, int]] = field(default_factory=list)
    hook: str = ""
    at_once: tuple[Receipt, ...] = ()
    url: str = ""

    async def _send(self, request: Request) -> Response:
        if request.headers.get("x-viber-auth-token") != self.token:
            return JSONResponse({"status": 2, "status_message": "invalidAuthToken"})
        body: dict[str, Any] = await request.json()
        token = FIRST_TOKEN + len(self.delivered)
        self.delivered.append((body["receiver"], body["text"], token))
        for event in self.at_once:
            await self.tell(event, body["receiver"], token)
        answer = {"status": 0, "status_message": "ok", "message_token": token}
        return JSONResponse({**answer, "billing_status": 1})

    async def tell(self, event: Receipt, user: str, token: int, **more: Any) -> None:
        """A receipt, to the bot's webhook."""
        await self.post({"event": event, "message_token": token, "user_id": user, **more})

    async def write(self, user: str, text: str, token: int) -> None:
        """Somebody writes to the bot."""
        sender = {"id": user, "name": "Olena", "language": "en"}
        message = {"type": "text", "text": text}
        said = {"event": "message", "message_token": token, "sender": sender, "message": message}
        await self.post(said)

    async def post(self, callback: dict[str, Any]) -> None:
        """As Viber does: signed. Raises httpx.HTTPError."""
        now = round(SystemClock().now() * 1000)
        body = json.dumps({"timestamp": now, **callback}).encode()
        signature = hmac.new(self.token.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Viber-Content-Signature": signature, "Content-Type": "application/json"}
        async with httpx.AsyncClient() as client:
            answer = await client.post(self.hook, content=body, headers=headers)
        answer.raise_for_status()

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/pa/send_message", self._send, methods=["POST"])])


@asynccontextmanager
async def running_viber(token: str) -> AsyncIterator[ViberStandIn]:
    stand_in = ViberStandIn(token=token)
    async with serving(stand_in):
        yield stand_in
