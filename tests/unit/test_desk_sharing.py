"""Late tickets get a share of the slots, the others the rest."""

from dataclasses import replace

import pytest

from services.router.domain.effects import TicketStepped
from services.router.domain.requirement import Need
from tests.unit.desk_driver import RULES, Driver, dealt, requirement

LT = Need("lang.lt")
QUARTER = replace(RULES, late_share=0.25, wrap_up_seconds=0.0)


def overloaded(late: int, timely: int, *, share: float | None = 0.25) -> Driver:
    """One agent with one slot, taken; so many tickets late and so many that can be met."""
    desk = Driver(rules=replace(QUARTER, late_share=share))
    desk.staff(anna=1)
    desk.deal("held")
    desk.accept("held")
    for i in range(late):
        desk.open(f"late{i}", due=10.0 + i)
    for i in range(timely):
        desk.open(f"timely{i}", due=1_000.0 + i)
    desk.wait(100)
    return desk


def next_deals(desk: Driver, count: int) -> list[str]:
    """Free one slot after the other; what each goes to."""
    names = []
    for _ in range(count):
        [held] = [t.id for t in desk.desk.tickets() if t.agent == "anna" and t.until == 0]
        desk.resolve(held)
        [(name, _)] = dealt(desk.settle())
        desk.accept(name)
        names.append(name)
    return names


def test_every_fourth_slot_goes_to_a_late_ticket_while_both_kinds_wait() -> None:
    desk = overloaded(late=3, timely=20)
    assert next_deals(desk, 12) == [
        *("timely0", "timely1", "timely2", "late0"),
        *("timely3", "timely4", "timely5", "late1"),
        *("timely6", "timely7", "timely8", "late2"),
    ]


def test_without_a_share_the_earliest_deadline_comes_first_however_late() -> None:
    desk = overloaded(late=2, timely=2, share=None)
    assert next_deals(desk, 4) == ["late0", "late1", "timely0", "timely1"]


def test_late_tickets_alone_are_served_at_once() -> None:
    assert next_deals(overloaded(late=3, timely=0), 3) == ["late0", "late1", "late2"]


def test_slots_that_nobody_else_wanted_are_not_charged_to_the_late() -> None:
    desk = overloaded(late=4, timely=0)
    next_deals(desk, 3)
    for i in range(4):
        desk.open(f"timely{i}")
    assert next_deals(desk, 4) == ["timely0", "timely1", "timely2", "late3"]


def test_a_deadline_is_missed_once_it_has_passed_not_at_its_very_instant() -> None:
    desk = overloaded(late=0, timely=1)
    desk.open("at the instant", due=0.0)
    desk.open("past", due=-0.5)
    assert next_deals(desk, 3) == ["at the instant", "timely0", "past"]


def test_a_ticket_becomes_late_while_it_waits() -> None:
    desk = overloaded(late=0, timely=2)
    desk.open("soon", due=5.0)
    assert next_deals(desk, 1) == ["soon"]
    desk.open("soon again", due=5.0)
    desk.wait(6)
    assert next_deals(desk, 3) == ["timely0", "timely1", "soon again"]


def test_a_declined_ticket_can_be_late_too() -> None:
    desk = Driver(rules=QUARTER)
    desk.staff(anna=1, boris=1)
    for name in ("declined", "held"):
        desk.deal(name, due=10.0)
    desk.accept("held")
    assert desk.get("held").agent == "boris"
    desk.decline("declined")
    desk.deal("other")
    desk.accept("other")
    desk.wait(20)
    desk.open("timely")
    desk.settle()
    desk.resolve("held")
    assert dealt(desk.settle()) == [("timely", "boris")]
    desk.accept("timely")
    desk.resolve("timely")
    assert dealt(desk.settle()) == [("declined", "boris")]


def test_a_scarce_skill_keeps_its_own_account() -> None:
    """However many slots the Russian speakers free meanwhile."""
    desk = Driver(rules=QUARTER)
    desk.hire("jonas", {"lang.lt": 3})
    desk.staff(anna=1)
    desk.connect("anna", "jonas")
    desk.state("jonas")
    for name, need in (("ru", requirement()), ("lt", requirement(LT))):
        desk.deal(name, need)
        desk.accept(name)
    for i in range(4):
        desk.open(f"lt late{i}", requirement(LT), due=1.0 + i)
        desk.open(f"ru late{i}", due=1.0 + i)
    desk.wait(10)
    for i in range(20):
        desk.open(f"lt{i:02d}", requirement(LT), due=500.0 + i)
        desk.open(f"ru{i:02d}", due=500.0 + i)
    turns = {"anna": "ru", "jonas": "lt"}
    served = []
    for agent in ("anna",) * 7 + ("jonas",) * 4:
        desk.resolve(turns[agent])
        [(turns[agent], dealt_to)] = dealt(desk.settle())
        desk.accept(turns[agent])
        assert dealt_to == agent
        served.append(turns[agent])
    assert [name for name in served if "late" in name] == ["ru late0", "lt late0"]
    assert served[-1] == "lt late0"


@pytest.mark.parametrize(("due", "late"), [(50.0, False), (-50.0, True)])
def test_a_decision_says_whether_the_ticket_was_late(due: float, late: bool) -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.open("t", due=due)
    [step] = [effect for effect in desk.settle() if isinstance(effect, TicketStepped)]
    assert step.decision is not None
    assert step.decision.late is late
    assert step.decision.as_dict()["late"] is late
