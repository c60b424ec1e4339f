"""A consumer's lag is told by whoever has the partition, and by nobody else."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from services.router.recorder.observer import Observer as RecorderObserver
from services.router.recorder.reply_service import ReplyObserver
from services.router.sorter.observer import Observer as SorterObserver
from shared.runtime.metrics import Metrics


@pytest.mark.parametrize(
    ("observer", "by_topic", "group", "topic"),
    [
        (SorterObserver, False, "sorter", "support.inbound.v1"),
        (RecorderObserver, True, "recorder", "support.events.v1"),
        (ReplyObserver, True, "recorder-replies", "support.delivery.v1"),
    ],
)
def test_a_partition_that_went_elsewhere_is_not_told_of_any_more(
    observer: Callable[[Metrics], Any], by_topic: bool, group: str, topic: str
) -> None:
    metrics = Metrics()
    telling = observer(metrics)

    def tell(lags: Mapping[int, int]) -> None:
        telling.lag({(topic, each): n for each, n in lags.items()} if by_topic else lags)

    def lag(partition: int) -> float | None:
        labels = {"group": group, "topic": topic, "partition": str(partition)}
        return metrics.registry.get_sample_value("croupier_consumer_lag_records", labels)

    tell({0: 5, 1: 2})
    tell({1: 3})
    assert (lag(0), lag(1)) == (None, 3)
