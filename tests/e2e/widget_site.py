"""A site with the widget on it, and a lobby that a test leads by the hand: docs/chat.md in
memory."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

SCRIPT: Final = Path("services/ingest/lobby/widget/dist/widget.js")
BEGAN: Final = datetime(2026, 11, 24, 10, tzinfo=UTC)
WAIT: Final = 30.0
"""Seconds: many times what a busy machine needs."""


@dataclass(frozen=True)
class PageServed:
    body: str
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """Pages and a lobby at one address, which can go away and come back.

    heard: all that customers said, in its order. entries: of each session, by its token.
    """

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.entries: dict[str, list[dict[str, Any]]] = {}
        self.pages: dict[str, PageServed] = {}
        self.acks = True
        self.connected: dict[ServerConnection, str] = {}
        self._changed: Final = asyncio.Condition()
        self._server: Server | None = None
        self._port = 0
        self._said = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """At the same address as before."""
        self._server = await serve(
            self._customer, "127.0.0.1", self._port, process_request=self._request
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self, code: int = 1012) -> None:
        """Nobody is let in any more, and those inside are told why."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close(close_connections=False)
        await self.send_away(code)
        await server.wait_closed()

    async def send_away(self, code: int) -> None:
        await asyncio.gather(*(socket.close(code) for socket in tuple(self.connected)))

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT), self._changed:
            await self._changed.wait_for(true)

    async def said(self, type: str, count: int = 1) -> list[dict[str, Any]]:
        """What customers said of that type, once it is so many."""
        await self.until(lambda: len(self._of(type)) >= count)
        return self._of(type)

    async def caught_up(self, count: int = 1) -> None:
        """So many windows are connected."""
        await self.until(lambda: len(self.connected) >= count)

    async def tell(self, **message: object) -> None:
        """To everybody who is there."""
        await asyncio.gather(
            *(_send(socket, **message) for socket in tuple(self.connected)), return_exceptions=True
        )

    async def reply(self, text: str, by: str = "agent", **more: object) -> str:
        """The agent writes, in every session."""
        entry = self._entry(f"r-{self._said}", by, text, **more)
        for entries in self.entries.values():
            entries.append(entry)
        await self.tell(type="entry", entry=entry)
        return str(entry["id"])

    def _of(self, type: str) -> list[dict[str, Any]]:
        return [each for each in self.heard if each["type"] == type]

    def _entry(self, id: str, by: str, text: str, **more: object) -> dict[str, Any]:
        self._said += 1
        at = BEGAN + timedelta(seconds=self._said)
        cursor = f"{at.timestamp():.6f}"
        return {"id": id, "by": by, "text": text, "at": at.isoformat(), "cursor": cursor, **more}

    async def _customer(self, socket: ServerConnection) -> None:
        try:
            async for frame in socket:
                message = json.loads(frame)
                self.heard.append(message)
                await self._answer(socket, message)
                await self._notify()
        except ConnectionClosed:
            pass
        finally:
            self.connected.pop(socket, None)
            await self._notify()

    async def _answer(self, socket: ServerConnection, message: dict[str, Any]) -> None:
        match message["type"]:
            case "hello":
                await self._welcome(socket, message)
            case "ping":
                await _send(socket, type="pong")
            case "message" | "rate" | "leave":
                await self._take(self.connected[socket], message)
                if self.acks:
                    await _send(socket, type="ack", id=message["id"])

    async def _welcome(self, socket: ServerConnection, hello: dict[str, Any]) -> None:
        again = socket in self.connected
        token = self.connected.get(socket) or hello.get("token") or f"t-{len(self.entries) + 1}"
        if "token" in hello and token not in self.entries:
            await socket.close(4401)
            return
        entries = self.entries.setdefault(token, [])
        now = datetime.now(UTC)
        vouched = {"logged_in_seconds": 900}
        await _send(
            socket,
            type="welcome",
            token=token,
            expires_at=(now + timedelta(days=30)).isoformat(),
            lang=hello.get("lang", "en"),
            heartbeat_seconds=25,
            logged_in="customer_token" in hello,
            limits={"text": 10_000, "messages_per_minute": 120},
            **(vouched if "customer_token" in hello else {}),
        )
        if again:
            return
        since = float(hello.get("since", "0"))
        for entry in entries:
            if float(entry["cursor"]) >= since - 5:  # what is around it is told again
                await _send(socket, type="entry", entry=entry)
        self.connected[socket] = token
        await _send(socket, type="caught_up")

    async def _take(self, token: str, message: dict[str, Any]) -> None:
        """Once, however often it is said."""
        entries = self.entries[token]
        if message["type"] != "message" or any(each["id"] == message["id"] for each in entries):
            return
        entry = self._entry(message["id"], "you", message["text"])
        entries.append(entry)
        if self.acks:
            for socket, theirs in tuple(self.connected.items()):
                if theirs == token:
                    await _send(socket, type="entry", entry=entry)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _request(self, _: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path == "/v1/chat/website":
            return None
        if path == "/chat/widget.js":
            return _found(SCRIPT.read_bytes(), {"Content-Type": "text/javascript"})
        page = self.pages.get(path)
        if page is None:
            return Response(404, "Not Found", Headers({"Content-Length": "0"}), b"")
        return _found(
            page.body.encode(), {"Content-Type": "text/html; charset=utf-8"} | page.headers
        )


def a_page(*, lang: str = "en", script: str = "", head: str = "", body: str = "") -> str:
    """script: attributes of the widget's tag."""
    return f"""<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A site</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">{head}
<script src="/chat/widget.js" data-account="website" {script} defer></script></head>
<body><main><h1>A site</h1><p>Its own words.</p></main>{body}</body></html>"""


def _found(body: bytes, headers: dict[str, str]) -> Response:
    length = {"Content-Length": str(len(body)), "Connection": "close"}
    return Response(200, "OK", Headers(headers | length), body)


async def _send(socket: ServerConnection, **message: object) -> None:
    await socket.send(json.dumps(message))
