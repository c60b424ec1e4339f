"""The agents' door: one WebSocket, `/v1/agent`.

Four tasks serve a connection: one reads and never waits for anything else (else the keep-alive
would starve while the broker is away), one answers, one writes, one watches the token's end. The
first to end ends them all.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from services.notifier.auth import Identity, Refused
from services.notifier.connection import Closed, Closing, Connection
from services.notifier.opening import open_connection
from services.notifier.ports import UnknownAgent
from services.notifier.protocol.codes import Close
from services.notifier.session import Services, Session, identify
from shared.runtime import failpoints
from shared.runtime.cancelling import cancel
from shared.runtime.clock import Clock
from shared.runtime.logging import get_logger
from shared.runtime.pace import Pace
from shared.runtime.websocket import ABORT
from shared.store.errors import Transient

HELLO_SECONDS: Final = 10.0
UNANSWERED: Final = 32
"""Messages of one client that wait for their turn; more are refused at once."""

_CLOSE_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Serves agents' sockets.

    origins: browsers' Origin headers let in. A client that sends none is no browser.
    opened, closed: called per connection; `closed` with the code, None when the client left.
    """

    services: Services
    clock: Clock
    origins: frozenset[str]
    messages_per_minute: int
    max_sockets: int
    hello_seconds: float = HELLO_SECONDS
    opened: Callable[[], object] = lambda: None
    closed: Callable[[Close | None], object] = lambda _code: None

    async def serve(self, websocket: WebSocket) -> None:
        """One connection, from handshake to end."""
        origin = websocket.headers.get("origin")
        if origin is not None and origin not in self.origins:
            await websocket.close()  # before accepting: the handshake answers 403
            return
        await websocket.accept()
        self.opened()
        closing: Closing | None = None
        try:
            closing = await self._serve(websocket)
            if closing is not None:
                await _close(websocket, closing)
        except WebSocketDisconnect:
            pass  # it left while we were talking: as good an end as any
        finally:
            self.closed(closing.code if closing else None)

    async def _serve(self, websocket: WebSocket) -> Closing | None:
        """Until it ends; how, when from our side."""
        if len(self.services.registry) >= self.max_sockets:
            return Closing(Close.TRY_AGAIN, "this instance is full")
        connection = await self._admit(websocket)
        if isinstance(connection, Closing):
            return connection
        log = get_logger(agent=connection.agent, connection=connection.number)
        log.debug("socket.opened", desk=connection.desk)
        try:
            await self._converse(websocket, connection)
        finally:
            self.services.registry.remove(connection)
            code = connection.closing.code if connection.closing else None
            log.debug("socket.closed", code=code)
        return connection.closing

    async def _admit(self, websocket: WebSocket) -> Connection | Closing:
        """A connection for whoever says hello in time."""
        try:
            async with asyncio.timeout(self.hello_seconds):
                identity = identify(await _receive(websocket), self.services.verifier)
            return await self._connection_of(identity)
        except TimeoutError:
            return Closing(Close.NO_HELLO, f"no hello within {self.hello_seconds:g} s")
        except Refused as error:
            return Closing(Close.UNAUTHORIZED, str(error))
        except UnknownAgent:
            return Closing(Close.UNKNOWN_AGENT, "there is no such active agent")
        except Transient:
            return Closing(Close.TRY_AGAIN, "the store does not answer")

    async def _connection_of(self, identity: Identity) -> Connection:
        profile = await self.services.desktops.profile(identity.agent)
        return Connection(agent=identity.agent, desk=profile.desk, expires_at=identity.expires_at)

    async def _converse(self, websocket: WebSocket, connection: Connection) -> None:
        session = Session(connection, self.services)
        inbox: asyncio.Queue[str | bytes] = asyncio.Queue(UNANSWERED)
        session.greet()
        tasks = [
            asyncio.create_task(work)
            for work in (
                self._read(websocket, connection, session, inbox),
                self._answer(connection, session, inbox),
                _write(websocket, connection),
                self._expire(connection),
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
    ) -> None:
        pace = Pace(per_minute=self.messages_per_minute, now=self.clock.monotonic())
        while True:
            text = await _receive(websocket)
            if not pace.take(self.clock.monotonic()):
                if pace.abusive:
                    connection.close(Close.TOO_MANY_MESSAGES, "too many messages")
                    return
                session.refuse(text, reason="too_many_messages", retry_after=pace.wait_seconds)
            elif inbox.full():
                session.refuse(text, reason="busy", retry_after=_RETRY_SECONDS)
            else:
                inbox.put_nowait(text)

    async def _answer(
        self, connection: Connection, session: Session, inbox: "asyncio.Queue[str | bytes]"
    ) -> None:
        services = self.services
        await open_connection(connection, registry=services.registry, desktops=services.desktops)
        while True:
            await session.hear(await inbox.get())

    async def _expire(self, connection: Connection) -> None:
        while (left := connection.expires_at - self.clock.now()) > 0:
            await self.clock.sleep(left)
        connection.close(Close.UNAUTHORIZED, "the token has expired")


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
        text = await connection.next()
        failpoints.hit("notifier.mid_push")
        await websocket.send_text(text)


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
