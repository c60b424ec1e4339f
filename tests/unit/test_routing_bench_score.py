"""The score: what it counts, in which order it decides, and when two policies are tied."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.router.simulator.outcome import Outcome
from tests.bench.routing.compare import best_or_tied, compare
from tests.bench.routing.report import figures
from tests.bench.routing.score import KindOfTicket, Run, Sample, gini, tally
from tests.unit.routing_bench_days import arrival, day, shift

KINDS = {
    "gaming.ru": KindOfTicket(("ru", "standard"), 10.0, floor=True),
    "chat.ru": KindOfTicket(("ru", "standard"), 1.0, floor=False),
    "chat.lt": KindOfTicket(("lt", "standard"), 1.0, floor=False),
}
TYPICAL = {"gaming.ru": 10, "chat.ru": 80, "chat.lt": 8}
LEFT = {"gaming.ru": 0, "chat.ru": 5, "chat.lt": 1}


def taken(name: str, at: float, agent: str = "anna") -> Outcome:
    return Outcome(name, at, None, at + 1, agent)


def left(name: str, at: float) -> Outcome:
    return Outcome(name, None, at, None, None)


def one_run(*, p99_s: float = 60.0, **on_time: int) -> Run:
    """on_time: "gaming", "ru", "lt" where it is not the typical number."""
    names = {"gaming": "gaming.ru", "ru": "chat.ru", "lt": "chat.lt"}
    return Run(
        kinds=KINDS,
        arrived={"gaming.ru": 10, "chat.ru": 100, "chat.lt": 10},
        on_time=TYPICAL | {names[name]: count for name, count in on_time.items()},
        left=LEFT,
        p50_s=5.0,
        p99_s=p99_s,
        gini=0.1,
    )


def runs(*, p99_s: float = 60.0, **on_time: int) -> Sample:
    """Twenty days, Russian chats going up and down the same way for every policy."""
    base = one_run(p99_s=p99_s, **on_time)
    return Sample([_with_weather(base, weather) for weather in (-2, -1, 0, 1, 2) * 4])


def _with_weather(run: Run, weather: int) -> Run:
    return replace(run, on_time={**run.on_time, "chat.ru": run.on_time["chat.ru"] + weather})


def test_a_ticket_is_on_time_up_to_and_at_its_target() -> None:
    tickets = [arrival(name, at=10.0, target=60.0) for name in ("early", "just", "late", "gone")]
    trace = day(*tickets, shifts=(shift("anna", "ru"),))
    outcomes = [taken("early", 10.0), taken("just", 70.0), taken("late", 70.1), left("gone", 20.0)]
    run = tally(trace, outcomes)
    assert (run.arrived["chat.ru"], run.on_time["chat.ru"], run.left["chat.ru"]) == (4, 2, 1)


def test_who_gave_up_counts_in_the_waits() -> None:
    trace = day(arrival("a"), arrival("b"), arrival("c"), shifts=(shift("anna", "ru"),))
    run = tally(trace, [taken("a", 1.0), left("b", 500.0), taken("c", 2.0)])
    assert run.p50_s == 2.0
    assert run.p99_s == pytest.approx(2.0 + 0.98 * 498.0)


def test_a_run_without_an_outcome_for_each_ticket_is_refused() -> None:
    trace = day(arrival("a"), arrival("b"), shifts=(shift("anna", "ru"),))
    with pytest.raises(KeyError):
        tally(trace, [taken("a", 1.0)])


def test_the_worst_group_is_by_language_and_tier_and_hides_in_no_mean() -> None:
    tickets = [
        *(arrival(f"ru{i}") for i in range(8)),
        *(arrival(f"lt{i}", kind="chat.lt") for i in range(2)),
    ]
    trace = day(*tickets, shifts=(shift("anna", "ru", "lt"),))
    served = [taken(f"ru{i}", 1.0) for i in range(8)]
    found = figures(Sample([tally(trace, [*served, taken("lt0", 1.0), taken("lt1", 900.0)])]))
    assert found["sla"] == 0.9
    assert found["worst_group"] == 0.5


def test_a_day_with_few_of_a_kind_weighs_no_more_than_its_tickets() -> None:
    thin, thick = one_run(lt=0), one_run(lt=10)
    thin = replace(thin, arrived={**thin.arrived, "chat.lt": 1})
    assert Sample([thin, thick]).by_kind()["chat.lt"] == pytest.approx(10 / 11)


def test_value_weighs_what_is_on_time() -> None:
    assert figures(runs())["value"] == pytest.approx((10 * 10 + 80 + 8) / (10 * 10 + 100 + 10))


def test_the_floor_is_the_worst_protected_kind_and_one_where_there_is_none() -> None:
    assert figures(runs(gaming=7))["floors"] == pytest.approx(0.7)
    trace = day(arrival("a"), shifts=(shift("anna", "ru"),))
    assert figures(Sample([tally(trace, [left("a", 1.0)])]))["floors"] == 1.0


@pytest.mark.parametrize(
    ("amounts", "expected"), [([5, 5, 5], 0.0), ([0, 0, 9], 2 / 3), ([0, 0], 0.0), ([1, 3], 0.25)]
)
def test_gini_is_nothing_for_equals(amounts: Sequence[float], expected: float) -> None:
    assert gini(amounts) == pytest.approx(expected)


def test_effort_is_compared_among_agents_alike_only() -> None:
    tickets = [arrival("a", handling=600.0), arrival("b", kind="chat.lt", handling=60.0)]
    trace = day(*tickets, shifts=(shift("anna", "ru"), shift("boris", "lt")))
    run = tally(trace, [taken("a", 0.0, "anna"), taken("b", 0.0, "boris")])
    assert run.gini == 0.0


def test_a_floor_outweighs_everything_after_it() -> None:
    compared = compare(runs(gaming=10, lt=2, ru=50), runs(gaming=9, lt=10, ru=90))
    assert (compared.verdict, compared.by) == ("better", "floors")


def test_with_equal_floors_the_worst_group_decides_before_the_mean() -> None:
    compared = compare(runs(lt=6, ru=70), runs(lt=8, ru=50))
    assert (compared.verdict, compared.by) == ("better", "worst_group")
    assert compare(runs(lt=5, ru=90), runs(lt=8, ru=60)).verdict == "worse"


def test_a_longer_wait_decides_last() -> None:
    compared = compare(runs(p99_s=70.0), runs(p99_s=60.0))
    assert (compared.verdict, compared.by) == ("worse", "p99_s")


def test_the_same_runs_are_tied() -> None:
    assert compare(runs(), runs()).verdict == "tied"


def test_a_difference_within_its_interval_is_a_tie() -> None:
    """Two tickets more on one day, two fewer on another."""
    noisy = [one_run(ru=80 + 2 * sign) for sign in (1, -1) * 10]
    assert compare(Sample(noisy), Sample([one_run()] * 20)).verdict == "tied"


def test_pairing_sees_a_small_steady_difference_that_weather_would_hide() -> None:
    storm = (-30, -15, 0, 10, 15) * 4
    theirs = Sample([_with_weather(one_run(lt=10, gaming=10), weather) for weather in storm])
    ours = Sample([_with_weather(one_run(lt=10, gaming=10, ru=81), weather) for weather in storm])
    assert compare(ours, theirs).verdict == "better"


def test_unpaired_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="20 runs of ours against 1"):
        compare(runs(), Sample([one_run()]))


def test_we_are_best_or_tied_unless_somebody_beats_us() -> None:
    assert best_or_tied(runs(), {"same": runs(), "slower": runs(p99_s=70.0)})
    assert not best_or_tied(runs(), {"same": runs(), "faster": runs(p99_s=50.0)})


def test_a_figure_is_one_number_a_resample() -> None:
    assert all(
        len(values) == 1 and math.isfinite(values[0]) for values in runs().figures().values()
    )
