"""Token buckets by key, for those who knock too often."""

from collections import OrderedDict
from typing import Final


class Buckets:
    """At most `burst` at once and `rate` a second, for each key; remembers `max_keys` keys.

    A forgotten key starts with a full bucket: an attacker with many addresses gains what they
    could have had from a new address anyway.
    """

    def __init__(self, *, rate: float, burst: float, max_keys: int = 10_000) -> None:
        self._rate: Final = rate
        self._burst: Final = burst
        self._max_keys: Final = max_keys
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, *, now: float) -> bool:
        """Take one; False when the bucket is empty. `now` in seconds of a monotonic clock."""
        level, since = self._levels.pop(key, (self._burst, now))
        level = min(self._burst, level + (now - since) * self._rate)
        allowed = level >= 1
        self._levels[key] = (level - 1 if allowed else level, now)
        if len(self._levels) > self._max_keys:
            self._levels.popitem(last=False)
        return allowed
