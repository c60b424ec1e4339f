"""`make bench-routing`: five days of work, dealt by Croupier and by its peers' rules.

Needs no broker and no store. Prints a table a scenario and writes build/routing.json. Exit code 1
when a peer's rule beats ours anywhere, by the score's order.

    python -m tests.bench.routing --quick
    python -m tests.bench.routing --scenario S2 --seeds 40
"""

import argparse
import sys
from collections.abc import Mapping, Sequence

from rich.console import Console

from services.router.simulator.trace import Trace
from tests.bench.routing import ours, report
from tests.bench.routing.blind import Blind
from tests.bench.routing.bounds import Day, bounds
from tests.bench.routing.clairvoyant import Clairvoyant
from tests.bench.routing.references import PEERS, Settings
from tests.bench.routing.report import OURS, Findings
from tests.bench.routing.scenarios import SCENARIOS, Scenario
from tests.bench.routing.score import Sample
from tests.bench.routing.tuning import FIRST_SEED, sample, tune

TUNING_SHARE = 4
"""One day of tuning for so many days scored."""

BOUND_SHARE = 7
"""One day of bounds for so many days scored; a programme takes some seconds."""

_ROUNDING = 1e-6


class BoundExceeded(Exception):
    """A policy did better than can be."""


def measure(scenario: Scenario, *, days: int, console: Console) -> Findings:
    """All policies on the same days."""
    scored = [scenario.draw(seed) for seed in range(days)]
    tuning = [scenario.draw(FIRST_SEED + number) for number in range(-(-days // TUNING_SHARE))]
    console.log(f"{scenario.name}: {days} days of {len(scored[0].arrivals):,} tickets or so")
    samples: dict[str, Sample] = {OURS: ours.sample(scored)}
    settings: dict[str, Settings] = {}
    for name, peer in PEERS.items():
        settings[name] = tune(peer, tuning)
        samples[name] = sample(peer, settings[name], scored)
        console.log(f"{scenario.name}: {name} done")
    bounded = scored[: -(-days // BOUND_SHARE)]
    bound_a, bound_b = _bounds(scenario, bounded, console=console)
    check(samples, bound_a, days=len(bounded))
    return Findings(
        scenario=scenario.name,
        title=scenario.title,
        samples=samples,
        settings=settings,
        bound_a=bound_a,
        bound_b=bound_b,
        bound_days=len(bounded),
    )


def check(samples: Mapping[str, Sample], bound_a: Mapping[str, float], *, days: int) -> None:
    """Raises BoundExceeded: then the bench is wrong, and so is all it says."""
    for policy, runs in samples.items():
        reached = report.figures(runs.first(days))
        for figure, bound in bound_a.items():
            if reached[figure] > bound + _ROUNDING:
                raise BoundExceeded(f"{policy} has {figure} {reached[figure]}, bound A is {bound}")


def _bounds(
    scenario: Scenario, days: Sequence[Trace], *, console: Console
) -> tuple[dict[str, float], dict[str, float]]:
    bound_a = bounds([Day(day, Clairvoyant(day)) for day in days])
    console.log(f"{scenario.name}: bound A done, on {len(days)} days")
    bound_b = bounds([Day(day, Blind(day, scenario.kinds)) for day in days])
    console.log(f"{scenario.name}: bound B done")
    return bound_a, bound_b


def main() -> None:
    options = _options()
    console = Console()
    chosen = [SCENARIOS[name] for name in options.scenario or SCENARIOS]
    found = []
    for scenario in chosen:
        days = options.seeds or max(2, scenario.seeds // (10 if options.quick else 1))
        found.append(measure(scenario, days=days, console=console))
        report.show(found[-1], console=console)
        report.write(found)
    console.print(f"written to {report.PATH}")
    sys.exit(not all(findings.best for findings in found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.routing", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the days")
    parser.add_argument(
        "--scenario", action="append", choices=SCENARIOS, help="only this one; may be repeated"
    )
    parser.add_argument("--seeds", type=int, help="days to score, of each scenario")
    return parser.parse_args()


if __name__ == "__main__":
    main()
