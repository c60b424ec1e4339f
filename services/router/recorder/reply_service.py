"""Kafka in, for what was written to customers.

Reads `support.replies.v1` and `support.delivery.v1`; writes `replies`, publishes to
`support.assignments.v1` what agents are to know of theirs, or a dead letter. Delivery: at least
once. It is on nobody's way: replies go out whether or not it runs.
"""

from collections.abc import Mapping
from typing import Final

from services.router.recorder.replies import GROUP, TOPICS, RepliesKept, ReplyRecorder
from shared.messaging.batches import BatchService
from shared.messaging.subscription import Source
from shared.runtime.clock import Clock
from shared.runtime.lag import LagGauge
from shared.runtime.metrics import DEAD_LETTERS, REPLIES_KEPT, REPLIES_KEPT_SECONDS, Metrics


class ReplyObserver:
    """Counts what came of batches."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics: Final = metrics
        self._lag: Final = LagGauge(metrics, group=GROUP)

    def handled(self, outcome: RepliesKept) -> None:
        for kind, count in outcome.counts.items():
            self._metrics[REPLIES_KEPT].labels(outcome=kind).inc(count)
        for (topic, reason), count in outcome.refused.items():
            self._metrics[DEAD_LETTERS].labels(topic=topic, reason=reason).inc(count)

    def batch(self, *, seconds: float) -> None:
        self._metrics[REPLIES_KEPT_SECONDS].observe(seconds)

    def lag(self, lags: Mapping[tuple[str, int], int]) -> None:
        self._lag.tell(lags)


class ReplyService(BatchService[RepliesKept]):
    """Feeds a recorder of replies from Kafka."""

    def __init__(
        self, source: Source, *, recorder: ReplyRecorder, metrics: Metrics, clock: Clock
    ) -> None:
        super().__init__(
            source,
            topics=TOPICS,
            group=GROUP,
            handle=recorder.record,
            set_aside=recorder.set_aside,
            publisher=recorder.publisher,
            observer=ReplyObserver(metrics),
            clock=clock,
        )
