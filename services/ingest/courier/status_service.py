"""Kafka in, for what providers said.

Reads ProviderStatus of `support.delivery.v1`, which our doors write; writes `statuses`, publishes
DeliveryReported to the same topic. Delivery: at least once. A group of its own: what is said of a
message need not come to the courier that sent it.
"""

from collections.abc import Mapping
from typing import Final

from services.ingest.courier.statuses import GROUP, Heard, StatusInbox
from shared.contracts.provider_status_v1 import ProviderStatus
from shared.messaging.batches import BatchService
from shared.messaging.subscription import Source
from shared.runtime.clock import Clock
from shared.runtime.lag import LagGauge
from shared.runtime.metrics import DEAD_LETTERS, PROVIDER_STATUSES, Metrics

TOPIC: Final = ProviderStatus.TOPIC


class StatusObserver:
    """Counts what came of batches."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics: Final = metrics
        self._lag: Final = LagGauge(metrics, group=GROUP)

    def handled(self, outcome: Heard) -> None:
        for (channel, fate), count in outcome.counts.items():
            self._metrics[PROVIDER_STATUSES].labels(channel=channel, outcome=fate).inc(count)
        for reason, count in outcome.refused.items():
            self._metrics[DEAD_LETTERS].labels(topic=TOPIC, reason=reason).inc(count)

    def batch(self, *, seconds: float) -> None:
        """Its lag tells enough."""

    def lag(self, lags: Mapping[tuple[str, int], int]) -> None:
        self._lag.tell(lags)


class StatusService(BatchService[Heard]):
    """Feeds an inbox of statuses from Kafka."""

    def __init__(
        self, source: Source, *, inbox: StatusInbox, metrics: Metrics, clock: Clock
    ) -> None:
        super().__init__(
            source,
            topics=(TOPIC,),
            group=GROUP,
            handle=inbox.take_in,
            set_aside=inbox.set_aside,
            publisher=inbox.publisher,
            observer=StatusObserver(metrics),
            clock=clock,
        )
