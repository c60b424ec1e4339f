"""The customers' door: one WebSocket, `/v1/chat/{account}`.

Five tasks serve a connection: one reads and never waits for anything else (else the heartbeat
would starve while the broker is away), one answers, one writes, one watches for silence, one waits
to be closed. The first to end ends them all.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from services.ingest.errors import Unavailable
from services.ingest.lobby.chat.connection import Closed, Closing, Connection
from services.ingest.lobby.chat.gauges import Gauges
from services.ingest.lobby.chat.protocol.codes import Close
from services.ingest.lobby.chat.session import Services, Session, first_hello
from services.ingest.lobby.chat.tokens import Refused
from shared.runtime.cancelling import cancel
from shared.runtime.logging import get_logger
from shared.runtime.pace import Pace
from shared.runtime.websocket import ABORT

HELLO_SECONDS: Final = 10.0
SILENT_HEARTBEATS: Final = 3
UNANSWERED: Final = 32
"""Messages of one client that wait for their turn; more are refused at once."""

_CLOSE_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many may be here. per_address: 0 is no limit."""

    most: int
    per_address: int
    accounts: Counter[str] = field(default_factory=Counter)
    addresses: Counter[str] = field(default_factory=Counter)

    def admits(self, account: str, address: str, *, most_of_account: int | None) -> bool:
        """Whether there is room for one more."""
        return (
            self.accounts.total() < self.most
            and (most_of_account is None or self.accounts[account] < most_of_account)
            and (not self.per_address or self.addresses[address] < self.per_address)
        )

    def enter(self, account: str, address: str) -> None:
        self.accounts[account] += 1
        self.addresses[address] += 1

    def leave(self, account: str, address: str) -> None:
        self.accounts[account] -= 1
        self.addresses[address] -= 1
        if not self.addresses[address]:
            del self.addresses[address]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Serves customers' sockets.

    proxies: how many of ours a connection passes: so far from its right end X-Forwarded-For is to
        be believed.
    """

    services: Services
    crowd: Crowd
    gauges: Gauges
    proxies: int = 0
    hello_seconds: float = HELLO_SECONDS

    async def serve(self, websocket: WebSocket, account: str) -> None:
        """One connection, from handshake to end."""
        known = self.services.accounts.get(account)
        origin = websocket.headers.get("origin")
        if known is None or (origin is not None and origin not in known.origins):
            self.gauges.turned_away()
            await websocket.close()  # before accepting: the handshake answers 403
            return
        await websocket.accept()
        address = self._address(websocket)
        room = self.crowd.admits(account, address, most_of_account=known.max_sockets)
        self.crowd.enter(account, address)
        self.gauges.opened()
        closing: Closing | None = None
        try:
            full = Closing(Close.TRY_AGAIN, "this instance is full")
            closing = await self._serve(websocket, account) if room else full
            if closing is not None:
                await _close(websocket, closing)
        except WebSocketDisconnect:
            pass  # it left while we were talking: as good an end as any
        finally:
            self.crowd.leave(account, address)
            self.gauges.closed(closing.code if closing else None)

    def _address(self, websocket: WebSocket) -> str:
        peer = websocket.client.host if websocket.client is not None else ""
        if not self.proxies:
            return peer
        passed = ",".join(websocket.headers.getlist("x-forwarded-for")).split(",")
        return passed[-self.proxies].strip() if len(passed) >= self.proxies else peer

    async def _serve(self, websocket: WebSocket, account: str) -> Closing | None:
        """Until it ends; how, when from our side."""
        try:
            async with asyncio.timeout(self.hello_seconds):
                hello = first_hello(await _receive(websocket))
            connection = self.services.connection(account, hello)
            session = Session(connection, self.services)
            session.greet()
        except TimeoutError:
            return Closing(Close.SILENT, f"no hello within {self.hello_seconds:g} s")
        except Refused as error:
            return Closing(error.code, str(error))
        except Unavailable as error:
            return Closing(Close.TRY_AGAIN, str(error))
        log = get_logger(account=account, connection=connection.number)
        log.debug("chat.opened")
        try:
            await self._converse(websocket, connection, session, since=hello.since)
        finally:
            session.leave()
            log.debug("chat.closed", code=connection.closing and connection.closing.code)
        return connection.closing

    async def _converse(
        self, websocket: WebSocket, connection: Connection, session: Session, *, since: str | None
    ) -> None:
        inbox: asyncio.Queue[str | bytes] = asyncio.Queue(UNANSWERED)
        heard = _Heard(self.services.clock.monotonic())
        tasks = [
            asyncio.create_task(work)
            for work in (
                self._read(websocket, connection, session, inbox, heard),
                _answer(session, inbox, since=since),
                _write(websocket, connection),
                self._watch(connection, heard),
                connection.wait_closed(),
            )
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancel(tasks)
            results = await asyncio.gather(*tasks, return_exceptions=True)
        _raise_unexpected(results)

    async def _read(
        self,
        websocket: WebSocket,
        connection: Connection,
        session: Session,
        inbox: "asyncio.Queue[str | bytes]",
        heard: "_Heard",
    ) -> None:
        clock = self.services.clock
        pace = Pace(per_minute=self.services.messages_per_minute, now=clock.monotonic())
        while True:
            text = await _receive(websocket)
            heard.at = clock.monotonic()
            if not pace.take(heard.at):
                if pace.abusive:
                    connection.close(Close.TOO_MANY_MESSAGES, "too many messages")
                    return
                session.refuse(text, reason="too_many_messages", retry_after=pace.wait_seconds)
            elif inbox.full():
                session.refuse(text, reason="busy", retry_after=_RETRY_SECONDS)
            else:
                inbox.put_nowait(text)

    async def _watch(self, connection: Connection, heard: "_Heard") -> None:
        """A page that is frozen, or gone without a word, says nothing any more."""
        clock = self.services.clock
        patience = SILENT_HEARTBEATS * self.services.heartbeat_seconds
        while (left := heard.at + patience - clock.monotonic()) > 0:
            await clock.sleep(left)
        connection.close(Close.SILENT, f"nothing was heard for {patience:g} s")


@dataclass(slots=True)
class _Heard:
    """When the client last said anything; monotonic seconds."""

    at: float


async def _answer(
    session: Session, inbox: "asyncio.Queue[str | bytes]", *, since: str | None
) -> None:
    await session.catch_up(since)
    while True:
        await session.hear(await inbox.get())


async def _receive(websocket: WebSocket) -> str | bytes:
    """The next message. Raises WebSocketDisconnect."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text: str | None = message.get("text")
    raw: bytes = message.get("bytes") or b""
    return raw if text is None else text


async def _write(websocket: WebSocket, connection: Connection) -> None:
    while True:
        await websocket.send_text(await connection.next())


async def _close(websocket: WebSocket, closing: Closing) -> None:
    """Say goodbye; cut the line when the client does not even take that."""
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await websocket.close(closing.code, closing.reason[:120])
    except TimeoutError:
        abort: Callable[[], Any] | None = websocket.scope.get("extensions", {}).get(ABORT)
        if abort is not None:
            abort()


def _raise_unexpected(results: list[Any]) -> None:
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, Closed | WebSocketDisconnect):
            raise result
