"""When the next message of an account, and to a customer, may go: token buckets that are booked
ahead, so that those who wait go in the order in which they asked."""

from collections import OrderedDict
from typing import Final


class Lane:
    """Booked times of one key: `rate` a second, `burst` at once (the generic cell rate algorithm,
    ITU-T I.371)."""

    __slots__ = ("_due",)

    def __init__(self) -> None:
        self._due = 0.0

    def book(self, *, rate: float, burst: int, now: float) -> float:
        """The earliest time for one more."""
        step = 1.0 / rate
        self._due = max(self._due, now) + step
        return max(now, self._due - burst * step)

    def hold(self, until: float) -> None:
        """Nothing before."""
        self._due = max(self._due, until)


class Pacer:
    """Lanes by key; the longest unused are forgotten, when their time has passed."""

    def __init__(self, *, max_keys: int = 10_000) -> None:
        self._max_keys: Final = max_keys
        self._lanes: OrderedDict[str, Lane] = OrderedDict()

    def book(self, key: str, *, rate: float, burst: int, now: float) -> float:
        return self._lane(key).book(rate=rate, burst=burst, now=now)

    def hold(self, key: str, *, until: float) -> None:
        self._lane(key).hold(until)

    def _lane(self, key: str) -> Lane:
        lane = self._lanes.pop(key, None) or Lane()
        self._lanes[key] = lane
        if len(self._lanes) > self._max_keys:
            self._lanes.popitem(last=False)
        return lane
