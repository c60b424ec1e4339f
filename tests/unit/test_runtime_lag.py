"""A consumer's lag is told by whoever has the partition, and by nobody else."""

import pytest

from services.router.recorder.observer import Observer as RecorderObserver
from services.router.sorter.observer import Observer as SorterObserver
from shared.runtime.metrics import Metrics


@pytest.mark.parametrize(
    ("observer", "group", "topic"),
    [
        (SorterObserver, "sorter", "support.inbound.v1"),
        (RecorderObserver, "recorder", "support.events.v1"),
    ],
)
def test_a_partition_that_went_elsewhere_is_not_told_of_any_more(
    observer: type[SorterObserver] | type[RecorderObserver], group: str, topic: str
) -> None:
    metrics = Metrics()
    telling = observer(metrics)
    telling.lag({0: 5, 1: 2})
    telling.lag({1: 3})

    def lag(partition: int) -> float | None:
        labels = {"group": group, "topic": topic, "partition": str(partition)}
        return metrics.registry.get_sample_value("croupier_consumer_lag_records", labels)

    assert (lag(0), lag(1)) == (None, 3)
