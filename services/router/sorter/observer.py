"""The sorter's metrics."""

from collections.abc import Mapping
from typing import Final

from services.router.sorter.handler import SortOutcome
from services.router.sorter.refusing import GROUP
from shared.contracts.inbound import InboundEvent
from shared.runtime.lag import LagGauge
from shared.runtime.metrics import (
    DEAD_LETTERS,
    SORTER_BATCH,
    SORTER_SECONDS,
    UNMASKED,
    Metrics,
)

_TOPIC: Final = InboundEvent.TOPIC


class Observer:
    """Counts what came of batches."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics: Final = metrics
        self._lag: Final = LagGauge(metrics, group=GROUP)

    def sorted(self, outcome: SortOutcome) -> None:
        for slug, count in outcome.refused.items():
            self.metrics[DEAD_LETTERS].labels(topic=_TOPIC, reason=slug).inc(count)
        for producer, count in outcome.unmasked.items():
            self.metrics[UNMASKED].labels(producer=producer).inc(count)

    def batch(self, *, records: int, seconds: float) -> None:
        self.metrics[SORTER_BATCH].observe(records)
        self.metrics[SORTER_SECONDS].observe(seconds)

    def lag(self, lags: Mapping[int, int]) -> None:
        """partition -> records not yet dealt with."""
        self._lag.tell({(_TOPIC, partition): records for partition, records in lags.items()})
