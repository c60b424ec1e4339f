"""Whether what customers were told of their wait came true."""

from collections import OrderedDict
from typing import Final, NamedTuple

from services.ingest.lobby.status.waits import Wait
from shared.runtime.metrics import WAITS_FORETOLD, WAITS_FORETOLD_RATIO, Metrics

REMEMBERED: Final = 10_000


class _Told(NamedTuple):
    at: float
    wait: Wait


class Accuracy:
    """What was told first of each ticket; what a page shows again a little later would count the
    short waits less and the long ones many times. Times are epoch seconds."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics: Final = metrics
        self._told: Final[OrderedDict[str, _Told]] = OrderedDict()

    def told(self, ticket: str, wait: Wait, *, at: float) -> None:
        if ticket not in self._told:
            self._told[ticket] = _Told(at, wait)
            if len(self._told) > REMEMBERED:
                self._told.popitem(last=False)

    def dealt(self, ticket: str, *, at: float) -> None:
        """Its wait is over."""
        told = self._told.pop(ticket, None)
        if told is None:
            return
        waited = max(0.0, at - told.at)
        outcome = "within"
        if waited < told.wait.least:
            outcome = "sooner"
        elif waited > told.wait.most:
            outcome = "later"
        self._metrics[WAITS_FORETOLD].labels(outcome=outcome).inc()
        if told.wait.likely > 0:
            self._metrics[WAITS_FORETOLD_RATIO].observe(waited / told.wait.likely)

    def over(self, ticket: str) -> None:
        """It ended otherwise."""
        self._told.pop(ticket, None)
