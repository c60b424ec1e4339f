"""A client of the agents' socket: connects, stays connected, and keeps an AgentDesk up to date.

    async with AgentClient(url=url, agent="lina", token=lambda: token) as client:
        await client.up_to_date()
        await client.commands.carry_out("set_state", state="ready")

It connects again after any loss, with a random pause that doubles up to 10 s (full jitter, so that
a herd spreads), renews its token before it ends, compares each heartbeat's digest with its own and
asks for a snapshot when they differ. Command line, demo, tests and benchmark use it.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from cli.agent_commands import Commands
from cli.agent_desk import AgentDesk, Message, Step

FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 10.0
RENEW_AT: Final = 0.8
"""Of a token's remaining time."""

_FINAL: Final = {4403, 4409}  # a person must look
_UNAUTHORIZED: Final = 4401


class TurnedAway(Exception):
    """The notifier does not want this agent: the text is its reason."""


def _ignore(_: Any) -> None:
    """Nobody listens."""


class AgentClient:
    """One agent, over as many connections as it takes.

    on_message: hears every message of the server, after `desk` took it in.
    on_step: hears each card that came, changed or went, in order: the agent's own log.
    on_connection: hears True when connected and up to date, False when the connection is lost.
    """

    def __init__(
        self,
        *,
        url: str,
        agent: str,
        token: Callable[[], str],
        on_message: Callable[[Message], None] = _ignore,
        on_step: Callable[[Step], None] = _ignore,
        on_connection: Callable[[bool], None] = _ignore,
        rng: random.Random | None = None,
    ) -> None:
        """token: gives a token that is good for a while; asked at each connection and renewal."""
        self.desk: Final = AgentDesk(agent)
        self.commands: Final = Commands(self._say)
        self.resyncs = 0
        self._url: Final = url
        self._token: Final = token
        self._on_message: Final = on_message
        self._on_step: Final = on_step
        self._on_connection: Final = on_connection
        self._rng: Final = rng or random.Random()  # noqa: S311 - spreads load, hides nothing
        self._up: Final = asyncio.Event()
        self._outgoing: Final[asyncio.Queue[Message]] = asyncio.Queue()
        self._socket: ClientConnection | None = None
        self._running: asyncio.Task[None] | None = None
        self._failures = 0
        self._refused = False

    @property
    def connected(self) -> bool:
        """Whether `desk` is what the notifier said last, and commands go out."""
        return self._up.is_set()

    async def up_to_date(self) -> None:
        """Until connected, with a snapshot. Raises TurnedAway."""
        assert self._running is not None
        up = asyncio.create_task(self._up.wait())
        await asyncio.wait({up, self._running}, return_when=asyncio.FIRST_COMPLETED)
        if not up.done():
            up.cancel()
            self._running.result()

    async def wait(self) -> None:
        """Until the notifier turns the agent away. Raises TurnedAway."""
        assert self._running is not None
        await asyncio.shield(self._running)

    def resync(self) -> None:
        """Ask for a snapshot."""
        self.resyncs += 1
        self._say({"type": "resync"})

    def ask(self, ticket: str, *, before: str | None = None, limit: int = 20) -> None:
        """Ask for a page of a conversation; `on_message` hears it."""
        page = {"type": "conversation", "ticket": ticket, "limit": limit}
        self._say(page if before is None else page | {"before": before})

    async def drop(self) -> None:
        """Lose the connection, as if the network had: it comes back by itself."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name=f"agent {self.desk.agent}")
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

    async def _run(self) -> None:
        while True:
            try:
                async with connect(self._url, compression=None) as socket:
                    await self._converse(socket)
            except ConnectionClosed as closed:
                self._judge(closed)
            except (OSError, TimeoutError, InvalidHandshake):
                self._failures += 1
            finally:
                self._lost()
            await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures, 10))
        return self._rng.uniform(0, longest)

    def _judge(self, closed: ConnectionClosed) -> None:
        code = closed.rcvd.code if closed.rcvd else 1006
        reason = closed.rcvd.reason if closed.rcvd else ""
        # a token may have ended on the way; refused twice in a row, it is the wrong one
        if code in _FINAL or (code == _UNAUTHORIZED and self._refused):
            raise TurnedAway(reason or str(code)) from closed
        self._refused = code == _UNAUTHORIZED
        self._failures += 1

    def _lost(self) -> None:
        self._socket = None
        while not self._outgoing.empty():
            self._outgoing.get_nowait()  # commands are repeated after the next snapshot
        if self._up.is_set():
            self._up.clear()
            self._on_connection(False)

    async def _converse(self, socket: ClientConnection) -> None:
        token = self._token()
        await socket.send(_encode({"type": "hello", "token": token}))
        self._socket = socket
        helpers = [asyncio.create_task(self._write(socket))]
        try:
            async for text in socket:
                message = orjson.loads(text)
                if message["type"] == "welcome":
                    helpers.append(asyncio.create_task(self._renew(message, token)))
                self._hear(message)
            # the loop ends in silence when the server closes with 1000 or 1001
            raise ConnectionClosed(socket.protocol.close_rcvd, socket.protocol.close_sent)
        finally:
            for helper in helpers:
                helper.cancel()

    def _hear(self, message: Message) -> None:
        for step in self.desk.apply(message):
            self._on_step(step)
        if message["type"] == "snapshot" and not self._up.is_set():
            self._failures, self._refused = 0, False
            self._up.set()
            self._on_connection(True)
        if message["type"] == "heartbeat" and message["digest"] != self.desk.digest():
            self.resync()
        self.commands.hear(message, self.desk)
        self._on_message(message)

    def _say(self, message: Message) -> None:
        if self._up.is_set():
            self._outgoing.put_nowait(message)

    async def _write(self, socket: ClientConnection) -> None:
        while True:
            await socket.send(_encode(await self._outgoing.get()))

    async def _renew(self, welcome: Message, old: str) -> None:
        """Once, if there is a newer token by then; the welcome to it sees to the next time."""
        ends = datetime.fromisoformat(welcome["expires_at"])
        left = (ends - datetime.now(UTC)).total_seconds()
        await asyncio.sleep(max(0.0, left * RENEW_AT))
        if (token := self._token()) != old:
            self._say({"type": "hello", "token": token})


def _encode(message: Message) -> str:
    return orjson.dumps(message).decode()
