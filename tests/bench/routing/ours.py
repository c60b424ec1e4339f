"""Croupier's own dealing: the core that runs in production, with a policy for each scenario."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.router.domain.reserve import Reserve
from services.router.domain.rules import DeskRules
from services.router.simulator.outcome import Outcome
from services.router.simulator.run import run as simulate
from services.router.simulator.trace import Trace
from tests.bench.routing.score import Sample, tally

CHANNELS = frozenset({"web", "email", "telegram"})

PLAIN = DeskRules(desk="bench", version=1, wrap_up_seconds=0.0, auto_accept=CHANNELS)
"""Deadline order and best fit alone: no late class, nothing reserved. As for the peers, an offer
counts as taken and there is no after-work."""

LATE_SHARE = 0.1
"""Of contested slots, the part for tickets past their deadline. Less than the default of a quarter:
the score asks for tickets on time, and for long waits last."""

RESERVES: Mapping[str, tuple[Reserve, ...]] = {
    "S2": (Reserve("lithuanian", 1, skill="lang.lt"),),
    "S3": (Reserve("vip", 2, skill="vip"),),
    "S4": (
        Reserve("responsible gaming", 1, skill="responsible_gaming"),
        # B's last slot is withheld anyway: two more, so that not all of A's are spent on mail
        Reserve("chats before mail", 3, channel="web"),
    ),
    "S5": (Reserve("vip", 3, skill="vip"),),
}
"""By scenario, chosen on days that are not scored."""


def policy(scenario: str) -> DeskRules:
    """What Croupier deals a scenario by."""
    return replace(PLAIN, late_share=LATE_SHARE, reserves=RESERVES.get(scenario, ()))


def run(trace: Trace, rules: DeskRules | None = None) -> Sequence[Outcome]:
    """Deal a day by the scenario's policy, or by other rules."""
    return simulate(trace, rules or policy(trace.name))


def sample(days: Sequence[Trace]) -> Sample:
    return Sample([tally(day, run(day)) for day in days])
