"""What the routing bench found, for people and for programs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tests.bench.routing.compare import Comparison, best_or_tied, compare, intervals
from tests.bench.routing.references import Settings
from tests.bench.routing.score import FIGURES, Sample

PATH = Path("build/routing.json")
OURS = "croupier"

_HEADINGS = {
    "floors": "floors",
    "worst_group": "worst",
    "value": "value",
    "abandoned": "left",
    "p99_s": "p99 s",
    "sla": "all",
    "p50_s": "p50 s",
    "gini": "gini",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Of one scenario. samples: by policy, paired by day. settings: what was chosen for each peer.
    bound_a, bound_b: by figure, over the first `bound_days` days."""

    scenario: str
    title: str
    samples: Mapping[str, Sample]
    settings: Mapping[str, Settings]
    bound_a: Mapping[str, float]
    bound_b: Mapping[str, float]
    bound_days: int

    @property
    def ours(self) -> Sample:
        return self.samples[OURS]

    @property
    def peers(self) -> Mapping[str, Sample]:
        return {name: sample for name, sample in self.samples.items() if name != OURS}

    @property
    def best(self) -> bool:
        """Whether no peer beats us."""
        return best_or_tied(self.ours, self.peers)

    def gaps(self) -> dict[str, float]:
        """How far we stay below bound B, on the days it was solved for."""
        reached = figures(self.ours.first(self.bound_days))
        return {name: bound - reached[name] for name, bound in self.bound_b.items()}


def figures(sample: Sample) -> dict[str, float]:
    return {name: float(values[0]) for name, values in sample.figures().items()}


def show(findings: Findings, *, console: Console) -> None:
    """A row a policy, shares in percent; then what decided between each and ours."""
    days = findings.ours.size
    title = f"{findings.scenario} {findings.title}, {days} days, % of tickets on time"
    table = Table(title=title, box=SIMPLE, pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in FIGURES:
        table.add_column(_HEADINGS[name], justify="right")
    for name, sample in findings.samples.items():
        shown = figures(sample)
        table.add_row(name, *(_cell(figure, shown[figure]) for figure in FIGURES))
    for label, bound in (("bound A", findings.bound_a), ("bound B", findings.bound_b)):
        cells = [_cell(figure, bound[figure]) if figure in bound else "" for figure in FIGURES]
        table.add_row(label, *cells)
    console.print(table)
    for line in _lines(findings):
        console.print(line, highlight=False, soft_wrap=True)


def _lines(findings: Findings) -> Iterator[str]:
    for name, sample in findings.peers.items():
        chosen = ", ".join(f"{key} {value}" for key, value in findings.settings[name].items())
        setting = f" ({chosen})" if chosen else ""
        yield f"{_verdict(compare(findings.ours, sample))} {name}{setting}"
    gap = ", ".join(f"{_HEADINGS[name]} {100 * gap:.1f}" for name, gap in findings.gaps().items())
    yield f"points below bound B: {gap}"
    yield f"croupier is {'best or tied' if findings.best else 'NOT the best'}"


def write(all_findings: list[Findings], path: Path = PATH) -> None:
    """scenario -> policy -> figures, beside the two bounds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    report = {findings.scenario: _as_json(findings) for findings in all_findings}
    path.write_text(json.dumps(report, indent=1) + "\n")


def _as_json(findings: Findings) -> dict[str, Any]:
    policies = {name: _policy(findings, name) for name in findings.samples}
    return policies | {"bound_a": dict(findings.bound_a), "bound_b": dict(findings.bound_b)}


def _policy(findings: Findings, name: str) -> dict[str, Any]:
    sample = findings.samples[name]
    policy: dict[str, Any] = {**figures(sample)}
    policy["intervals"] = intervals(sample)
    policy["on_time"] = sample.by_kind()
    if name == OURS:
        return policy | {"days": sample.size, "best": findings.best, "gap_to_b": findings.gaps()}
    compared = compare(findings.ours, sample)
    policy["settings"] = findings.settings[name]
    policy["ours_is"] = {
        "verdict": compared.verdict,
        "by": compared.by,
        "differences": compared.differences,
    }
    return policy


def _cell(name: str, figure: float) -> str:
    if name.endswith("_s"):
        return f"{figure:.0f}"
    return f"{figure:.3f}" if name == "gini" else f"{100 * figure:.1f}"


def _verdict(compared: Comparison) -> str:
    """croupier is … than, by what, and the interval of the difference."""
    if compared.by is None:
        return "tied with"
    low, high = (_difference(compared.by, end) for end in compared.differences[compared.by])
    return f"{compared.verdict} by {_HEADINGS[compared.by]}, {low} to {high}, than"


def _difference(name: str, amount: float) -> str:
    return f"{amount:+.0f} s" if name.endswith("_s") else f"{100 * amount:+.1f}"
