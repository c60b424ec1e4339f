"""How much a dealer takes on at once, and how long it waits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DealerLimits:
    """turn_records, turn_effects, turn_bytes: bounds of one turn; what is over spills into the
    next. queue_records: how many records wait in memory before their partitions are paused.
    attempts: how often a record that fails is tried before it is a dead letter.
    drain_seconds: how long a revoked shard may take to finish its turn; below the consumer's
    session timeout, for no heartbeat goes out meanwhile.
    retry_seconds: first and longest pause between attempts on a store or broker that is away.
    idle_seconds: how long a shard sleeps when nothing is due.
    reconcile_margin_seconds: how far before the last applied record messages are read again when
        the log no longer reaches the stored offset.
    """

    turn_records: int = 500
    turn_effects: int = 4_000
    turn_bytes: int = 4 * 1024 * 1024
    queue_records: int = 4_000
    attempts: int = 3
    drain_seconds: float = 5.0
    retry_seconds: tuple[float, float] = (0.02, 1.0)
    idle_seconds: float = 1.0
    reconcile_margin_seconds: float = 600.0
