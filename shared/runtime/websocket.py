"""uvicorn's WebSocket protocol, with a way to give a stuck client up."""

from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

ABORT: Final = "croupier.abort"
"""Where an ASGI scope's `extensions` have the function that cuts the connection."""


class AbortableWebSocket(WebSocketsSansIOProtocol):
    """Offers the app its transport's `abort`.

    A client that stopped reading never takes the close frame either: closing would wait for its
    buffer to drain, and the connection would stay for as long as the client likes.
    """

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        scope: dict[str, Any] = getattr(self, "scope", {})  # absent when the handshake failed
        scope.setdefault("extensions", {})[ABORT] = self.transport.abort
