"""Slots withheld for scarce skills and for tiers."""

from dataclasses import replace

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.effects import TicketStepped
from services.router.domain.requirement import Need, Requirement
from services.router.domain.reserve import Reserve
from tests.unit.desk_driver import RULES, Driver, dealt, requirement

LT = Need("lang.lt")
FOR_LT = Reserve("lithuanian", slots=1, skill="lang.lt")
BOTH = {"lang.ru": 3, "lang.lt": 3}


def desk_with(*reserves: Reserve, capacity: float = 2.0, agents: int = 1) -> Driver:
    """So many speakers of both languages, ready."""
    desk = Driver(rules=replace(RULES, reserves=reserves, wrap_up_seconds=0.0))
    names = [f"both{i}" for i in range(agents)]
    for name in names:
        desk.hire(name, BOTH, capacity=capacity)
    desk.connect(*names)
    for name in names:
        desk.state(name)
    return desk


def test_the_last_slot_is_kept_from_tickets_the_rule_is_not_for() -> None:
    desk = desk_with(FOR_LT)
    desk.open("ru1")
    desk.open("ru2")
    assert dealt(desk.settle()) == [("ru1", "both0")]
    desk.open("lt", requirement(LT))
    assert dealt(desk.settle()) == [("lt", "both0")]


def test_slots_are_counted_over_all_who_could_serve() -> None:
    desk = desk_with(replace(FOR_LT, slots=2), agents=2)
    for i in range(4):
        desk.open(f"ru{i}")
    assert len(dealt(desk.settle())) == 2


def test_agents_the_rule_does_not_cover_are_not_withheld() -> None:
    desk = desk_with(replace(FOR_LT, slots=9))
    desk.staff(anna=2)
    for i in range(3):
        desk.open(f"ru{i}")
    assert [agent for _, agent in dealt(desk.settle())] == ["anna", "anna"]


def test_a_slot_that_comes_in_anywhere_may_free_one_elsewhere() -> None:
    desk = desk_with(FOR_LT, capacity=1.0)
    desk.open("ru")
    assert dealt(desk.settle()) == []
    desk.hire("jonas", {"lang.lt": 3})
    desk.connect("both0", "jonas")
    assert dealt(desk.state("jonas")) == [("ru", "both0")]


def test_a_slot_given_back_first_fills_the_reserve_again() -> None:
    desk = desk_with(FOR_LT)
    for name, needs in (("lt", requirement(LT)), ("ru", requirement())):
        desk.open(name, needs)
        desk.settle()
        if name == "lt":
            desk.accept("lt")
    assert desk.get("ru").agent is None
    desk.resolve("lt")
    assert dealt(desk.settle()) == [("ru", "both0")]
    desk.open("ru2")
    assert dealt(desk.settle()) == []


def test_an_agent_who_is_not_ready_holds_no_reserve() -> None:
    desk = desk_with(FOR_LT, agents=2, capacity=1.0)
    desk.state("both0", AgentState.BREAK)
    desk.open("ru")
    assert dealt(desk.settle()) == []
    assert dealt(desk.state("both0")) == [("ru", "both0")]


def test_what_is_left_of_a_slot_is_not_withheld() -> None:
    """Half a slot would not take a Lithuanian ticket of weight 1 anyway."""
    desk = desk_with(FOR_LT, capacity=2.0)
    for i in range(4):
        desk.open(f"ru{i}", requirement(weight=0.5))
    assert len(dealt(desk.settle())) == 2
    assert desk.desk.load_of("both0") == 1.0
    desk.open("lt", requirement(LT, weight=0.5))
    assert dealt(desk.settle()) == [("lt", "both0"), ("ru2", "both0")]


def test_the_least_loaded_is_passed_by_when_only_another_has_crumbs() -> None:
    desk = desk_with(FOR_LT, capacity=1.0, agents=2)
    desk.open("first", requirement(weight=0.5))
    desk.settle()
    desk.open("second", requirement(weight=0.5))
    assert dealt(desk.settle()) == [("second", desk.get("first").agent)]


@pytest.mark.parametrize(
    ("rule", "own"),
    [
        (Reserve("r", 1, queue="vip"), requirement(queue="vip")),
        (Reserve("r", 1, channel="email"), requirement(channel="email")),
        (Reserve("r", 1, skill="vip", among=(LT,)), requirement(Need("lang.ru"), Need("vip"))),
    ],
    ids=["queue", "channel", "skill"],
)
def test_a_rule_is_for_a_queue_a_channel_or_a_skill(rule: Reserve, own: Requirement) -> None:
    desk = Driver(rules=replace(RULES, reserves=(rule,)))
    desk.hire("anna", {"lang.ru": 3, "lang.lt": 3, "vip": 1})
    desk.connect("anna")
    desk.state("anna")
    desk.open("other", due=1)
    desk.open("own", own, due=2)
    assert dealt(desk.settle()) == [("own", "anna")]


def test_a_rule_may_be_for_a_tier() -> None:
    desk = desk_with(Reserve("vip", slots=1, tier="vip"), capacity=1.0)
    desk.open("ru")
    vip = desk.ticket("vip")
    vip.tier = "vip"
    desk.desk.adopt_ticket(vip, now=desk.now)
    assert dealt(desk.settle()) == [("vip", "both0")]


def test_only_agents_with_what_the_rule_asks_for_hold_its_slots() -> None:
    rule = Reserve("vip", slots=1, tier="vip", among=(Need("vip", 2),))
    desk = desk_with(rule, capacity=1.0)
    desk.open("ru")
    assert dealt(desk.settle()) == [("ru", "both0")]


def test_a_returning_customer_does_not_get_the_former_agent_s_withheld_slot() -> None:
    desk = desk_with(FOR_LT, capacity=2.0)
    desk.deal("t")
    desk.accept("t")
    desk.resolve("t")
    desk.deal("other")
    desk.entry("t")
    assert dealt(desk.settle()) == []
    desk.decline("other")
    assert ("t", "both0") in dealt(desk.settle())


def test_a_decision_counts_the_withheld_by_the_rule_s_name() -> None:
    desk = desk_with(FOR_LT, Reserve("vip", slots=5, tier="vip", among=(Need("vip"),)))
    desk.hire("host", {"lang.ru": 3, "vip": 2}, capacity=3.0)
    desk.hire("anna", capacity=1.0)
    desk.connect("both0", "host", "anna")
    desk.deal("first", requirement(LT))
    desk.state("host")
    desk.open("ru")
    desk.settle()
    assert desk.get("ru").agent is None
    effects = desk.state("anna")
    [step] = [each for each in effects if isinstance(each, TicketStepped) and each.on == "dealt"]
    assert step.decision is not None
    assert step.decision.excluded == (("reserve:lithuanian", 1), ("reserve:vip", 1))
