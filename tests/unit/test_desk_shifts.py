"""Shifts: nobody is dealt a ticket outside of theirs, nor just before its end."""

from dataclasses import replace

import pytest

from services.router.domain.desk import Desk
from services.router.domain.reserve import Reserve
from services.router.domain.shifts import CLOSED, OPEN, Duty, Guards, Shift, Shifts, planned
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import NOON, RULES, Driver, dealt, requirement, steps

HOUR = 3600.0
GUARDED = replace(RULES, guards=Guards(600.0, {"phone": 0.0}))
CALL = requirement(queue="phone")


def at_work(*shifts: Shift, name: str = "anna", desk: Driver | None = None) -> Driver:
    """A desk with an agent of these shifts, ready and connected. shifts: seconds from now."""
    desk = desk or Driver(rules=GUARDED)
    plan(desk, *shifts, name=name)
    desk.connect(*(agent.id for agent in desk.desk.agents()))
    desk.state(name)
    return desk


def plan(desk: Driver, *shifts: Shift, name: str = "anna", capacity: float = 9.0) -> None:
    spans = tuple((desk.now + begins, desk.now + ends) for begins, ends in shifts)
    desk.hire(name, capacity=capacity, shifts=spans)


def test_nothing_is_dealt_before_a_shift_begins() -> None:
    desk = at_work((HOUR, 2 * HOUR))
    desk.open("t")
    assert dealt(desk.settle()) == []
    assert desk.desk.next_wakeup() == NOON + HOUR
    assert dealt(desk.wait(HOUR)) == [("t", "anna")]


def test_nothing_is_dealt_in_the_guard_before_a_shift_ends() -> None:
    desk = at_work((0, HOUR))
    desk.wait(HOUR - 601)
    assert desk.deal("t1") == "anna"
    desk.open("t2")
    desk.now += 1
    assert dealt(desk.settle()) == []


def test_a_queue_with_a_guard_of_its_own_is_dealt_by_it() -> None:
    desk = at_work((0, HOUR))
    desk.wait(HOUR - 1)
    desk.open("t")
    desk.open("call", CALL, due=900)
    assert dealt(desk.settle()) == [("call", "anna")]
    desk.now += 1
    desk.open("late call", CALL)
    assert dealt(desk.settle()) == []


def test_the_next_shift_begins_by_itself() -> None:
    desk = at_work((0, HOUR), (2 * HOUR, 3 * HOUR))
    desk.wait(HOUR)
    desk.open("t")
    assert dealt(desk.settle()) == []
    assert dealt(desk.wait(HOUR)) == [("t", "anna")]


def test_shifts_that_touch_are_one() -> None:
    desk = at_work((0, HOUR), (HOUR, 2 * HOUR))
    desk.wait(HOUR - 1)
    assert desk.deal("t") == "anna"


def test_a_profile_that_keeps_shifts_changes_all_but_them() -> None:
    desk = at_work((HOUR, 2 * HOUR))
    planned_before = desk.agent("anna").shifts
    desk.hire("anna", capacity=2.0, keep_shifts=True)
    assert (desk.agent("anna").capacity, desk.agent("anna").shifts) == (2.0, planned_before)
    desk.hire("anna", capacity=2.0, shifts=(), keep_shifts=True)
    assert desk.agent("anna").shifts == ()
    desk.hire("anna", capacity=2.0)
    assert desk.agent("anna").shifts is None


def test_somebody_new_has_no_shifts_to_keep() -> None:
    desk = Driver(rules=GUARDED)
    desk.hire("anna", keep_shifts=True)
    assert desk.agent("anna").shifts is None


def test_what_is_in_hand_stays_there_when_the_shift_ends() -> None:
    desk = at_work((0, 700))
    desk.deal("t")
    desk.accept("t")
    assert steps(desk.wait(700)) == []
    desk.connect("anna")
    assert (desk.get("t").state, desk.get("t").agent) == (TicketState.ACCEPTED, "anna")


def test_an_offer_stands_though_the_guard_has_begun() -> None:
    desk = at_work((0, 605))
    desk.deal("t")
    assert steps(desk.wait(10)) == []
    desk.state("anna")
    desk.accept("t")
    assert desk.get("t").state is TicketState.ACCEPTED


def test_a_ticket_is_not_kept_for_somebody_whose_shift_is_nearly_over() -> None:
    desk = Driver(rules=replace(GUARDED, sticky_seconds=300.0))
    at_work((0, 700), desk=desk)
    desk.deal("t")
    desk.accept("t")
    desk.resolve("t")
    desk.finish("t")
    desk.hire("boris")
    desk.connect("anna", "boris")
    desk.state("boris")
    desk.now += 100
    desk.entry("t")
    assert dealt(desk.settle()) == [("t", "boris")]


def test_a_ticket_kept_for_somebody_is_free_once_the_guard_begins() -> None:
    desk = Driver(rules=replace(GUARDED, sticky_seconds=300.0))
    at_work((0, 700), desk=desk)
    desk.deal("t")
    desk.accept("t")
    desk.resolve("t")
    desk.finish("t")
    plan(desk, (0, 700), capacity=1.0)
    desk.deal("other")
    desk.accept("other")
    desk.hire("boris")
    desk.connect("anna", "boris")
    desk.state("boris")
    desk.entry("t")
    desk.settle()
    assert desk.get("t").reach.kept == ("anna",)
    assert dealt(desk.wait(100)) == [("t", "boris")]


def test_the_slots_of_those_off_shift_are_no_part_of_a_reserve() -> None:
    spare = Reserve("vips", slots=1, tier="vip")
    desk = at_work((HOUR, 2 * HOUR), desk=Driver(rules=replace(GUARDED, reserves=(spare,))))
    desk.hire("boris")
    desk.connect("anna", "boris")
    desk.state("boris")
    desk.open("t")
    assert dealt(desk.settle()) == []
    assert dealt(desk.wait(HOUR)) == [("t", "anna")]


def test_a_decision_counts_those_off_shift() -> None:
    desk = at_work((HOUR, 2 * HOUR))
    desk.staff(boris=1.0)
    desk.connect("anna", "boris")
    desk.open("t")
    (decision,) = [e.decision for e in desk.settle() if getattr(e, "decision", None)]  # type: ignore[union-attr]
    assert decision is not None
    assert decision.excluded == (("shift", 1),)


def test_a_shift_ends_though_the_broker_still_holds_records() -> None:
    desk = at_work((0, 700))
    desk.open("t")
    assert desk.desk.pending(now=desk.now + 100, expire=False)
    assert desk.desk.tick(now=desk.now + 100, limit=50, expire=False) == []
    assert not desk.desk.pending(now=desk.now + 100, expire=False)


def test_a_longer_shift_counts_at_once() -> None:
    desk = at_work((0, 300))
    desk.open("t")
    assert dealt(desk.settle()) == []
    plan(desk, (0, HOUR))
    assert dealt(desk.settle()) == [("t", "anna")]


def test_another_guard_counts_at_once() -> None:
    desk = at_work((0, 300))
    desk.open("t")
    assert dealt(desk.settle()) == []
    desk.desk.change_rules(replace(GUARDED, guards=Guards()))
    assert dealt(desk.settle()) == [("t", "anna")]


def test_a_new_owner_goes_on_with_the_shift() -> None:
    desk = at_work((0, HOUR))
    desk.desk, agent = Desk(GUARDED), desk.agent("anna")
    desk.desk.adopt_agent(agent, now=desk.now)
    desk.settle()
    assert desk.desk.next_wakeup() == NOON + HOUR - 600
    desk.wait(HOUR - 600)
    desk.open("t")
    assert dealt(desk.settle()) == []


def test_somebody_without_a_shift_in_their_plan_gets_nothing() -> None:
    desk = at_work()
    desk.open("t")
    assert dealt(desk.settle()) == []


@pytest.mark.parametrize(
    ("shifts", "now", "found"),
    [
        (None, 0.0, Duty(OPEN)),
        ((), 0.0, Duty(CLOSED)),
        (((10.0, 100.0),), 0.0, Duty(CLOSED, 10.0)),
        (((10.0, 100.0),), 10.0, Duty(OPEN, 70.0)),
        (((10.0, 100.0),), 70.0, Duty(30.0, 80.0)),
        (((10.0, 100.0),), 80.0, Duty(CLOSED, 100.0)),
        (((10.0, 100.0), (200.0, 300.0)), 100.0, Duty(CLOSED, 200.0)),
        (((10.0, 100.0),), 100.0, Duty(CLOSED)),
    ],
)
def test_what_is_dealt_follows_from_plan_guards_and_time(
    shifts: Shifts, now: float, found: Duty
) -> None:
    assert Guards(20.0, {"slow": 30.0}).duty(shifts, now) == found


def test_a_plan_is_put_in_order() -> None:
    assert planned([(5.0, 6.0), (1.0, 3.0), (2.0, 4.0), (4.0, 5.0)]) == ((1.0, 6.0),)
