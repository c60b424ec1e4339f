"""Gives each peer its best setting for a scenario, found on days that are not scored."""

from collections.abc import Sequence

from services.router.simulator.trace import Trace
from tests.bench.routing.engine import run
from tests.bench.routing.references import Peer, Settings
from tests.bench.routing.score import ORDER, Sample, tally

FIRST_SEED = 1_000_000
"""Seeds from here on are for tuning; those scored count from 0."""

_STEP = 0.005
"""Settings whose figure differs by less are as good: the next figure decides."""


def tune(peer: Peer, days: Sequence[Trace]) -> Settings:
    """The best of the peer's grid by the score's order; of equals the first."""
    choices = list(peer.settings())
    if len(choices) == 1:
        return choices[0]
    return max(choices, key=lambda settings: _standing(sample(peer, settings, days)))


def sample(peer: Peer, settings: Settings, days: Sequence[Trace]) -> Sample:
    return Sample([tally(day, run(day, peer.make(day, settings))) for day in days])


def _standing(runs: Sample) -> tuple[float, ...]:
    figures = runs.figures()
    return tuple(sign * _rounded(name, float(figures[name][0])) for name, sign in ORDER.items())


def _rounded(name: str, figure: float) -> float:
    return round(figure) if name.endswith("_s") else round(figure / _STEP)
