"""Listens for SMTP in the loop of the service, and stops without breaking off an answer."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self

from aiosmtpd.smtp import SMTP, syntax

from services.ingest.smtp import MailDoor

MAX_MAIL_BYTES: Final = 35 * 1024 * 1024

_IDLE_SECONDS: Final = 120.0


class SmtpServer:
    """`async with SmtpServer(door, host=…, port=…):` listens until the block ends.

    On leaving it stops listening, lets mails on the wire finish for `grace` seconds, then hangs up:
    an unfinished mail has no 250, so its sender keeps it. Port 0 takes a free one.
    """

    def __init__(
        self,
        door: MailDoor,
        *,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
        grace: float = 5.0,
    ) -> None:
        self._door: Final = door
        self._where: Final = (host, port)
        self._tls: Final = tls
        self._grace: Final = grace
        self._sessions: Final[set[_Session]] = set()
        self._mails = 0
        self._idle: Final = asyncio.Event()
        self._idle.set()
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port it listens on. Only inside the block."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        host, port = self._where
        self._server = await loop.create_server(lambda: _Session(self), host, port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        try:
            async with asyncio.timeout(self._grace):
                await self._idle.wait()
        except TimeoutError:
            pass  # those mails have no 250
        for session in tuple(self._sessions):
            session.hang_up()
        await self._server.wait_closed()

    @contextmanager
    def _mail(self) -> Iterator[None]:
        """A mail from DATA to the answer."""
        self._mails += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._mails -= 1
            if self._mails == 0:
                self._idle.set()


class _Session(SMTP):
    # Some senders write a whole HTML body in one line; the RFC's limit would bounce their mail.
    line_length_limit = 64 * 1024

    def __init__(self, server: SmtpServer) -> None:
        super().__init__(
            server._door,
            data_size_limit=MAX_MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="croupier",
            ident="ESMTP",
            tls_context=server._tls,
            timeout=_IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self._of: Final = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._of._sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._of._sessions.discard(self)
        super().connection_lost(error)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        with self._of._mail():
            await super().smtp_DATA(arg)

    def hang_up(self) -> None:
        """Close after what is written already, such as a 250."""
        transport: Any = self.transport
        if transport is not None:
            transport.close()
