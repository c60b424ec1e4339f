"""Every metric of Croupier: name, kind, labels, buckets, and what it tells an operator.

One `Metrics` belongs to one process and carries all of them; a service uses its own:
`metrics[MESSAGES].labels(channel="mail", outcome="accepted").inc()`. Labels have few values: a
channel, a desk, a topic, never the id of a ticket, a customer, an agent or a message.
`docs/metrics.md` is made from CATALOGUE.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

M = TypeVar("M", Counter, Gauge, Histogram)

_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.08, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_WAITS: Final = (
    1.0,
    5.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    1800.0,
    3600.0,
    14_400.0,
    86_400.0,
)
_SIZES: Final = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Metric(Generic[M]):
    """One row of the catalogue. Units are in the name: `_seconds`, `_total`."""

    name: str
    kind: type[M]
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_declared: list[Metric[Any]] = []


def _declare(metric: Metric[M]) -> Metric[M]:
    _declared.append(metric)
    return metric


def _counter(name: str, meaning: str, *labels: str) -> Metric[Counter]:
    return _declare(Metric(name, Counter, meaning, labels))


def _gauge(name: str, meaning: str, *labels: str) -> Metric[Gauge]:
    return _declare(Metric(name, Gauge, meaning, labels))


def _histogram(
    name: str, meaning: str, *labels: str, buckets: tuple[float, ...] = _FAST
) -> Metric[Histogram]:
    return _declare(Metric(name, Histogram, meaning, labels, buckets))


MESSAGES: Final = _counter(
    "croupier_messages_total",
    "Messages at our doors. outcome: accepted; status (what became of ours); refused (bad input,"
    " the caller's to mend); unauthenticated; ignored (a kind we do not take); greeted (a"
    " handshake); unavailable (answered 503 or 451: the provider sends again).",
    "channel",
    "outcome",
)
INGEST_LAG: Final = _histogram(
    "croupier_provider_to_ack_seconds",
    "From the provider's time of a message to our answer. Seconds mean the provider's queue or"
    " clock; minutes mean that it had to retry us.",
    "channel",
    buckets=(*_FAST, 60.0, 3600.0),
)
OVER_LIMIT: Final = _counter(
    "croupier_over_sender_limit_total",
    "Messages accepted from senders above the per-sender rate. A rise is a flood or a loop of"
    " auto-replies.",
    "channel",
)
MASKED_AT_DOOR: Final = _counter(
    "croupier_masked_cards_total",
    "Card numbers masked at our doors.",
    "channel",
)
SECRETS_UNREADABLE: Final = _gauge(
    "croupier_ingest_secret_files_unreadable",
    "Files with secrets that could not be read a moment ago. Their last value counts for five"
    " minutes; an account without a secret is answered 503.",
)
PUBLISH_FAILURES: Final = _counter(
    "croupier_publish_failures_total",
    "Publications the broker did not confirm in time. The producer is replaced after each.",
    "topic",
)
UNMASKED: Final = _counter(
    "croupier_unmasked_cards_total",
    "Card numbers the sorter found in what a direct producer (channel:account) published. Talk to"
    " the producer: the number is already in the topic.",
    "producer",
)
SORTER_BATCH: Final = _histogram(
    "croupier_sorter_batch_records",
    "Records per batch of the sorter. The largest bucket filling up means it is behind.",
    buckets=_SIZES,
)
SORTER_SECONDS: Final = _histogram(
    "croupier_sorter_batch_seconds",
    "Time of one batch of the sorter, from read to announced.",
)
DEALER_BATCH: Final = _histogram(
    "croupier_dealer_batch_records",
    "Records per turn of a dealer.",
    buckets=_SIZES,
)
DEALER_COMMIT: Final = _histogram(
    "croupier_dealer_commit_seconds",
    "Time of the dealer's transaction. Its p99 is most of an agent's waiting for a card.",
)
TICKETS: Final = _gauge(
    "croupier_tickets",
    "Tickets not closed, by desk, queue and state.",
    "desk",
    "queue",
    "state",
)
OVERLOADED: Final = _gauge(
    "croupier_overloaded_agents",
    "Agents with more in hand than their capacity; nothing is dealt to them.",
    "desk",
)
OLDEST_WAIT: Final = _gauge(
    "croupier_waiting_age_max_seconds",
    "Age of the ticket that has waited longest.",
    "desk",
    "queue",
)
WAITED: Final = _histogram(
    "croupier_waited_seconds",
    "How long tickets had waited when they were dealt or abandoned.",
    "desk",
    "queue",
    buckets=_WAITS,
)
OFFERS: Final = _counter(
    "croupier_offers_total",
    "Offers by what became of them: accepted, declined, offer_expired, agent_gone, agent_away,"
    " abandoned, merged.",
    "desk",
    "outcome",
)
PAGES: Final = _counter(
    "croupier_on_call_pages_total",
    "Tickets that somebody on call has to look at. reason: of protected queues nobody_ready (nobody"
    " on duty could take it), not_taken (nobody had taken it in time); escalated (a step of its"
    " queue pages somebody); agent_silent (a team lead is told that its agent does not answer);"
    " clock_warned, clock_missed (a statutory clock runs out, or has).",
    "desk",
    "queue",
    "reason",
)
REPLIES: Final = _counter(
    "croupier_replies_total",
    "Agents' answers to all that the customer had written. which: first; next. outcome: in_time,"
    " late (by the policy's target).",
    "desk",
    "queue",
    "which",
    "outcome",
)
CLOCKS: Final = _counter(
    "croupier_clocks_total",
    "Clocks beside the deadline, of a resolution or of a law. outcome: warned; missed; met (the"
    " ticket closed before it had run out).",
    "desk",
    "clock",
    "outcome",
)
RECORDED: Final = _counter(
    "croupier_recorded_changes_total",
    "Changes of tickets and agents kept for explanations. outcome: new; repeated (delivered again,"
    " known by its id).",
    "outcome",
)
RECORDER_SECONDS: Final = _histogram(
    "croupier_recorder_batch_seconds",
    "Time of one batch of the recorder. Explanations are behind by this and its lag.",
)
REPLIES_KEPT: Final = _counter(
    "croupier_replies_kept_total",
    "What the recorder read of replies, for conversations. outcome: replies; reports (of their"
    " delivery); told (agents told of theirs).",
    "outcome",
)
REPLIES_KEPT_SECONDS: Final = _histogram(
    "croupier_replies_kept_batch_seconds",
    "Time of one such batch. Conversations are behind by this and its lag.",
)
MESSAGE_TO_CARD: Final = _histogram(
    "croupier_message_to_card_seconds",
    "From a message's arrival at our door to its card on the assignments topic, where an agent was"
    " free.",
    "desk",
)
LOST_FENCES: Final = _counter(
    "croupier_lost_fences_total",
    "Commits refused because another process owns the shard. One after a rebalance or a pause is"
    " normal; a steady rate is two owners fighting.",
)
TAKEOVERS: Final = _counter(
    "croupier_takeovers_total",
    "Shards taken over by this process.",
)
TAKEOVER_SECONDS: Final = _histogram(
    "croupier_takeover_seconds",
    "From assignment to the first turn of a shard. Its tickets wait meanwhile.",
    buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0),
)
OUT_OF_RANGE: Final = _counter(
    "croupier_offsets_outside_log_total",
    "Take-overs that found their stored offset outside the log (retention, a recreated topic)."
    " Messages were read again from the store; agents' commands of the gap are gone.",
    "topic",
)
OWNED_SHARDS: Final = _gauge(
    "croupier_owned_shards",
    "Shards this process deals.",
)
CONSUMER_LAG: Final = _gauge(
    "croupier_consumer_lag_records",
    "Records of a partition not yet handled.",
    "group",
    "topic",
    "partition",
)
DEAD_LETTERS: Final = _counter(
    "croupier_dead_letters_total",
    "Records set aside because nobody could handle them: `croupier dlq list`.",
    "topic",
    "reason",
)
SOCKETS: Final = _gauge(
    "croupier_sockets",
    "Agents' open sockets.",
)
DROPPED: Final = _counter(
    "croupier_dropped_connections_total",
    "Sockets we closed. reason: overflow (the agent's client reads too slowly), auth, idle,"
    " replaced, shutdown.",
    "reason",
)
PUSHED: Final = _counter(
    "croupier_cards_pushed_total",
    "Cards written to agents' sockets.",
)

RATINGS: Final = _counter(
    "croupier_ratings_total",
    "What customers said of how they were served. score: 1 (bad) to 5 (good).",
    "desk",
    "queue",
    "channel",
    "score",
)
WAITS_FORETOLD: Final = _counter(
    "croupier_waits_foretold_total",
    "Waits that customers were told of, by what became of it. outcome: within (the range they were"
    " told, which should hold for four in five), sooner, later.",
    "outcome",
)
WAITS_FORETOLD_RATIO: Final = _histogram(
    "croupier_waits_foretold_ratio",
    "How long a customer waited, divided by what they were told is likely.",
    buckets=(0.1, 0.25, 0.5, 0.75, 1.0, 1.33, 2.0, 4.0, 10.0),
)
REPLIES_TAKEN: Final = _counter(
    "croupier_replies_taken_total",
    "Replies that the courier read. whose: ours (we deliver it); theirs (an integration does);"
    " refused (a dead letter).",
    "whose",
)
REPLIES_WAITING: Final = _gauge(
    "croupier_replies_waiting",
    "Replies that are not delivered yet, of this courier.",
)
REPLIES_ENDED: Final = _counter(
    "croupier_replies_ended_total",
    "Replies that are done. outcome: sent; failed (the agent is told why).",
    "channel",
    "outcome",
)
REPLY_SECONDS: Final = _histogram(
    "croupier_reply_seconds",
    "From a reply as it was written to the provider's answer to its last part.",
    "channel",
    buckets=(*_FAST, 60.0, 3600.0),
)
PROVIDER_STATUSES: Final = _counter(
    "croupier_provider_statuses_total",
    "What providers said of messages of ours. outcome: told (reported of its reply); early (the"
    " courier is not done with the reply, and will report it); old (further already); unknown (no"
    " reply of ours: somebody else writes from the account).",
    "channel",
    "outcome",
)
PROVIDER_CALLS: Final = _counter(
    "croupier_provider_calls_total",
    "Calls to providers. outcome: sent; refused (for good); later (not delivered, tried again);"
    " otherwise (not delivered in this way, but perhaps in another); doubtful (perhaps delivered,"
    " not tried again).",
    "channel",
    "outcome",
)
PROVIDER_SECONDS: Final = _histogram(
    "croupier_provider_seconds",
    "How long a provider takes to answer.",
    "channel",
)
BREAKERS_OPEN: Final = _gauge(
    "croupier_provider_breaker_open",
    "1 while an account is left alone since its provider failed five times in a row.",
    "account",
)
POLLS: Final = _counter(
    "croupier_polls_total",
    "Looks of the poller at providers' lists. outcome: read; conflict (Telegram: a webhook is set,"
    " or somebody else polls); unauthenticated (is the token right?); throttled; unavailable (the"
    " provider or our broker); not_understood; unexplained (a bug of ours).",
    "channel",
    "outcome",
)
POLLED: Final = _counter(
    "croupier_polled_total",
    "What the poller found in providers' lists. outcome: published (most came by the webhook, too,"
    " and count once); ignored (a kind we do not take); refused (cannot be understood; the log has"
    " its id).",
    "channel",
    "outcome",
)
POLL_FAILING: Final = _gauge(
    "croupier_poll_failing",
    "1 while an account's list cannot be read; the log says why.",
    "account",
)

CHAT_SOCKETS: Final = _gauge(
    "croupier_chat_sockets",
    "Customers' open sockets in the lobby.",
)
CHAT_ENDED: Final = _counter(
    "croupier_chat_ended_total",
    "Customers' sockets that we closed or refused. reason: forbidden (no such account, or an origin"
    " is not on its list), auth, overload (full, a slow reader, no store), silent, replaced,"
    " too_many_messages, shutdown.",
    "reason",
)
CHAT_ENTRIES: Final = _counter(
    "croupier_chat_entries_total",
    "Entries pushed to customers' sockets as they came; the history is not counted. by: you (the"
    " customer, on each of their devices), agent, system.",
    "by",
)

CATALOGUE: Final[tuple[Metric[Any], ...]] = tuple(_declared)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics of one process, on a registry of their own, so that a test has its own too."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _by_name: dict[str, Any] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        ProcessCollector(registry=self.registry)
        for metric in CATALOGUE:
            self._by_name[metric.name] = _collector(metric, self.registry)

    def __getitem__(self, metric: Metric[M]) -> M:
        collector: M = self._by_name[metric.name]
        return collector


def _collector(metric: Metric[Any], registry: CollectorRegistry) -> Any:
    extra = {"buckets": metric.buckets} if metric.buckets else {}
    return metric.kind(metric.name, metric.meaning, metric.labels, registry=registry, **extra)


def as_markdown() -> str:
    """The catalogue as a table, for docs/metrics.md."""
    head = ("| metric | kind | labels | what it tells |", "|---|---|---|---|")
    return "\n".join([*head, *map(_row, CATALOGUE)]) + "\n"


def _row(metric: Metric[Any]) -> str:
    kind = metric.kind.__name__.lower()
    return f"| `{metric.name}` | {kind} | {', '.join(metric.labels)} | {metric.meaning} |"
