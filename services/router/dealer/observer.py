"""What operators see of a dealer. Never decides anything."""

import re
from collections.abc import Mapping
from functools import cache

import structlog

from services.router.dealer.outbox import Outbox
from services.router.dealer.turn import GROUP
from services.router.domain.clocks import MISSED
from services.router.domain.effects import TicketStepped, Timing
from services.router.domain.protection import NOBODY_READY, NOT_TAKEN
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.writing import AGENT_SILENT
from shared.messaging.deadletter import REASON
from shared.runtime import metrics
from shared.runtime.lag import LagGauge
from shared.runtime.metrics import Metrics

log = structlog.get_logger()

_OFFER_ENDS = frozenset(
    {"accepted", "declined", "offer_expired", "agent_gone", "agent_away", "abandoned", "merged"}
)

_STRUCK = {"clock_warned": "warned", "clock_missed": "missed"}
_PAGES = {
    **{f"paged_{reason}": reason for reason in (NOBODY_READY, NOT_TAKEN, "escalated")},
    "lead_told": AGENT_SILENT,
}


# a place in a list, as in `data.agents.4711`: a label must not count
_INDEX = re.compile(r"\.\d+")


class Observer:
    """Turns what a dealer did into metrics and log lines."""

    def __init__(self, counters: Metrics) -> None:
        self._metrics = counters
        self._lag = LagGauge(counters, group=GROUP)
        # a labelled metric is looked up for every ticket: remembered, it costs a third
        self._waited = cache(counters[metrics.WAITED].labels)
        self._to_card = cache(counters[metrics.MESSAGE_TO_CARD].labels)
        self._offers = cache(counters[metrics.OFFERS].labels)

    def taken_over(self, *, shard: int, epoch: int, seconds: float) -> None:
        self._metrics[metrics.TAKEOVERS].inc()
        self._metrics[metrics.TAKEOVER_SECONDS].observe(seconds)
        # the last such line of a shard, over all processes, names its owner
        log.info("dealer.shard_taken_over", shard=shard, epoch=epoch, seconds=round(seconds, 3))

    def fence_lost(self, *, shard: int) -> None:
        self._metrics[metrics.LOST_FENCES].inc()
        log.warning("dealer.fence_lost", shard=shard)

    def owned(self, shards: int) -> None:
        self._metrics[metrics.OWNED_SHARDS].set(shards)

    def out_of_range(self, *, shard: int, topic: str, stored: int, start: int) -> None:
        """Records may be gone from the log unread: somebody has to look."""
        self._metrics[metrics.OUT_OF_RANGE].labels(topic=topic).inc()
        log.error("dealer.offset_outside_log", shard=shard, topic=topic, stored=stored, start=start)

    def lag(self, lags: Mapping[tuple[str, int], int]) -> None:
        """(topic, partition) -> records not yet applied."""
        self._lag.tell(lags)

    def committed(self, seconds: float) -> None:
        self._metrics[metrics.DEALER_COMMIT].observe(seconds)

    def turned(self, *, records: int, outbox: Outbox) -> None:
        self._metrics[metrics.DEALER_BATCH].observe(records)
        for desk, step in outbox.steps():
            self._stepped(desk, step, opened=outbox.opened(step.ticket.id))
        for record in outbox.records():
            if record.topic.endswith(".dlq"):
                self._set_aside(record.topic, dict(record.headers).get(REASON, b"").decode())

    def _stepped(self, desk: str, step: TicketStepped, *, opened: bool) -> None:
        ticket = step.ticket
        if step.before is TicketState.OFFERED and step.on in _OFFER_ENDS:
            self._offers(desk, step.on).inc()
        if step.on in {"dealt", "abandoned"}:
            waited = max(0.0, step.at - ticket.queued_at)
            self._waited(desk, ticket.requirement.queue).observe(waited)
            if step.on == "dealt" and opened and not ticket.tasks.parent:
                self._to_card(desk).observe(waited)

        if step.score is not None:
            where = (desk, ticket.requirement.queue, ticket.requirement.channel)
            self._metrics[metrics.RATINGS].labels(*where, str(step.score)).inc()
        if step.timing is not None:
            self._timed(desk, step, step.timing)
        if step.on == "closed":
            self._closed(desk, ticket)
        if step.on in _PAGES:
            self._paged(desk, ticket, _PAGES[step.on])

    def _timed(self, desk: str, step: TicketStepped, timing: Timing) -> None:
        if step.on == "replied":
            which = "first" if timing.first else "next"
            outcome = "in_time" if step.at <= timing.due_at else "late"
            queue = step.ticket.requirement.queue
            self._metrics[metrics.REPLIES].labels(desk, queue, which, outcome).inc()
        elif step.on in _STRUCK:
            self._metrics[metrics.CLOCKS].labels(desk, timing.clock, _STRUCK[step.on]).inc()
            if timing.statutory:
                self._paged(desk, step.ticket, step.on)

    def _closed(self, desk: str, ticket: Ticket) -> None:
        for clock in ticket.clocks:
            if clock.told != MISSED and not clock.of:
                self._metrics[metrics.CLOCKS].labels(desk, clock.name, "met").inc()

    def _paged(self, desk: str, ticket: Ticket, reason: str) -> None:
        self._metrics[metrics.PAGES].labels(desk, ticket.requirement.queue, reason).inc()
        log.error("dealer.on_call_paged", desk=desk, ticket=ticket.id, reason=reason)

    def _set_aside(self, topic: str, reason: str) -> None:
        self._metrics[metrics.DEAD_LETTERS].labels(
            topic=topic, reason=_INDEX.sub(".*", reason.partition(":")[0])[:32]
        ).inc()
        log.error("dealer.dead_letter", topic=topic, reason=reason)
