"""The notifier's numbers, in the terms of the metric catalogue."""

from typing import Final

from services.notifier.protocol.codes import Close
from shared.runtime.metrics import DROPPED, PUSHED, SOCKETS, Metrics

REASONS: Final = {
    Close.RESTARTING: "shutdown",
    Close.TRY_AGAIN: "overflow",
    Close.UNAUTHORIZED: "auth",
    Close.UNKNOWN_AGENT: "auth",
    Close.NO_HELLO: "idle",
    Close.REPLACED: "replaced",
    Close.TOO_MANY_MESSAGES: "overflow",
}


class Gauges:
    """Counts sockets and cards."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics: Final = metrics

    def opened(self) -> None:
        """A handshake succeeded."""
        self.metrics[SOCKETS].inc()

    def closed(self, code: Close | None) -> None:
        """A connection ended: by us, with a code, or by the client."""
        self.metrics[SOCKETS].dec()
        if code is not None:
            self.metrics[DROPPED].labels(reason=REASONS[code]).inc()

    def pushed(self, sockets: int) -> None:
        """A card was news to that many sockets."""
        self.metrics[PUSHED].inc(sockets)
