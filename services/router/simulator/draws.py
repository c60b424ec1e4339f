"""Chance that depends on names alone.

A draw belongs to what it is about (a ticket and an agent, say), never to how many draws came before
it. So two rules that deal the same ticket to the same agent see the same answer, and a change in
one kind of arrivals leaves all others as they were.
"""

import math
from hashlib import blake2b
from random import Random
from statistics import NormalDist

_STANDARD = NormalDist()


def stream(seed: int, *names: str) -> Random:
    """A source of random numbers of its own for whatever the names name."""
    return Random(_hash(seed, names))  # noqa: S311  # not for secrets: the same day again is the aim


def uniform(seed: int, *names: str) -> float:
    """One number, 0 < u < 1, for whatever the names name."""
    return ((_hash(seed, names) >> 12) + 0.5) / 2.0**52


def lognormal_quantile(u: float, *, mean: float, cv: float) -> float:
    """The lognormal law with this mean and coefficient of variation, at u of its probability."""
    mu, sigma = lognormal_parameters(mean=mean, cv=cv)
    return math.exp(mu + sigma * _STANDARD.inv_cdf(u))


def lognormal_parameters(*, mean: float, cv: float) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm."""
    variance = math.log1p(cv * cv)
    return math.log(mean) - variance / 2, math.sqrt(variance)


def _hash(seed: int, names: tuple[str, ...]) -> int:
    text = "\x1f".join((str(seed), *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
