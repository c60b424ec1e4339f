"""The routing bench from end to end, on half an hour of the night."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench.routing.__main__ import BoundExceeded, check, measure
from tests.bench.routing.references import PEERS
from tests.bench.routing.report import Findings, show, write
from tests.bench.routing.scenarios import SCENARIOS

PROMISED = {"floors", "worst_group", "value", "sla", "abandoned", "p50_s", "p99_s", "gini"}


@pytest.fixture(scope="module")
def findings() -> Findings:
    short = replace(SCENARIOS["S4"], hours=0.5)
    return measure(short, days=3, console=Console(file=StringIO()))


def test_the_report_has_every_policy_with_every_figure(findings: Findings, tmp_path: Path) -> None:
    path = tmp_path / "build" / "routing.json"
    write([findings], path)
    night = json.loads(path.read_text())["S4"]
    assert set(night) == {"croupier", *PEERS, "bound_a", "bound_b"}
    for policy in ("croupier", *PEERS):
        assert set(night[policy]) >= PROMISED
        assert all(isinstance(night[policy][figure], float) for figure in PROMISED)
    for bound in ("bound_a", "bound_b"):
        assert set(night[bound]) == {"floors", "worst_group", "value", "sla"}


def test_the_table_names_every_policy_and_the_verdict(findings: Findings) -> None:
    printed = StringIO()
    show(findings, console=Console(file=printed, width=100))
    for words in ("croupier", *PEERS, "bound A", "bound B", "points below bound B"):
        assert words in printed.getvalue()


def test_the_gap_is_what_the_blind_bound_leaves_on_the_same_days(findings: Findings) -> None:
    first = findings.ours.first(findings.bound_days)
    reached = float(first.figures()["sla"][0])
    assert findings.gaps()["sla"] == pytest.approx(findings.bound_b["sla"] - reached)


def test_a_policy_above_the_bound_stops_the_bench(findings: Findings) -> None:
    too_low = {**findings.bound_a, "sla": 0.01}
    with pytest.raises(BoundExceeded, match="sla"):
        check(findings.samples, too_low, days=findings.bound_days)
