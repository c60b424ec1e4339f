"""What the routing bench found, for people and for programs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.routing.compare import Comparison, Interval, best_or_tied, compare, intervals
from tests.bench.routing.references import Settings
from tests.bench.routing.score import FIGURES, ORDER, Sample

PATH = Path("build/routing.json")
OURS = "croupier"


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
    """A row a policy: shares in percent, each with half its interval; what decided against us or
    for us; the two bounds."""
    days = findings.ours.size
    table = Table(title=f"{findings.scenario} {findings.title}: {days} days")
    table.add_column("policy")
    for name in FIGURES:
        table.add_column(_heading(name), justify="right")
    table.add_column("ours is")
    for name, sample in findings.samples.items():
        against = "" if name == OURS else _verdict(compare(findings.ours, sample))
        shown, spread = figures(sample), intervals(sample)
        table.add_row(name, *(_cell(f, shown[f], spread[f]) for f in FIGURES), against)
    for label, bound in (("bound A", findings.bound_a), ("bound B", findings.bound_b)):
        table.add_row(label, *(f"{100 * bound[f]:.1f}" if f in bound else "" for f in FIGURES), "")
    console.print(table)
    for name, chosen in findings.settings.items():
        if chosen:
            setting = ", ".join(f"{key} {value}" for key, value in chosen.items())
            console.print(f"  {name}: {setting}", highlight=False)
    verdict = "best or tied" if findings.best else "NOT the best"
    gap = ", ".join(f"{_heading(name)} {100 * gap:.1f}" for name, gap in findings.gaps().items())
    console.print(f"  Croupier is {verdict}; points below bound B: {gap}", highlight=False)


def write(all_findings: list[Findings], path: Path = PATH) -> None:
    """scenario -> policy -> figures, beside the two bounds."""
    path.parent.mkdir(exist_ok=True)
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


def _heading(name: str) -> str:
    return name.replace("_s", ", s") if name.endswith("_s") else name.replace("_", " ")


def _cell(name: str, figure: float, interval: Interval) -> str:
    half = (interval[1] - interval[0]) / 2
    if name.endswith("_s"):
        return f"{figure:.0f} ±{half:.0f}"
    if name == "gini":
        return f"{figure:.3f}"
    return f"{100 * figure:.1f} ±{100 * half:.1f}"


def _verdict(compared: Comparison) -> str:
    if compared.by is None:
        return compared.verdict
    low, high = compared.differences[compared.by]
    unit = 1 if compared.by.endswith("_s") else 100
    assert compared.by in ORDER
    by = _heading(compared.by)
    return f"{compared.verdict}: {by} {unit * low:+.1f} … {unit * high:+.1f}"
