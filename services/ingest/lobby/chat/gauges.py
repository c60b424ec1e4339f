"""The chat's numbers, in the terms of the metric catalogue."""

from typing import Final

from services.ingest.lobby.chat.account import CHANNEL
from services.ingest.lobby.chat.entries import Entry
from services.ingest.lobby.chat.protocol.codes import Close
from shared.runtime.metrics import CHAT_ENDED, CHAT_ENTRIES, CHAT_SOCKETS, MESSAGES, Metrics

REASONS: Final = {
    Close.RESTARTING: "shutdown",
    Close.TRY_AGAIN: "overload",
    Close.NO_SESSION: "auth",
    Close.NO_CUSTOMER: "auth",
    Close.SILENT: "silent",
    Close.REPLACED: "replaced",
    Close.TOO_MANY_MESSAGES: "too_many_messages",
}


class Gauges:
    """Counts sockets, entries and messages."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics: Final = metrics

    def opened(self) -> None:
        """A handshake succeeded."""
        self._metrics[CHAT_SOCKETS].inc()

    def closed(self, code: Close | None) -> None:
        """A connection ended: by us, with a code, or by the client."""
        self._metrics[CHAT_SOCKETS].dec()
        if code is not None:
            self._metrics[CHAT_ENDED].labels(reason=REASONS[code]).inc()

    def turned_away(self) -> None:
        """A handshake was answered 403."""
        self._metrics[CHAT_ENDED].labels(reason="forbidden").inc()

    def pushed(self, entry: Entry, sockets: int) -> None:
        """An entry was news to that many sockets."""
        self._metrics[CHAT_ENTRIES].labels(by=entry.by).inc(sockets)

    def message(self, outcome: str) -> None:
        """A customer said something."""
        self._metrics[MESSAGES].labels(channel=CHANNEL, outcome=outcome).inc()
