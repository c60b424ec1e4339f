"""Negative controls: without one of its guards the program must fail here."""

import pytest

from tests.planted import Noticed
from tests.simulation.planted import BUGS, PlantedBug

pytestmark = pytest.mark.planted


@pytest.mark.timeout(900)
@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_the_harness_finds_a_planted_bug_within_its_budget(
    bug: PlantedBug, noticed: Noticed
) -> None:
    tried = ((seed, bug.shows(seed)) for seed in range(bug.budget))
    seed, found = next(((seed, shown) for seed, shown in tried if shown), (0, None))
    assert found is not None, f"{bug.name}: not found in {bug.budget} seeds"
    noticed("the simulated program", bug=bug.name, noticed_by=found.invariant, seeds=seed + 1)
