"""What happens on a simulated day."""

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.router.domain.requirement import Need
from services.router.domain.shifts import Guards
from services.router.simulator.habits import Habits
from services.router.simulator.run import OVERTIME_SECONDS, run, simulate
from services.router.simulator.trace import Arrival
from tests.unit.simulator_days import MANUAL, RULES, arrival, day, shift, times


def test_a_customer_waits_until_the_agent_is_done_with_the_one_before() -> None:
    trace = day([arrival("a", 0.0), arrival("b", 10.0)], [shift("anna")])

    assert times(run(trace, RULES)) == [("a", 0.0, 100.0), ("b", 100.0, 200.0)]


def test_an_agent_with_room_for_two_works_on_both_at_once() -> None:
    trace = day([arrival("a", 0.0), arrival("b", 10.0)], [shift("anna", capacity=2.0)])

    assert times(run(trace, RULES)) == [("a", 0.0, 100.0), ("b", 10.0, 110.0)]


def test_work_slows_down_while_there_are_others_in_hand() -> None:
    trace = day([arrival("a", 0.0), arrival("b", 50.0)], [shift("anna", capacity=2.0)])

    outcomes = run(trace, RULES, habits={"ru": Habits(slowdown=1.0)})

    # a: 50 s alone, 50 s of work at half speed; b: 50 s done by then, the rest alone
    assert times(outcomes) == [("a", 0.0, 150.0), ("b", 50.0, 200.0)]


def test_a_customer_leaves_when_patience_ends() -> None:
    trace = day([arrival("a", 0.0), arrival("b", 10.0, patience=30.0)], [shift("anna")])

    assert times(run(trace, RULES)) == [("a", 0.0, 100.0), ("b", None, 40.0)]


def test_patience_is_for_waiting_and_ends_with_it() -> None:
    trace = day([arrival("a", 0.0, patience=30.0)], [shift("anna")])

    assert times(run(trace, RULES)) == [("a", 0.0, 100.0)]


def test_a_customer_who_gave_up_contacts_again_with_another_patience() -> None:
    keen = arrival("b", 10.0, patience=30.0, returns=((20.0, 5.0), (40.0, 500.0)))
    trace = day([arrival("a", 0.0), keen], [shift("anna")])

    outcomes = run(trace, RULES)

    assert [(o.id, o.contact, o.came_at, o.taken_at, o.left_at) for o in outcomes[1:]] == [
        ("b", 1, 10.0, None, 40.0),
        ("b", 2, 60.0, None, 65.0),
        ("b", 3, 105.0, 105.0, None),
    ]


def test_after_work_holds_the_room_and_is_told_apart_from_handling() -> None:
    trace = day([arrival("a", 0.0), arrival("b", 10.0)], [shift("anna")])

    outcomes = run(trace, replace(RULES, wrap_up_seconds=30.0))

    assert [(o.taken_at, o.done_at, o.freed_at) for o in outcomes] == [
        (0.0, 100.0, 130.0),
        (130.0, 230.0, 260.0),
    ]


def test_an_agent_may_end_their_after_work_early() -> None:
    rules = replace(RULES, wrap_up_seconds=30.0)
    trace = day([arrival("a", 0.0)], [shift("anna")])

    (outcome,) = run(trace, rules, habits={"ru": Habits(after_work_seconds=0.0)})

    assert outcome.freed_at == outcome.done_at == 100.0


def test_an_offer_takes_time_and_the_customer_may_leave_meanwhile() -> None:
    trace = day([arrival("a", 0.0, patience=1e-3)], [shift("anna")])

    (outcome,) = run(trace, MANUAL, habits={"ru": Habits(answer_seconds=5.0)})

    assert (outcome.taken_at, outcome.left_at) == (None, 1e-3)


def test_declined_tickets_find_another_agent() -> None:
    trace = day([arrival("a", 0.0)], [shift("anna", kind="choosy"), shift("boris")])
    choosy = Habits(answer_seconds=5.0, declines=0.999999)

    (outcome,) = run(trace, MANUAL, habits={"choosy": choosy, "ru": Habits()})

    assert outcome.agent == "boris"
    assert outcome.taken_at is not None
    assert 0.0 < outcome.taken_at < 20.0


def test_an_ignored_offer_returns_when_its_time_is_over() -> None:
    trace = day([arrival("a", 0.0)], [shift("anna", kind="dreamer"), shift("boris")])

    (outcome,) = run(trace, MANUAL, habits={"dreamer": Habits(ignores=0.999999)})

    assert (outcome.agent, outcome.taken_at) == ("boris", MANUAL.offer_seconds)


def test_nobody_is_dealt_to_before_their_shift_or_after_it() -> None:
    trace = day(
        [arrival("a", 0.0), arrival("b", 60.0), arrival("c", 120.0)],
        [shift("anna", begins=50.0, ends=100.0)],
    )

    taken = [outcome.taken_at for outcome in run(trace, RULES)]

    assert taken == [50.0, None, None]


def test_nothing_is_dealt_towards_the_end_of_a_shift() -> None:
    guarded = replace(RULES, guards=Guards(120.0))
    early, late = shift("early", ends=500.0), shift("late", begins=500.0)
    trace = day([arrival("a", 370.0), arrival("b", 380.0), arrival("c", 385.0)], [early, late])

    assert times(run(trace, guarded)) == [
        ("a", 370.0, 470.0),
        ("b", 500.0, 600.0),
        ("c", 600.0, 700.0),
    ]


def test_what_is_in_hand_is_finished_in_a_break_and_nothing_new_is_begun() -> None:
    trace = day(
        [arrival("a", 0.0), arrival("b", 10.0)],
        [shift("anna", absences=((50.0, 300.0),), capacity=1.0)],
    )

    assert times(run(trace, RULES)) == [("a", 0.0, 100.0), ("b", 300.0, 400.0)]


def test_a_day_ends_though_offers_are_declined_for_ever() -> None:
    trace = day([arrival("a", 0.0)], [shift("anna")], seconds=60.0)
    habits = {"ru": Habits(answer_seconds=60.0, declines=1.0 - 1e-15)}
    rules = replace(MANUAL, offer_seconds=600.0, skip_seconds=OVERTIME_SECONDS / 4)

    (outcome,) = run(trace, rules, habits=habits)

    assert (outcome.taken_at, outcome.left_at) == (None, None)


def test_a_customer_nobody_can_serve_is_told_of_too() -> None:
    trace = day([arrival("a", 0.0, needs=(Need("lang.lt"),))], [shift("anna")])

    (outcome,) = run(trace, RULES)

    assert (outcome.taken_at, outcome.left_at, outcome.agent) == (None, None, None)


def test_a_day_may_begin_at_any_time() -> None:
    trace = day([arrival("a", 0.0), arrival("b", 10.0, patience=30.0)], [shift("anna")])

    assert times(run(trace, RULES, start=1_770_000_000.0)) == times(run(trace, RULES))


def test_arrivals_are_asked_for_as_time_goes_on() -> None:
    asked = []

    def stream() -> Iterator[Arrival]:
        for number in range(100):
            asked.append(number)
            yield arrival(str(number), 10.0 * number, handling=1.0)

    first = next(simulate(stream(), [shift("anna")], RULES, seed=1))

    assert first.id == "0"
    assert len(asked) <= 3


def test_habits_that_leave_nothing_to_accept_are_refused() -> None:
    with pytest.raises(ValueError, match="no offer"):
        Habits(declines=0.7, ignores=0.3)


def test_a_ticket_without_patience_to_lose_waits_for_the_next_shift() -> None:
    trace = day([arrival("a", 0.0)], [shift("anna", begins=5_000.0, ends=math.inf)])

    assert run(trace, RULES)[0].taken_at == 5_000.0
