"""What the courier shows of itself."""

from collections.abc import Mapping
from typing import Final

from services.ingest.courier.delivery import (
    Delivery,
    Doubtful,
    Later,
    Otherwise,
    Outcome,
    Refused,
    Sent,
)
from shared.runtime.metrics import (
    BREAKERS_OPEN,
    PROVIDER_CALLS,
    PROVIDER_SECONDS,
    REPLIES_ENDED,
    REPLIES_TAKEN,
    REPLIES_WAITING,
    REPLY_SECONDS,
    Metrics,
)

_NAMES: Final[dict[type, str]] = {
    Sent: "sent",
    Refused: "refused",
    Later: "later",
    Otherwise: "otherwise",
    Doubtful: "doubtful",
}


class Observer:
    def __init__(self, metrics: Metrics) -> None:
        self._metrics: Final = metrics

    def taken_in(self, counts: Mapping[str, int], *, refused: int) -> None:
        for whose, many in {**counts, "refused": refused}.items():
            self._metrics[REPLIES_TAKEN].labels(whose=whose).inc(many)

    def waiting(self, many: int) -> None:
        self._metrics[REPLIES_WAITING].set(many)

    def called(self, delivery: Delivery, outcome: Outcome, *, seconds: float) -> None:
        channel, name = delivery.channel, _NAMES[type(outcome)]
        self._metrics[PROVIDER_CALLS].labels(channel=channel, outcome=name).inc()
        self._metrics[PROVIDER_SECONDS].labels(channel=channel).observe(seconds)

    def ended(self, delivery: Delivery, *, seconds: float) -> None:
        """seconds: since the reply was written."""
        state = delivery.state.value
        self._metrics[REPLIES_ENDED].labels(channel=delivery.channel, outcome=state).inc()
        self._metrics[REPLY_SECONDS].labels(channel=delivery.channel).observe(seconds)

    def breaker(self, account: str, *, is_open: bool) -> None:
        self._metrics[BREAKERS_OPEN].labels(account=account).set(is_open)
