"""A shard's time."""

from shared.runtime.clock import Clock


class ShardClock:
    """Runs with the monotonic clock since the take-over, and never behind the time the shard's
    document has: a step of the machine's clock moves no deadline."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._base = clock.now() - clock.monotonic()

    def start(self, *, not_before: float) -> None:
        """Set to the machine's time, or to `not_before` (epoch seconds) when that is later."""
        self._base = max(self._clock.now(), not_before) - self._clock.monotonic()

    def now(self) -> float:
        """Epoch seconds, as exact as a turn's record can say them: to the microsecond."""
        return round(self._base + self._clock.monotonic(), 6)
