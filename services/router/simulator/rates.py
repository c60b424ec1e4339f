"""How many customers come at each moment, and when exactly."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from services.router.simulator.scenario import ArrivalsSection, BurstSection, PeakSection

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Rate:
    """steps: (from, per hour), the first from 0."""

    steps: tuple[tuple[float, float], ...]
    peak: PeakSection | None = None
    bursts: tuple[BurstSection, ...] = ()

    def at(self, seconds: float) -> float:
        """Tickets an hour."""
        steady = next((rate for start, rate in reversed(self.steps) if start <= seconds), 0.0)
        if self.peak is not None:
            away = abs(seconds - self.peak.at) / self.peak.within
            steady += (self.peak.per_hour - steady) * max(0.0, 1.0 - away)
        return steady + sum(
            burst.per_hour for burst in self.bursts if burst.at <= seconds < burst.at + burst.lasts
        )

    @property
    def bound(self) -> float:
        """No moment has a higher rate."""
        steady = max(rate for _, rate in self.steps)
        top = max(steady, self.peak.per_hour) if self.peak is not None else steady
        return top + sum(burst.per_hour for burst in self.bursts)


def rate_of(kind: ArrivalsSection) -> Rate:
    steps = tuple((step.start, step.per_hour) for step in kind.steps) or ((0.0, kind.per_hour),)
    return Rate(steps, kind.peak, kind.bursts)


def moments(rate: Rate, *, seconds: float, random: Random) -> Iterator[float]:
    """A Poisson process of this rate, by thinning: candidates come at the highest rate and stay
    with the chance rate / highest (P. A. W. Lewis and G. S. Shedler, "Simulation of
    nonhomogeneous Poisson processes by thinning", Naval Research Logistics 1979)."""
    bound = rate.bound
    if not bound:
        return
    now = random.expovariate(bound / _HOUR)
    while now < seconds:
        if random.random() * bound < rate.at(now):
            yield now
        now += random.expovariate(bound / _HOUR)
