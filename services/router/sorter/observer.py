"""The sorter's metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.router.sorter.handler import SortOutcome
from services.router.sorter.refusing import GROUP
from shared.contracts.inbound import InboundEvent
from shared.runtime.metrics import (
    CONSUMER_LAG,
    DEAD_LETTERS,
    SORTER_BATCH,
    SORTER_SECONDS,
    UNMASKED,
    Metrics,
)

_TOPIC: Final = InboundEvent.TOPIC


@dataclass(frozen=True, slots=True)
class Observer:
    """Counts what came of batches."""

    metrics: Metrics

    def sorted(self, outcome: SortOutcome) -> None:
        for slug, count in outcome.refused.items():
            self.metrics[DEAD_LETTERS].labels(topic=_TOPIC, reason=slug).inc(count)
        for producer, count in outcome.unmasked.items():
            self.metrics[UNMASKED].labels(producer=producer).inc(count)

    def batch(self, *, records: int, seconds: float) -> None:
        self.metrics[SORTER_BATCH].observe(records)
        self.metrics[SORTER_SECONDS].observe(seconds)

    def lag(self, lags: Mapping[int, int]) -> None:
        gauge = self.metrics[CONSUMER_LAG]
        for partition, records in lags.items():
            gauge.labels(group=GROUP, topic=_TOPIC, partition=str(partition)).set(records)
