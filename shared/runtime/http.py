"""Serves an ASGI app inside a loop that somebody else runs and whose signals they handle."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, Self

import uvicorn


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the service's lifecycle has them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """`async with HttpServer(app, host=…, port=…) as server:` serves until the block ends.

    Port 0 takes a free one; `address` tells which. On leaving, it stops listening, lets requests
    in flight finish for at most `grace` seconds, then closes. Raises OSError on entering when the
    port is taken. `options` go to uvicorn.Config.
    """

    def __init__(
        self, app: Any, *, host: str, port: int, grace: float = 10.0, **options: Any
    ) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            timeout_graceful_shutdown=round(grace) or 1,
            **options,
        )
        self._server: Final = _Server(config)
        self._where: Final = (host, port)
        self._socket: socket.socket | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port it listens on. Only inside the block."""
        assert self._socket is not None
        host, port = self._socket.getsockname()[:2]
        return host, port

    async def __aenter__(self) -> Self:
        self._socket = _listen(*self._where)
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="http")
        return self

    async def wait(self) -> None:
        """Until the server ends. Raises what ended it."""
        assert self._serving is not None
        await asyncio.shield(self._serving)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._serving is not None
        self._server.should_exit = True
        await self._serving


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        # Listen before the server's task runs: a client may connect as soon as `address` is known.
        listening.listen(2048)
    except OSError:
        listening.close()
        raise
    return listening
