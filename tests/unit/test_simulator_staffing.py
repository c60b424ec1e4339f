"""How many agents a scenario needs."""

import pytest

from services.router.simulator.erlang import ErlangC
from services.router.simulator.formula import formulas
from services.router.simulator.scenario import ScenarioFile
from services.router.simulator.staffing import Goal, OutOfReach, Staff, Trials, fewest
from tests.unit.simulator_days import POLICY, scenario

GOAL = Goal(target=0.9, occupancy=0.9)


@pytest.fixture(scope="module")
def small() -> ScenarioFile:
    return scenario(("lasts: 2h", "lasts: 1h"))


@pytest.fixture(scope="module")
def trials(small: ScenarioFile) -> Trials:
    return Trials(small, POLICY, seeds=range(2))


def test_the_staff_found_reaches_the_goal_and_can_spare_nobody(
    small: ScenarioFile, trials: Trials
) -> None:
    found = fewest(small, trials, GOAL)

    assert found.missed(GOAL) == []
    for group, count in found.staff.items():
        if count:
            assert trials.of({**found.staff, group: count - 1}).missed(GOAL)


def test_the_scenarios_own_staff_may_be_too_small(trials: Trials) -> None:
    starved = scenario(("lasts: 2h", "lasts: 1h"), ("count: 6", "count: 2"))

    found = fewest(starved, Trials(starved, POLICY, seeds=range(2)), GOAL)

    assert found.missed(GOAL) == []
    assert found.staff["ru"] > 2


def test_a_group_may_be_too_busy_though_customers_are_content(trials: Trials) -> None:
    trial = trials.of({"ru": 6, "lt": 3})
    easy = Goal(target=0.5, occupancy=1.0)
    calm = Goal(target=0.5, occupancy=trial.occupancy["ru"] - 0.01)

    assert trial.missed(easy) == []
    assert trial.missed(calm) == [f"ru: {trial.occupancy['ru']:.1%} occupied"]


def test_customers_nobody_can_serve_are_named() -> None:
    nobody = scenario(("lang.lt: 4", "lang.lt: 2"), ("lasts: 2h", "lasts: 10m"))

    with pytest.raises(OutOfReach, match="mail-lt"):
        fewest(nobody, Trials(nobody, POLICY, seeds=[1]), GOAL)


def test_every_staff_is_tried_once_and_on_the_same_days(small: ScenarioFile) -> None:
    tried: list[Staff] = []
    trials = Trials(small, POLICY, seeds=[1], on_trial=tried.append)

    first, again = trials.of({"ru": 4, "lt": 1}), trials.of({"ru": 4, "lt": 1})

    assert first is again
    assert tried == [{"ru": 4, "lt": 1}]


def test_one_line_of_one_kind_is_staffed_as_erlang_says() -> None:
    """120 an hour, four minutes and ten seconds of after-work, two chats at a time."""
    group = formulas(scenario(("patience: 5m", "value: 1.0")), POLICY, GOAL)["ru"]
    answered = [
        ErlangC(servers, 120 / 3600, 250.0).answered_within(60.0)
        for servers in (2 * group.erlang_c - 2, 2 * group.erlang_c)
    ]

    assert answered[0] < GOAL.target <= answered[1]
    assert group.erlang_a == group.erlang_c


def test_customers_who_leave_need_fewer_agents_by_erlang_a() -> None:
    busy = scenario(("per_hour: 120", "per_hour: 900"))
    group = formulas(busy, POLICY, Goal(target=0.6, occupancy=1.0))["ru"]

    assert group.erlang_a < group.erlang_c


def test_the_busiest_hour_is_what_counts() -> None:
    evening = scenario(
        ("lasts: 2h", "lasts: 6h"),
        (
            "per_hour: 120\n",
            "steps: [{from: 0s, per_hour: 9}, {from: 4h, per_hour: 120}, {from: 5h, per_hour: 9}]"
            "\n",
        ),
    )

    assert formulas(evening, POLICY, GOAL)["ru"] == formulas(scenario(), POLICY, GOAL)["ru"]
