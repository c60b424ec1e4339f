"""How far a consumer is behind, as operators see it."""

from collections.abc import Mapping
from typing import Final

from shared.runtime.metrics import CONSUMER_LAG, Metrics


class LagGauge:
    """Of one group in one process. Whoever else has a partition by now tells of it: no figure of
    ours stays behind."""

    def __init__(self, metrics: Metrics, *, group: str) -> None:
        self._gauge: Final = metrics[CONSUMER_LAG]
        self._group: Final = group
        self._told: set[tuple[str, int]] = set()

    def tell(self, lags: Mapping[tuple[str, int], int]) -> None:
        """(topic, partition) -> records not yet dealt with; all there is to tell now."""
        for topic, partition in self._told - lags.keys():
            self._gauge.remove(self._group, topic, str(partition))
        for (topic, partition), records in lags.items():
            self._gauge.labels(self._group, topic, str(partition)).set(records)
        self._told = set(lags)
