"""The whole spine under random faults, seed by seed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.pool import asked_for, play_all

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(1800)
def test_no_seed_loses_doubles_or_misplaces_anything(capsys: pytest.CaptureFixture[str]) -> None:
    seeds = range(asked_for(1_000))
    bad = []
    for done, worse in play_all(seeds):
        bad += worse
        with capsys.disabled():
            sys.stdout.write(f"\r  {done}/{len(seeds)} seeds, {len(bad)} bad ")
            sys.stdout.flush()
    says = [
        f"{each.invariant}: {each.says}\n    python -m tests.simulation --seed {each.seed}"
        for each in bad
    ]
    assert not bad, "\n".join([f"{len(bad)} of {len(seeds)} seeds", *says[:20]])


def test_one_seed_is_the_same_run_in_every_process() -> None:
    """Whatever order sets of strings have there."""
    runs = [
        subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--seed", "7", "--quiet"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.rpartition(",")[0]
        for hash_seed in ("1", "2", "3")
    ]
    assert runs[0] == runs[1] == runs[2]
