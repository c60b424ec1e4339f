"""How much an agent may have in hand: while they are new, and when there is too much already."""

from dataclasses import replace

import pytest

from services.router.domain.desk import Desk
from services.router.domain.effects import AgentShown, Effect
from services.router.domain.rules import DeskRules
from services.router.domain.treatment import Kind, Treatment
from tests.unit.desk_driver import NOON, RULES, Driver, dealt, requirement


def weighing(weight: float) -> DeskRules:
    """Rules by which every ticket takes so much."""
    needs = requirement(weight=weight)

    def treat(kind: Kind) -> Treatment:
        return Treatment("payments", 3, needs, 600.0)

    return replace(RULES, treat=treat)


def with_tickets(
    desk: Driver, *names: str, capacity: float = 4.0, new_until: float = 0.0
) -> list[tuple[str, str | None]]:
    """Who is dealt what of so many tickets, anna being the only one there."""
    desk.hire("anna", capacity=capacity, new_until=new_until)
    desk.connect("anna")
    desk.state("anna")
    for name in names:
        desk.open(name)
    return dealt(desk.settle())


def capacities(effects: list[Effect]) -> list[float]:
    return [each.capacity for each in effects if isinstance(each, AgentShown)]


def test_somebody_new_has_a_share_of_their_capacity() -> None:
    assert len(with_tickets(Driver(), *"abcdef", new_until=NOON + 60)) == 2


def test_somebody_new_has_a_slot_at_least() -> None:
    desk = Driver(rules=replace(RULES, new_hire_share=0.1))
    assert len(with_tickets(desk, *"abcdef", new_until=NOON + 60)) == 1


def test_less_than_a_slot_is_not_made_more() -> None:
    assert with_tickets(Driver(), "a", capacity=0.5, new_until=NOON + 60) == []


def test_who_is_new_no_more_has_all_of_it_by_itself_and_sees_it() -> None:
    desk = Driver()
    with_tickets(desk, *"abcdef", new_until=NOON + 10)
    assert desk.desk.next_wakeup() == NOON + 10
    effects = desk.wait(10)
    assert len(dealt(effects)) == 2
    assert capacities(effects) == [4.0]


def test_another_share_counts_at_once() -> None:
    desk = Driver()
    with_tickets(desk, *"abcdef", new_until=NOON + 60)
    desk.desk.change_rules(replace(RULES, new_hire_share=1.0))
    assert len(dealt(desk.settle())) == 2


def test_a_new_owner_knows_who_is_new() -> None:
    desk = Driver()
    desk.hire("anna", capacity=4.0, new_until=NOON + 60)
    agent = desk.agent("anna")
    desk.desk = Desk(RULES)
    desk.desk.adopt_agent(agent, now=desk.now)
    assert desk.desk.capacity_of("anna") == 2.0


@pytest.mark.parametrize("capacity", [1.0, 0.0])
def test_who_has_more_than_their_capacity_is_overloaded_and_gets_nothing(capacity: float) -> None:
    desk = Driver()
    with_tickets(desk, "a", "b")
    assert desk.desk.overloaded() == []

    desk.hire("anna", capacity=capacity)
    desk.open("c")

    assert desk.desk.overloaded() == ["anna"]
    assert dealt(desk.settle()) == []
    assert desk.holders("a", "b", "c") == ["anna", "anna", None]


def test_an_overload_ends_with_the_tickets_that_made_it() -> None:
    desk = Driver(rules=replace(RULES, wrap_up_seconds=0.0))
    with_tickets(desk, "a", "b")
    desk.hire("anna", capacity=1.0)
    desk.open("c")
    for name in "ab":
        desk.accept(name)
        desk.resolve(name)
    assert dealt(desk.settle()) == [("c", "anna")]
    assert desk.desk.overloaded() == []


def test_heavier_tickets_of_another_policy_may_overload_and_take_nothing_away() -> None:
    desk = Driver(rules=weighing(1.0))
    with_tickets(desk, *"abcd")

    desk.desk.change_rules(weighing(2.0))
    desk.settle()

    assert (desk.desk.load_of("anna"), desk.desk.overloaded()) == (8.0, ["anna"])
    assert desk.holders(*"abcd") == ["anna"] * 4
