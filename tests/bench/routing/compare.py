"""Whether one policy beats another: by the score's order, each figure within its interval.

Runs are paired: both policies met the very same days. Days are drawn again with replacement, and
the interval is the middle 95 % of what comes out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tests.bench.routing.score import FIGURES, ORDER, Array, Sample

RESAMPLES = 2_000
_LEVELS = (2.5, 97.5)
_ROUNDING = 1e-12

Verdict = Literal["better", "tied", "worse"]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """by: the figure that decided; None when tied. differences: ours less theirs, of each figure
    that decides, as an interval."""

    verdict: Verdict
    by: str | None
    differences: Mapping[str, Interval]


def compare(ours: Sample, theirs: Sample) -> Comparison:
    """Raises ValueError unless both have the same number of runs: they must be paired."""
    if ours.size != theirs.size:
        raise ValueError(f"{ours.size} runs of ours against {theirs.size} of theirs")
    weights = resamples(ours.size)
    mine, yours = ours.figures(weights), theirs.figures(weights)
    differences = {name: _interval(mine[name] - yours[name]) for name in ORDER}
    for name, sign in ORDER.items():
        low, high = differences[name]
        if low > _ROUNDING or high < -_ROUNDING:
            verdict: Verdict = "better" if (low > 0) == (sign > 0) else "worse"
            return Comparison(verdict, name, differences)
    return Comparison("tied", None, differences)


def best_or_tied(ours: Sample, others: Mapping[str, Sample]) -> bool:
    """Whether nobody beats us."""
    return all(compare(ours, theirs).verdict != "worse" for theirs in others.values())


def intervals(sample: Sample) -> dict[str, Interval]:
    """Of each figure, by itself."""
    drawn = sample.figures(resamples(sample.size))
    return {name: _interval(drawn[name]) for name in FIGURES}


def resamples(size: int) -> Array:
    """How often each run counts in each sample; the same for all samples of one size, which is
    what pairs them."""
    random = np.random.default_rng(size)
    shares = np.full(size, 1.0 / size)
    return random.multinomial(size, shares, size=RESAMPLES).astype(float)


def _interval(drawn: Array) -> Interval:
    low, high = np.percentile(drawn, _LEVELS)
    return float(low), float(high)
