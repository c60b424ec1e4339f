"""A Twilio that runs here: `Messages.json` in its wire format."""

from base64 import b64encode
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

_ERRORS: Final[dict[Mood, tuple[int, int, str]]] = {
    "fails": (500, 20500, "Internal Server Error"),
    "is away": (503, 20503, "Service unavailable"),
    "throttles": (429, 20429, "Too Many Requests"),
    "is blocked": (400, 21610, "Attempt to send to unsubscribed recipient"),
    "hangs": (502, 20502, "Bad gateway"),
}


@dataclass(kw_only=True)
class TwilioStandIn(Provider):
    """token: of the account. callbacks: where it was asked to tell what became of a message."""

    sid: str
    token: str
    callbacks: list[str] = field(default_factory=list)

    async def _send(self, request: Request) -> Response:
        login = b64encode(f"{self.sid}:{self.token}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return _error(401, 20003, "Authenticate")
        if request.path_params["account"] != self.sid:
            return _error(404, 20404, "The requested resource was not found")
        form = dict(parse_qsl((await request.body()).decode()))
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return _error(400, 21603, "A 'From' phone number is required.")
        if not form["To"].rpartition(":")[2].removeprefix("+").isdecimal():
            return _error(400, 21211, "Invalid 'To' Phone Number")
        mood = self.mood()
        if mood in _ERRORS:
            return await self.answer(mood, _error(*_ERRORS[mood]))
        if "StatusCallback" in form:
            self.callbacks.append(form["StatusCallback"])
        self.delivered.append((int(form["To"].rpartition(":")[2]), form["Body"]))
        message = {
            "sid": f"SM{len(self.delivered):032x}",
            "account_sid": self.sid,
            "status": "queued" if form.get("From") else "accepted",
            "to": form["To"],
            "from": form.get("From"),
            "body": form["Body"],
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
        }
        return await self.answer(mood, JSONResponse(message, status_code=201))

    def app(self) -> Starlette:
        path = "/2010-04-01/Accounts/{account}/Messages.json"
        return Starlette(routes=[Route(path, self._send, methods=["POST"])])


@asynccontextmanager
async def running_twilio(sid: str, token: str) -> AsyncIterator[TwilioStandIn]:
    stand_in = TwilioStandIn(sid=sid, token=token)
    async with serving(stand_in):
        yield stand_in


def _error(status: int, code: int, says: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": says, "more_info": more, "status": status}
    return JSONResponse(body, status_code=status)
