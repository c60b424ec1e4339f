"""No rule, and no clairvoyant, beats the bounds."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.simulator.trace import Trace
from tests.bench.routing import ours
from tests.bench.routing.blind import Blind
from tests.bench.routing.bounds import Day, bounds, most
from tests.bench.routing.clairvoyant import Clairvoyant
from tests.bench.routing.drawing import Kind, draw
from tests.bench.routing.engine import run
from tests.bench.routing.rates import constant
from tests.bench.routing.references import PEERS
from tests.bench.routing.report import figures
from tests.bench.routing.scenarios import SCENARIOS
from tests.bench.routing.score import Sample, tally
from tests.unit.routing_bench_days import arrival, crowded_day, day, shift
from tests.unit.routing_bench_exhaustive import most_on_time

SLACK = 1e-6
BOUNDED = ("floors", "worst_group", "value", "sla")


def most_by_bound_a(trace: Trace) -> float:
    return most(Clairvoyant(trace), {ticket.kind: 1.0 for ticket in trace.arrivals})


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40)
def test_the_best_of_all_orders_never_exceeds_bound_a(seed: int) -> None:
    trace = crowded_day(seed)
    assert most_on_time(trace) <= most_by_bound_a(trace) + SLACK


def test_bound_a_leaves_out_what_nobody_could_do() -> None:
    """Ten at once, a slot for each of three, a minute's grace and five minutes' work."""
    crowd = [arrival(f"t{number}") for number in range(10)]
    trace = day(*crowd, shifts=(shift("anna", "ru", slots=3.0),))
    assert most_on_time(trace) == 3
    # begun on time and interrupted, split work ends a minute later at most: 3 * 360 / 300
    assert 3.0 <= most_by_bound_a(trace) <= 3.6 + SLACK


def test_bound_a_serves_nobody_whom_nobody_understands() -> None:
    trace = day(arrival("a"), arrival("b", kind="chat.lt"), shifts=(shift("anna", "ru"),))
    assert most_by_bound_a(trace) == pytest.approx(1.0)


def test_nobody_begins_a_ticket_during_a_break_but_may_after_it() -> None:
    away = shift("anna", "ru", absences=((0.0, 100.0),))
    during = arrival("during", target=60.0)
    after = arrival("after", target=120.0)
    assert most_by_bound_a(day(during, shifts=(away,))) == 0.0
    assert most_by_bound_a(day(after, shifts=(away,))) == pytest.approx(1.0)


def test_a_customer_who_leaves_before_the_target_must_be_served_before_that() -> None:
    """The agent begins when the customer is gone, though the target is not yet over."""
    late = shift("anna", "ru", begins=30.0)
    assert most_by_bound_a(day(arrival("a", patience=20.0), shifts=(late,))) == 0.0
    assert most_by_bound_a(day(arrival("a", patience=40.0), shifts=(late,))) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("name", "hours"), [("S1", 0.5), ("S2", 0.7), ("S3", 0.0), ("S4", 2.0), ("S5", 0.4)]
)
def test_no_rule_exceeds_bound_a_on_any_day(name: str, hours: float, seed: int) -> None:
    trace = _outage(seed) if name == "S3" else SCENARIOS[name].draw(seed, hours=hours)
    limit = bounds([Day(trace, Clairvoyant(trace))])
    runs = {"croupier": ours.run(trace)}
    for peer_name, peer in PEERS.items():
        runs[peer_name] = run(trace, peer.make(trace, next(iter(peer.settings()))))
    for policy, outcomes in runs.items():
        reached = figures(Sample([tally(trace, outcomes)]))
        for figure in BOUNDED:
            assert reached[figure] <= limit[figure] + SLACK, (policy, figure)


def test_in_the_mean_no_rule_exceeds_the_blind_bound() -> None:
    """In a derby's outage, where there is much to lose."""
    derby = SCENARIOS["S3"]
    short = [_outage(seed) for seed in range(3)]
    limit = bounds([Day(trace, Blind(trace, derby.kinds, step=60.0)) for trace in short])
    for name, peer in PEERS.items():
        runs = [run(trace, peer.make(trace, next(iter(peer.settings())))) for trace in short]
        pairs = zip(short, runs, strict=True)
        reached = figures(Sample([tally(trace, outcomes) for trace, outcomes in pairs]))
        assert reached["sla"] <= limit["sla"], name
        assert reached["worst_group"] <= limit["worst_group"], name


def test_the_blind_bound_is_below_one_where_the_clairvoyant_picks_the_short_ones() -> None:
    derby = SCENARIOS["S3"]
    trace = _outage(0)
    everything = {kind.name: 1.0 for kind in derby.kinds}
    blind = most(Blind(trace, derby.kinds, step=60.0), everything)
    assert blind < most(Clairvoyant(trace), everything) < len(trace.arrivals)


def test_the_blind_bound_counts_on_those_who_are_still_waiting() -> None:
    """A hundred wait from the start, for five minutes in the mean; the agents come after five."""
    kind = _crowd(patience=300.0, target=600.0)
    late = tuple(shift(f"a{number}", "ru", slots=3.0, begins=301.0) for number in range(100))
    trace = replace(_day_of(kind), shifts=late)
    served = most(Blind(trace, [kind]), {kind.name: 1.0})
    # a wait counts from the end of the arrival's step, half a minute later
    assert 100 * math.exp(-301 / 300) <= served <= 100 * math.exp(-270 / 300) + SLACK


def test_the_blind_bound_holds_a_slot_as_long_as_tickets_last_in_the_mean() -> None:
    """One slot for half an hour, eight minutes a ticket: begun are those that end, and one."""
    kind = _crowd(patience=math.inf, target=1799.0)
    trace = replace(_day_of(kind), shifts=(shift("anna", "ru"),))
    served = most(Blind(trace, [kind]), {kind.name: 1.0})
    assert 1800 / 480 <= served <= 1800 / 480 + 1.5


def _crowd(*, patience: float, target: float) -> Kind:
    """A hundred at the start, nobody later."""
    return Kind(
        name="chat.ru",
        lang="ru",
        channel="web",
        rate=constant(1e-6),
        handling=480.0,
        patience=patience,
        target=target,
        waiting=100,
    )


def _day_of(kind: Kind) -> Trace:
    return draw("small", seed=1, hours=1, kinds=[kind], teams=[])


def _outage(seed: int) -> Trace:
    """A derby's arrivals from five minutes before its outage to its end."""
    whole = SCENARIOS["S3"].draw(seed)
    kept = [ticket for ticket in whole.arrivals if 11_100 <= ticket.at < 12_300]
    return Trace(whole.name, seed, whole.seconds, tuple(kept), whole.shifts)
