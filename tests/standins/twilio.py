"""A Twilio that runs here: `Messages.json` in its wire format, to send and to list."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final
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
    """token: of the account. callbacks: where it was asked to tell what became of a message.
    history: the list of messages. media: those of a message, by its sid. asked: queries of lists.
    by_day: whether it looks at the day alone of `DateSent>`."""

    sid: str
    token: str
    callbacks: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    media: dict[str, list[str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    by_day: bool = False

    @property
    def _home(self) -> str:
        return f"/2010-04-01/Accounts/{self.sid}"

    def lists(
        self, sid: str, at: datetime, *, body: str = "", sender: str = "+37061234567", **more: Any
    ) -> dict[str, Any]:
        """An incoming message that it has taken and lists; answered as it is listed."""
        when = format_datetime(at)
        message = {
            "account_sid": self.sid, "api_version": "2010-04-01", "body": body,
            "date_created": when, "date_sent": when, "date_updated": when, "direction": "inbound",
            "error_code": None, "error_message": None, "from": sender,
            "messaging_service_sid": None, "num_media": str(len(self.media.get(sid, ()))),
            "num_segments": "1", "price": None, "price_unit": "USD", "sid": sid,
            "status": "received",
            "subresource_uris": {"media": f"{self._home}/Messages/{sid}/Media.json"},
            "to": "+37052000000", "uri": f"{self._home}/Messages/{sid}.json", **more,
        }  # fmt: skip
        self.history.append(message)
        return message

    def _refused(self, request: Request) -> Response | None:
        login = b64encode(f"{self.sid}:{self.token}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return _error(401, 20003, "Authenticate")
        if request.path_params["account"] != self.sid:
            return _error(404, 20404, "The requested resource was not found")
        return None

    async def _list(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        mood = self.mood()
        if mood in _ERRORS:
            return await self.answer(mood, _error(*_ERRORS[mood]))
        query = dict(request.query_params)
        self.asked.append(query)
        since = datetime.fromisoformat(query["DateSent>"])
        if self.by_day:
            since = since.replace(hour=0, minute=0, second=0)
        newest_first = sorted(
            (each for each in self.history if _sent(each) >= since), key=_sent, reverse=True
        )
        size, page = int(query["PageSize"]), int(query.get("Page", "0"))
        shown = newest_first[page * size : (page + 1) * size]
        more = (page + 1) * size < len(newest_first)
        uri = f"{self._home}/Messages.json?DateSent%3E={query['DateSent>']}&PageSize={size}&Page="
        answer = {
            "end": page * size + len(shown) - 1, "first_page_uri": f"{uri}0", "messages": shown,
            "next_page_uri": f"{uri}{page + 1}&PageToken=PA{page}" if more else None,
            "page": page, "page_size": size,
            "previous_page_uri": f"{uri}{page - 1}" if page else None, "start": page * size,
            "uri": f"{uri}{page}",
        }  # fmt: skip
        return await self.answer(mood, JSONResponse(answer))

    async def _media(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        sid = request.path_params["message"]
        media = [
            {
                "account_sid": self.sid,
                "content_type": kind,
                "parent_sid": sid,
                "sid": f"ME{number:032x}",
                "uri": f"{self._home}/Messages/{sid}/Media/ME{number:032x}.json",
            }
            for number, kind in enumerate(self.media.get(sid, ()))
        ]
        return JSONResponse({"media_list": media, "next_page_uri": None, "page": 0})

    async def _send(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
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
        path = "/2010-04-01/Accounts/{account}/Messages"
        return Starlette(
            routes=[
                Route(f"{path}.json", self._send, methods=["POST"]),
                Route(f"{path}.json", self._list, methods=["GET"]),
                Route(f"{path}/{{message}}/Media.json", self._media, methods=["GET"]),
            ]
        )


@asynccontextmanager
async def running_twilio(sid: str, token: str) -> AsyncIterator[TwilioStandIn]:
    stand_in = TwilioStandIn(sid=sid, token=token)
    async with serving(stand_in):
        yield stand_in


def _sent(message: dict[str, Any]) -> datetime:
    return parsedate_to_datetime(message["date_sent"])


def _error(status: int, code: int, says: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": says, "more_info": more, "status": status}
    return JSONResponse(body, status_code=status)
