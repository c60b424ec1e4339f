"""Croupier's own dealing: the core that runs in production, with a policy for each scenario."""

from collections.abc import Sequence

from services.router.domain.rules import DeskRules
from services.router.simulator.outcome import Outcome
from services.router.simulator.run import run as simulate
from services.router.simulator.trace import Trace
from tests.bench.routing.score import Sample, tally

CHANNELS = frozenset({"web", "email", "telegram"})

PLAIN = DeskRules(desk="bench", version=1, wrap_up_seconds=0.0, auto_accept=CHANNELS)
"""Deadline order and best fit alone: no late class, nothing reserved. As for the peers, an offer
counts as taken and there is no after-work."""

POLICIES: dict[str, DeskRules] = {}
"""By scenario; any other is dealt by PLAIN."""


def run(trace: Trace, rules: DeskRules | None = None) -> Sequence[Outcome]:
    """Deal a day by the scenario's policy, or by other rules."""
    return simulate(trace, rules or POLICIES.get(trace.name, PLAIN))


def sample(days: Sequence[Trace]) -> Sample:
    return Sample([tally(day, run(day)) for day in days])
