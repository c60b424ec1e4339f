"""The recorder's metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.router.recorder.handler import GROUP, Recorded
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.runtime.metrics import (
    CONSUMER_LAG,
    DEAD_LETTERS,
    RECORDED,
    RECORDER_SECONDS,
    Metrics,
)

TOPIC: Final = TicketChanged.TOPIC


@dataclass(frozen=True, slots=True)
class Observer:
    """Counts what came of batches."""

    metrics: Metrics

    def recorded(self, outcome: Recorded) -> None:
        for name, count in outcome.counts.items():
            self.metrics[RECORDED].labels(outcome=name).inc(count)
        for reason, count in outcome.refused.items():
            self.metrics[DEAD_LETTERS].labels(topic=TOPIC, reason=reason).inc(count)

    def batch(self, *, seconds: float) -> None:
        self.metrics[RECORDER_SECONDS].observe(seconds)

    def lag(self, lags: Mapping[int, int]) -> None:
        gauge = self.metrics[CONSUMER_LAG]
        for partition, records in lags.items():
            gauge.labels(group=GROUP, topic=TOPIC, partition=str(partition)).set(records)
