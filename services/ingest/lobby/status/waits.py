"""How long it will be until it is somebody's turn, as far as one can say. Pure.

The deals of a queue are taken for a Poisson process, whose rate is known from the last few of them.
With n gaps between deals, of mean length g, the time until the p-th deal from now is g * p * F; F
has Fisher's distribution with 2p and 2n degrees of freedom: the spread of what is to come, and of
what we know. A range of it is told, which should hold four times in five.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Final, NamedTuple

FEWEST: Final = 5
"""Deals. From fewer nothing is foretold."""
_Z: Final = 1.2815515655446004
"""Of the normal distribution: a tenth is beyond it, on either side."""


class Wait(NamedTuple):
    """Seconds from now. One time in ten it is over before `least`, one in ten it is longer than
    `most`; half the times it is over before `likely`."""

    least: float
    likely: float
    most: float


def wait(position: int, deals: Sequence[float], *, now: float) -> Wait | None:
    """position: 1 is next. deals: when the last ones were, in order, epoch seconds. The time since
    the last deal counts as a part of a gap, so that of a queue that stands still more and more is
    foretold. None: not enough is known."""
    if len(deals) < FEWEST or position < 1:
        return None
    gaps = len(deals) - 1
    gap = max(0.0, now - deals[0]) / gaps
    likely, of, known = gap * position, 2 * position, 2 * gaps
    return Wait(*(likely * fisher(z, of, known) for z in (-_Z, 0.0, _Z)))


def fisher(z: float, of: int, known: int) -> float:
    """The quantile of Fisher's distribution that lies where the normal distribution has z, by
    E. Paulson's approximation (Annals of Mathematical Statistics 13, 1942). known: 8 at least."""
    a, b = 2 / (9 * of), 2 / (9 * known)
    root = z * sqrt(a * (1 - b) ** 2 + b * (1 - a) ** 2 - a * b * z**2)
    return max(0.0, ((1 - a) * (1 - b) + root) / ((1 - b) ** 2 - b * z**2)) ** 3
