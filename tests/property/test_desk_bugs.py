"""The core's state machine notices when one of the core's rules is broken."""

from collections.abc import Collection
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.planted import Noticed
from tests.property.desk_bugs import BUGS, Bug
from tests.property.test_desk import DeskMachine

pytestmark = pytest.mark.planted

HERE = Path(__file__).parent

BUDGET = settings(
    max_examples=12_000,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", BUGS, ids=[bug.says for bug in BUGS])
def test_a_planted_bug_is_noticed(
    bug: Bug, monkeypatch: pytest.MonkeyPatch, noticed: Noticed
) -> None:
    monkeypatch.setattr(bug.where, bug.name, bug.by)
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(_with(bug.shown_by), settings=BUDGET)
    noticed("the core", bug=bug.says, noticed_by=_whom(caught))


def _with(rules: Collection[str]) -> type[DeskMachine]:
    """The state machine with these of its rules alone; with none given: with all."""
    every = {each.function.__name__ for each in DeskMachine.setup_state().rules}
    assert every >= set(rules), "there is no such rule"
    left_out = every - set(rules) if rules else ()
    return type("Focused", (DeskMachine,), dict.fromkeys(left_out))


def _whom(caught: pytest.ExceptionInfo[AssertionError]) -> str:
    """The invariant or rule of the state machine, or the core's own assertion."""
    passed = [(Path(entry.path), entry.name.strip("_")) for entry in caught.traceback]
    ours = [name.replace("_", " ") for path, name in passed if path.parent == HERE]
    where = passed[-1][0]
    return ours[-1] if where.parent == HERE else f"{ours[-1]}, an assertion of {where.stem}"
