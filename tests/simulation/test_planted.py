"""Negative controls: without one of its guards the program must fail here."""

import json
import sys
from pathlib import Path

import pytest

from tests.simulation.planted import BUGS, PlantedBug

pytestmark = pytest.mark.planted

RESULTS = Path(__file__).parents[2] / "build" / "planted.json"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_the_harness_finds_a_planted_bug_within_its_budget(
    bug: PlantedBug, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = ((seed, bug.shows(seed)) for seed in range(bug.budget))
    seed, found = next(((seed, shown) for seed, shown in tried if shown), (0, None))
    assert found is not None, f"{bug.name}: not found in {bug.budget} seeds"
    note(bug.name, caught_by=found.invariant, seeds=seed + 1)
    with capsys.disabled():
        sys.stdout.write(f"\n  {bug.name:42} {found.invariant:8} {seed + 1} seed(s)")


def note(bug: str, *, caught_by: str, seeds: int) -> None:
    """Keep the result for the fault table."""
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    known[bug] = {"caught_by": caught_by, "seeds": seeds}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(known, indent=2) + "\n")
