"""The core's state machine notices when one of the core's rules is broken."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.desk_bugs import BUGS, Bug
from tests.property.test_desk import DeskMachine

pytestmark = pytest.mark.planted

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
def test_a_planted_bug_is_noticed(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bug.where, bug.name, bug.by)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(DeskMachine, settings=BUDGET)
