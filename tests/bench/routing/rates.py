"""How many tickets an hour arrive, as the day goes on."""

from collections.abc import Callable
from dataclasses import dataclass

HOUR = 3600.0
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Rate:
    """at: seconds from the start -> tickets an hour. peak: never above it; arrivals are drawn at
    the peak and thinned."""

    at: Callable[[float], float]
    peak: float


def constant(per_hour: float) -> Rate:
    return Rate(lambda _: per_hour, per_hour)


def triangle(base: float, top: float, *, peak_at: float, half_width: float) -> Rate:
    """Rises in a straight line from `base` to `top` at `peak_at`, and falls likewise."""

    def at(second: float) -> float:
        nearness = max(0.0, 1.0 - abs(second - peak_at) / half_width)
        return base + (top - base) * nearness

    return Rate(at, top)


def between(rate: Rate, other: Rate, *, begins: float, ends: float) -> Rate:
    """`other` from `begins` to `ends`, else `rate`."""

    def at(second: float) -> float:
        return (other if begins <= second < ends else rate).at(second)

    return Rate(at, max(rate.peak, other.peak))


def plus(rate: Rate, per_hour: float) -> Rate:
    return Rate(lambda second: rate.at(second) + per_hour, rate.peak + per_hour)
