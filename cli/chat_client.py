"""A client of the customers' socket: connects, stays connected, and keeps the conversation.

    async with ChatClient(url="ws://127.0.0.1:8084/v1/chat/website") as client:
        await client.say("Hello")
        entry = await client.heard(lambda entry: entry["by"] == "agent")

It connects again after any loss, with a random pause that doubles up to 10 s, continues its session
from the last entry it has, says unconfirmed messages again under their ids, and reports each reply
as seen. Command line and tests use it.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import count
from types import TracebackType
from typing import Any, Final, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 10.0

_FORBIDDEN: Final = 403
_NO_SESSION, _NO_CUSTOMER, _REPLACED = 4401, 4403, 4409

Message = dict[str, Any]


class TurnedAway(Exception):
    """The lobby does not want this customer: the text is its reason."""


def _ignore(_: Any) -> None:
    """Nobody listens."""


class ChatClient:
    """One customer, over as many connections as it takes.

    entries: by id, as they were told first. token: of the session; give one to continue it.
    customer_token: gives a token of the site for who is logged in; asked at each connection.
    on_message: hears every message of the lobby.
    """

    def __init__(
        self,
        *,
        url: str,
        token: str | None = None,
        customer_token: Callable[[], str] | None = None,
        lang: str | None = None,
        on_message: Callable[[Message], None] = _ignore,
        rng: random.Random | None = None,
    ) -> None:
        self.entries: Final[dict[str, Message]] = {}
        self.status: Message | None = None
        self.token = token
        self.nacks = 0
        self._url: Final = url
        self._customer_token: Final = customer_token
        self._lang: Final = lang
        self._on_message: Final = on_message
        self._rng: Final = rng or random.Random()  # noqa: S311 - spreads load, hides nothing
        self._run_id: Final = f"{self._rng.getrandbits(48):x}"
        self._numbers: Final = count(1)
        self._unconfirmed: Final[dict[str, tuple[Message, asyncio.Future[Message]]]] = {}
        self._changed: Final = asyncio.Condition()
        self._notices: Final[set[asyncio.Task[Any]]] = set()
        self._outgoing: asyncio.Queue[Message] = asyncio.Queue()
        self._socket: ClientConnection | None = None
        self._running: asyncio.Task[None] | None = None
        self._failures = 0
        self._up = False

    @property
    def connected(self) -> bool:
        """Whether all that was said has been told, and messages go out."""
        return self._up

    async def up_to_date(self) -> None:
        """Until connected, with the history. Raises TurnedAway."""
        await self.until(lambda: self._up)

    async def say(self, text: str) -> Message:
        """Write to the desk; the ack or the error, however many connections it takes."""
        return await self._insist({"type": "message", "text": text})

    async def leave(self) -> Message:
        """Close the conversation."""
        return await self._insist({"type": "leave"})

    def types(self) -> None:
        """Say so, if connected."""
        self._send({"type": "typing"})

    def log_in(self, customer_token: str) -> None:
        """During the session, if connected."""
        self._send({"type": "hello", "customer_token": customer_token})

    async def heard(self, wanted: Callable[[Message], bool]) -> Message:
        """The first entry that is wanted, when it has come. Raises TurnedAway."""
        await self.until(lambda: any(map(wanted, self.entries.values())))
        return next(filter(wanted, self.entries.values()))

    async def stands(self, state: str) -> Message:
        """The status, when the matter is in that state. Raises TurnedAway."""
        await self.until(lambda: self.status is not None and self.status["state"] == state)
        assert self.status is not None
        return self.status

    async def wait(self) -> None:
        """Until the lobby turns the customer away. Raises TurnedAway."""
        assert self._running is not None
        await asyncio.shield(self._running)

    async def drop(self) -> None:
        """Lose the connection, as if the network had: it comes back by itself."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name="chat")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._running is not None
        self._running.cancel()
        with suppress(asyncio.CancelledError, TurnedAway):
            await self._running

    async def until(self, true: Callable[[], bool]) -> None:
        """Until that is true, looked at after each message. Raises TurnedAway."""
        assert self._running is not None
        async with self._changed:
            await self._changed.wait_for(lambda: true() or self._ended())
        if not true():
            self._running.result()

    def _ended(self) -> bool:
        return self._running is not None and self._running.done()

    async def _insist(self, message: Message) -> Message:
        id = f"{self._run_id}-{next(self._numbers)}"
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._unconfirmed[id] = ({**message, "id": id}, answer)
        self._send({**message, "id": id})
        return await answer

    async def _run(self) -> None:
        try:
            while True:
                try:
                    async with connect(self._url, compression=None) as socket:
                        await self._converse(socket)
                except ConnectionClosed as closed:
                    self._judge(closed)
                except InvalidStatus as refused:
                    if refused.response.status_code == _FORBIDDEN:
                        raise TurnedAway("there is no such account, or not for you") from refused
                    self._failures += 1
                except (OSError, TimeoutError, InvalidHandshake):
                    self._failures += 1
                finally:
                    self._socket, self._up = None, False
                await asyncio.sleep(self._pause())
        finally:
            self._note()

    def _pause(self) -> float:
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures, 10))
        return self._rng.uniform(0, longest)

    def _judge(self, closed: ConnectionClosed) -> None:
        code = closed.rcvd.code if closed.rcvd else 1006
        reason = closed.rcvd.reason if closed.rcvd else ""
        if code in (_NO_CUSTOMER, _REPLACED) or (code == _NO_SESSION and self.token is None):
            raise TurnedAway(reason or str(code)) from closed
        if code == _NO_SESSION:
            self.token = None
        self._failures += 1

    async def _converse(self, socket: ClientConnection) -> None:
        await socket.send(orjson.dumps(self._hello()).decode())
        self._socket, self._outgoing = socket, asyncio.Queue()
        helpers = [asyncio.create_task(self._write(socket))]
        try:
            async for text in socket:
                message = orjson.loads(text)
                if message["type"] == "welcome" and len(helpers) == 1:
                    beats = self._beat(message["heartbeat_seconds"])
                    helpers.append(asyncio.create_task(beats))
                self._hear(message)
            # the loop ends in silence when the server closes with 1000 or 1001
            raise ConnectionClosed(socket.protocol.close_rcvd, socket.protocol.close_sent)
        finally:
            for helper in helpers:
                helper.cancel()

    def _hello(self) -> Message:
        newest = max(
            self.entries.values(), key=lambda each: datetime.fromisoformat(each["at"]), default=None
        )
        hello = {
            "type": "hello",
            "token": self.token,
            "customer_token": self._customer_token() if self._customer_token else None,
            "lang": self._lang,
            "since": newest["cursor"] if newest else None,
        }
        return {name: value for name, value in hello.items() if value is not None}

    def _hear(self, message: Message) -> None:
        match message["type"]:
            case "welcome":
                self.token = message["token"]
            case "entry":
                self._take(message["entry"])
            case "caught_up":
                self._up, self._failures = True, 0
                for unconfirmed, _ in tuple(self._unconfirmed.values()):
                    self._send(unconfirmed)
            case "status":
                self.status = message
            case "ack":
                self._settle(message)
            case "error" if "id" in message:
                self._settle(message)
            case "nack":
                self.nacks += 1
                self._later(self._again(message["id"], message["retry_after_seconds"]))
        self._on_message(message)
        self._note()

    def _take(self, entry: Message) -> None:
        self.entries.setdefault(entry["id"], entry)
        if entry["by"] != "you":
            self._outgoing.put_nowait({"type": "got", "entries": [entry["id"]]})

    def _settle(self, answer: Message) -> None:
        _, waiting = self._unconfirmed.pop(answer["id"], (None, None))
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    async def _again(self, id: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if id in self._unconfirmed:
            self._send(self._unconfirmed[id][0])

    def _note(self) -> None:
        self._later(self._notify())

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)

    def _send(self, message: Message) -> None:
        if self._up:
            self._outgoing.put_nowait(message)

    async def _write(self, socket: ClientConnection) -> None:
        outgoing = self._outgoing
        while True:
            await socket.send(orjson.dumps(await outgoing.get()).decode())

    async def _beat(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            self._outgoing.put_nowait({"type": "ping"})
