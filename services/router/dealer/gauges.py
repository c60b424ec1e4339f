"""How many tickets wait, for how long, and how many agents have too many: read from the desks every
few seconds."""

from services.router.dealer.supervisor import Supervisor
from services.router.domain.desk import Desk
from shared.runtime import metrics
from shared.runtime.clock import Clock
from shared.runtime.metrics import Metrics

_PERIOD_SECONDS = 5.0


class DepthGauges:
    """Exports what the desks of this process count."""

    def __init__(self, *, supervisor: Supervisor, counters: Metrics, clock: Clock) -> None:
        self._supervisor = supervisor
        self._metrics = counters
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.refresh()
            await self._clock.sleep(_PERIOD_SECONDS)

    def refresh(self) -> None:
        """Desks that went to another process leave no stale figures behind."""
        self._metrics[metrics.TICKETS].clear()
        self._metrics[metrics.OLDEST_WAIT].clear()
        self._metrics[metrics.OVERLOADED].clear()
        for book in self._supervisor.books():
            for name in book.desks():
                self._export(name, book.desk(name))

    def _export(self, name: str, desk: Desk) -> None:
        self._metrics[metrics.OVERLOADED].labels(desk=name).set(len(desk.overloaded()))
        depth = desk.depth()
        for (queue, state), count in depth.counts.items():
            self._metrics[metrics.TICKETS].labels(desk=name, queue=queue, state=state).set(count)
        for queue, since in depth.oldest.items():
            waited = max(0.0, self._clock.now() - since)
            self._metrics[metrics.OLDEST_WAIT].labels(desk=name, queue=queue).set(waited)
