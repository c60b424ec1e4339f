"""The routing bench itself: its days, its engine, and the control on which all rules agree."""

import math
from statistics import fmean, stdev

import pytest

from services.router.simulator.trace import Trace
from tests.bench.routing import ours
from tests.bench.routing.drawing import draw
from tests.bench.routing.engine import run
from tests.bench.routing.rates import HOUR, MINUTE, between, constant, triangle
from tests.bench.routing.references import PEERS, LeastOpen, RingWidening
from tests.bench.routing.report import figures
from tests.bench.routing.scenarios import SCENARIOS
from tests.bench.routing.score import Sample, tally
from tests.bench.routing.tuning import sample, tune
from tests.unit.routing_bench_days import arrival, day, shift

WORK_CONSERVING = ["round_robin", "least_open", "longest_idle", "priority_fifo", "deadline"]


def taken(trace: Trace, policy: str) -> dict[str, float | None]:
    """When each ticket was taken, to the millisecond."""
    if policy == "croupier":
        outcomes = ours.run(trace, ours.PLAIN)
    else:
        peer = PEERS[policy]
        outcomes = run(trace, peer.make(trace, next(iter(peer.settings()))))
    return {o.id: None if o.taken_at is None else round(o.taken_at, 3) for o in outcomes}


@pytest.mark.parametrize("policy", [*WORK_CONSERVING, "ring_widening", "croupier"])
def test_with_one_kind_of_ticket_and_agent_every_rule_serves_the_same_at_the_same_time(
    policy: str,
) -> None:
    trace = SCENARIOS["S1"].draw(3, hours=1.0)
    assert taken(trace, policy) == taken(trace, "round_robin")


def test_the_control_is_on_time_for_nineteen_in_twenty() -> None:
    days = [SCENARIOS["S1"].draw(seed) for seed in range(6)]
    assert figures(sample(PEERS["least_open"], {}, days))["sla"] == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("name", ["S2", "S3", "S4", "S5"])
def test_the_core_without_its_extras_is_plain_deadline_order(name: str) -> None:
    trace = SCENARIOS[name].draw(5, hours=3.0 if name == "S4" else 0.75)
    assert taken(trace, "croupier") == taken(trace, "deadline")


def test_a_day_is_the_same_whenever_it_is_drawn() -> None:
    assert SCENARIOS["S5"].draw(8) == SCENARIOS["S5"].draw(8)
    assert SCENARIOS["S5"].draw(8).arrivals != SCENARIOS["S5"].draw(9).arrivals


def test_a_kind_arrives_the_same_whatever_else_arrives() -> None:
    night = SCENARIOS["S4"]
    alone = [kind for kind in night.kinds if kind.name == "chat.tr"]
    only = draw("S4", seed=3, hours=6, kinds=alone, teams=night.teams).arrivals
    assert only == tuple(t for t in night.draw(3).arrivals if t.kind == "chat.tr")


def test_tickets_arrive_at_the_rate_they_are_said_to() -> None:
    days = [SCENARIOS["S3"].draw(seed) for seed in range(5)]
    outage = (3 * HOUR + 10 * MINUTE, 3 * HOUR + 25 * MINUTE)
    hit = [sum(_within(t.at, outage) and t.kind == "chat.ru" for t in d.arrivals) for d in days]
    calm = [sum(t.at < HOUR and t.kind == "chat.ru" for t in d.arrivals) for d in days]
    # a quarter of an hour at 1,300 less a little and 6,000; an hour at 700
    assert fmean(hit) == pytest.approx(1_800, rel=0.05)
    assert fmean(calm) == pytest.approx(700, rel=0.05)


def _within(at: float, span: tuple[float, float]) -> bool:
    return span[0] <= at < span[1]


def test_handling_has_the_mean_and_the_spread_it_is_said_to_have() -> None:
    chats = [t.handling for t in SCENARIOS["S1"].draw(0, hours=20).arrivals]
    assert fmean(chats) == pytest.approx(480, rel=0.03)
    assert stdev(chats) / fmean(chats) == pytest.approx(0.8, abs=0.05)


def test_mail_waits_for_ever_and_is_there_when_the_night_begins() -> None:
    mail = [t for t in SCENARIOS["S4"].draw(1).arrivals if t.kind == "mail.ru"]
    assert sum(t.at == 0.0 for t in mail) == 40
    assert {t.patience for t in mail} == {math.inf}


def test_rates_rise_and_fall_in_a_straight_line() -> None:
    rate = triangle(100, 300, peak_at=3 * HOUR, half_width=2 * HOUR)
    assert [rate.at(h * HOUR) for h in (0, 1, 2, 3, 4, 5, 6)] == [100, 100, 200, 300, 200, 100, 100]
    surge = between(rate, constant(1_000), begins=HOUR, ends=2 * HOUR)
    assert [surge.at(h * HOUR) for h in (0, 1, 2)] == [100, 1_000, 200]
    assert surge.peak == 1_000


def test_an_agent_on_a_break_takes_nothing_but_finishes_what_they_have() -> None:
    tickets = [arrival("before", at=5.0, handling=60.0), arrival("during", at=20.0)]
    away = shift("anna", "ru", slots=2.0, absences=((10.0, 100.0),))
    before, during = run(day(*tickets, shifts=(away,)), LeastOpen())
    assert before.done_at == 65.0
    assert during.taken_at == 100.0


def test_a_customer_who_left_is_not_served() -> None:
    tickets = [arrival("long", handling=100.0), arrival("gone", at=1.0, patience=50.0)]
    trace = day(*tickets, arrival("waits", at=2.0), shifts=(shift("anna", "ru"),))
    _, gone, waits = run(trace, LeastOpen())
    assert (gone.taken_at, gone.left_at) == (None, 51.0)
    assert waits.taken_at == 100.0


def test_a_ring_widens_when_its_time_is_up() -> None:
    """Who speaks only Russian is first; who speaks Lithuanian, too, is asked later."""
    tickets = [arrival("first", handling=600.0), arrival("second", at=1.0)]
    scarce = arrival("third", at=2000.0, kind="chat.lt")
    trace = day(*tickets, scarce, shifts=(shift("anna", "ru"), shift("boris", "ru", "lt")))
    first, second, _ = run(trace, RingWidening(trace, seconds=30.0))
    assert (first.agent, first.taken_at) == ("anna", 0.0)
    assert (second.agent, second.taken_at) == ("boris", 31.0)


def test_a_peer_gets_the_setting_that_serves_the_worst_off_best() -> None:
    """Widened at once, a ring spends those who speak the scarce language."""
    days = [SCENARIOS["S2"].draw(seed, hours=3.0) for seed in (100, 101)]
    ring = PEERS["ring_widening"]
    worst = {
        chosen["seconds"]: figures(sample(ring, chosen, days))["worst_group"]
        for chosen in ring.settings()
    }
    best = worst[tune(ring, days)["seconds"]]
    assert best >= max(worst.values()) - 0.005
    assert best > worst[2.0]


def test_every_peer_finishes_every_ticket() -> None:
    trace = SCENARIOS["S4"].draw(11)
    for name, peer in PEERS.items():
        for settings in peer.settings():
            tallied = Sample([tally(trace, run(trace, peer.make(trace, settings)))])
            assert 0.5 < figures(tallied)["sla"] <= 1.0, (name, settings)
