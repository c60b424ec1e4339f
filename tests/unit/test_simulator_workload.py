"""What a scenario file says, how it says what is wrong, and the days drawn from it."""

from pathlib import Path
from statistics import fmean, stdev

import pytest

from services.router.domain.requirement import Need
from services.router.policy import FileInvalid, load_policy
from services.router.simulator.draws import lognormal_quantile, stream, uniform
from services.router.simulator.load import load_scenario
from services.router.simulator.rates import Rate, moments
from services.router.simulator.scenario import BurstSection, PeakSection
from services.router.simulator.trace import Arrival, Trace
from services.router.simulator.workload import draw, habits_of
from tests.unit.simulator_days import POLICY, scenario

FOLDER = Path(__file__).parents[2] / "deploy/policy"
HOUR = 3600.0


def of_kind(trace: Trace, kind: str) -> list[Arrival]:
    return [arrival for arrival in trace.arrivals if arrival.kind == kind]


def test_a_day_has_what_the_policy_says_of_its_tickets() -> None:
    trace = draw(scenario(), POLICY)
    chat, mail = of_kind(trace, "chat-ru")[0], of_kind(trace, "mail-lt")[0]

    assert (chat.queue, chat.weight, chat.target) == ("payments", 0.5, 60.0)
    assert chat.needs == (Need("lang.ru", 3), Need("payments", 2))
    assert (mail.queue, mail.tier, mail.target) == ("general", "vip", 4 * HOUR)


def test_arrivals_come_in_order_the_backlog_first() -> None:
    arrivals = draw(scenario(), POLICY).arrivals

    assert [arrival.id for arrival in arrivals[:3]] == ["mail-lt-0", "mail-lt-1", "mail-lt-2"]
    assert [a.at for a in arrivals] == sorted(a.at for a in arrivals)
    assert arrivals[3].at > 0.0
    assert arrivals[-1].at < 2 * HOUR


def test_the_same_seed_is_the_same_day_and_another_is_another() -> None:
    assert draw(scenario(), POLICY, seed=7) == draw(scenario(), POLICY, seed=7)
    assert draw(scenario(), POLICY, seed=7) != draw(scenario(), POLICY, seed=8)


def test_a_change_in_one_kind_leaves_the_others_as_they_were() -> None:
    before = draw(scenario(), POLICY)
    after = draw(scenario(("per_hour: 120", "per_hour: 300")), POLICY)

    assert of_kind(after, "mail-lt") == of_kind(before, "mail-lt")
    # and who comes nth has the same work and patience, whenever they come
    pairs = zip(of_kind(before, "chat-ru"), of_kind(after, "chat-ru"), strict=False)
    assert all(a.handling == b.handling and a.patience == b.patience for a, b in pairs)


def test_kinds_of_the_same_rate_come_at_moments_of_their_own() -> None:
    trace = draw(scenario(("per_hour: 10\n", "per_hour: 120\n")), POLICY)
    chat, mail = ({a.at for a in of_kind(trace, kind)} for kind in ("chat-ru", "mail-lt"))

    assert not chat & mail


def test_one_agent_more_leaves_the_others_as_they_were() -> None:
    before = draw(scenario(), POLICY).shifts
    after = draw(scenario(("count: 6", "count: 7")), POLICY).shifts

    assert all(agent in after for agent in before)
    assert len(after) == len(before) + 1


def test_breaks_begin_at_each_agents_own_moment() -> None:
    begins = {away for s in draw(scenario(), POLICY).shifts for away, _ in s.absences}

    assert len(begins) == 6
    assert all(HOUR / 2 <= away <= HOUR for away in begins)


def test_handling_has_the_mean_and_the_variation_asked_for() -> None:
    long = scenario(("lasts: 2h", "lasts: 60d"), ("per_hour: 120", "per_hour: 20"))
    trace = draw(long, POLICY)
    lognormal = [a.handling for a in of_kind(trace, "chat-ru")]
    exponential = [a.handling for a in of_kind(trace, "mail-lt")]

    for values, mean, cv in ((lognormal, 240.0, 0.8), (exponential, 360.0, 1.0)):
        # four standard errors of the mean; that of the variation is some three times as large
        margin = 4.0 * cv / len(values) ** 0.5
        assert fmean(values) == pytest.approx(mean, rel=margin)
        assert stdev(values) / fmean(values) == pytest.approx(cv, rel=3 * margin)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (Rate(((0.0, 3000.0),)), 6000.0),
        (Rate(((0.0, 3000.0), (HOUR, 600.0))), 3600.0),
        # over the two hours a triangle from 600 to 3,000 and back, half an hour each way
        (Rate(((0.0, 600.0),), PeakSection(per_hour=3000, at="1h", within="30m")), 2400.0),
        (Rate(((0.0, 0.0),), None, (BurstSection(at="1h", lasts="15m", per_hour=8000),)), 2000.0),
        (Rate(((0.0, 0.0),)), 0.0),
    ],
    ids=["steady", "steps", "peak", "burst", "nobody"],
)
def test_as_many_come_as_the_rate_says(rate: Rate, expected: float) -> None:
    times = list(moments(rate, seconds=2 * HOUR, random=stream(1, "test")))

    assert len(times) == pytest.approx(expected, abs=4.0 * expected**0.5)
    assert times == sorted(times)


def test_more_come_where_the_rate_is_higher() -> None:
    rate = Rate(((0.0, 600.0),), PeakSection(per_hour=3000, at="1h", within="30m"))
    times = list(moments(rate, seconds=2 * HOUR, random=stream(1, "test")))
    # 30 minutes about the peak: 0.5 h * (3000 + 1800) / 2 = 1,200 of them
    about = sum(0.75 * HOUR <= at < 1.25 * HOUR for at in times)

    assert about == pytest.approx(1200, abs=4 * 1200**0.5)


def test_customers_who_come_again_do_so_as_often_as_said() -> None:
    keen = scenario(
        ("lasts: 2h", "lasts: 2d"),
        ("patience: 5m", "patience: 5m\n    returns: {share: 0.5, after: 10m}"),
    )
    contacts = [len(a.returns) for a in of_kind(draw(keen, POLICY), "chat-ru")]

    # geometric: mean p / (1 - p), variance p / (1 - p)^2
    assert fmean(contacts) == pytest.approx(1.0, abs=4 * (2.0 / len(contacts)) ** 0.5)


def test_a_group_may_have_habits_of_its_own() -> None:
    habits = habits_of(scenario(("ends: 1h", "ends: 1h\n    habits: {answer: 9s, declines: 0.1}")))

    assert (habits["lt"].answer_seconds, habits["lt"].declines) == (9.0, 0.1)
    assert habits[""].answer_seconds == 0.0
    assert "ru" not in habits


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("desk: main", "desk: attic", "line 3: desk: the policy has no desk 'attic': main"),
        ("topic: deposit", "topic: bonus", "line 7: arrivals.chat-ru.topic: the desk has no topic"),
        ("lang: ru", "lang: tr", "line 8: arrivals.chat-ru.lang: the desk does not serve 'tr'"),
        ("per_hour: 120", "per_hour: -1", "line 10: arrivals.chat-ru.per_hour"),
        ("mean: 4m", "mean: 0s", "line 11: arrivals.chat-ru.handling.mean"),
        ("mean: 4m", "mean: 240", "write a number with its unit"),
        ("payments: 2}", "fraud: 2}", "line 24: agents.ru.skills.fraud: the policy has no skill"),
        ("[chat, mail]", "[chat, fax]", "line 30: agents.lt.channels.1: the policy has no channel"),
        ("count: 3", "number: 3", "agents.lt.number: unknown field"),
        ("patience: 5m", "returns: {share: 0.5, after: 1m}", "`returns` without `patience`"),
        (
            "per_hour: 10\n",
            "per_hour: 10\n    steps: [{from: 1h, per_hour: 5}]\n",
            "give `per_hour` or `steps`, not both",
        ),
        (
            "ends: 1h",
            "habits: {declines: 0.6, ignores: 0.4}",
            "leave no offer to be accepted",
        ),
    ],
)
def test_a_wrong_scenario_names_line_field_and_remedy(old: str, new: str, says: str) -> None:
    with pytest.raises(FileInvalid) as refused:
        scenario((old, new))

    assert says in str(refused.value)


def test_the_scenario_that_comes_with_croupier_fits_its_policy() -> None:
    policy = load_policy(FOLDER / "betting.yaml")
    found = load_scenario(FOLDER / "derby-night.yaml", policy=policy)

    assert {a.kind for a in draw(found, policy).arrivals} == set(found.arrivals)


def test_a_draw_belongs_to_its_names() -> None:
    assert uniform(1, "answer", "t1", "anna") == uniform(1, "answer", "t1", "anna")
    draws = {
        uniform(seed, *names) for seed in (1, 2) for names in (("a", "b"), ("ab",), ("b", "a"))
    }
    assert len(draws) == 6
    assert all(0.0 < each < 1.0 for each in draws)


def test_half_of_a_lognormal_law_lies_below_its_median() -> None:
    # median = mean / sqrt(1 + cv²)
    assert lognormal_quantile(0.5, mean=100.0, cv=0.75) == pytest.approx(80.0)
