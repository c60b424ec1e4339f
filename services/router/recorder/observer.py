"""The recorder's metrics."""

from collections.abc import Mapping
from typing import Final

from services.router.recorder.handler import GROUP, Recorded
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.runtime.lag import LagGauge
from shared.runtime.metrics import (
    DEAD_LETTERS,
    RECORDED,
    RECORDER_SECONDS,
    Metrics,
)

TOPIC: Final = TicketChanged.TOPIC


class Observer:
    """Counts what came of batches."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics: Final = metrics
        self._lag: Final = LagGauge(metrics, group=GROUP)

    def handled(self, outcome: Recorded) -> None:
        for name, count in outcome.counts.items():
            self.metrics[RECORDED].labels(outcome=name).inc(count)
        for reason, count in outcome.refused.items():
            self.metrics[DEAD_LETTERS].labels(topic=TOPIC, reason=reason).inc(count)

    def batch(self, *, seconds: float) -> None:
        self.metrics[RECORDER_SECONDS].observe(seconds)

    def lag(self, lags: Mapping[tuple[str, int], int]) -> None:
        self._lag.tell(lags)
