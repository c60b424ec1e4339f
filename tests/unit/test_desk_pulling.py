"""An agent takes a ticket from the queue themselves."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.desk import Desk
from services.router.domain.effects import AgentStepped, Effect, Rejected, TicketStepped
from services.router.domain.events import SetState
from services.router.domain.picks import PickLimit
from services.router.domain.protection import Protection
from services.router.domain.requirement import Need, Stage
from services.router.domain.reserve import Reserve
from services.router.domain.shifts import Guards
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import CHANNELS, RULES, Driver, rejections, requirement, shown, steps

PULL = replace(RULES, pull=PickLimit(2, 100.0))
ACCEPTED = TicketState.ACCEPTED


def staffed(capacity: float = 2.0) -> Driver:
    """Anna has a slot that nothing was dealt into yet, though three tickets wait."""
    desk = Driver(rules=PULL)
    desk.staff(anna=capacity)
    for name, due in (("first", 100), ("second", 200), ("third", 300)):
        desk.open(name, due=due)
    return desk


def detail(effects: list[Effect]) -> str:
    [rejected] = [each for each in effects if isinstance(each, Rejected)]
    return rejected.detail


def pulled_by(effects: list[Effect]) -> str:
    [decision] = [
        each.decision for each in effects if isinstance(each, TicketStepped) and each.decision
    ]
    assert [one.agent for one in decision.best] == ["anna"]
    return decision.pulled


def test_the_ticket_an_agent_names_is_theirs_at_once() -> None:
    desk = staffed()
    effects = desk.pull("anna", "third", id="c1")
    assert steps(effects) == ["dealt", "accepted"]
    assert shown(effects) == [("anna", ACCEPTED, "c1")]
    assert pulled_by(effects) == "picked"
    assert [each.on for each in effects if isinstance(each, AgentStepped)] == ["pulled"]
    assert (desk.get("third").agent, desk.get("third").assignment) == ("anna", 1)
    assert desk.desk.load_of("anna") == 1


def test_without_a_name_an_agent_takes_the_next_that_they_could_be_dealt() -> None:
    desk = staffed()
    desk.open("not hers", requirement(Need("lang.lt")), due=10)
    effects = desk.pull("anna", id="c1")
    assert pulled_by(effects) == "next"
    assert desk.get("first").agent == "anna"
    assert desk.agent("anna").picks == ()


def test_the_next_one_is_none_that_the_agent_let_go() -> None:
    desk = Driver(rules=PULL)
    desk.staff(anna=1)
    assert desk.deal("declined", due=10) == "anna"
    desk.decline("declined")
    desk.open("other", due=50)
    desk.pull("anna")
    assert desk.holders("declined", "other") == [None, "anna"]


def test_the_next_one_may_be_one_that_is_kept_for_the_agent() -> None:
    desk = Driver(rules=replace(PULL, sticky_seconds=60.0))
    desk.staff(anna=1, boris=1)
    assert desk.deal("hers") == "anna"
    desk.accept("hers")
    desk.park("hers", 10)
    desk.now += 10
    desk.desk.tick(now=desk.now, limit=1)
    assert desk.get("hers").state is TicketState.QUEUED
    assert rejections(desk.pull("boris")) == ["unknown_ticket"]
    assert steps(desk.pull("anna")) == ["dealt", "accepted"]


def test_an_agent_finishes_one_and_takes_another_in_the_same_breath() -> None:
    desk = staffed(capacity=1)
    desk.settle()
    desk.accept("first")
    desk.resolve("first")
    desk.finish("first")
    assert steps(desk.pull("anna", "third")) == ["dealt", "accepted"]
    assert desk.settle() == []


def test_a_repeated_command_is_answered_by_what_came_of_it() -> None:
    desk = staffed()
    for name in ("second", ""):
        desk.pull("anna", name, id=f"c{name}")
        again = desk.pull("anna", name, id=f"c{name}")
        assert (steps(again), shown(again)) == ([], [("anna", ACCEPTED, f"c{name}")])
    assert desk.desk.load_of("anna") == 2


def test_a_command_repeated_late_takes_nothing_again() -> None:
    desk = Driver(rules=replace(PULL, skip_seconds=0.0))
    desk.staff(anna=1)
    desk.open("t")
    desk.pull("anna", "t", id="c1")
    desk.state("anna", AgentState.BREAK)
    desk.park("t", 10)
    desk.wait(10)
    assert desk.get("t").state is TicketState.QUEUED
    assert rejections(desk.pull("anna", "t", id="c1")) == ["not_yours"]


def test_a_ticket_in_hand_is_answered_by_its_card_and_an_offer_is_accepted() -> None:
    desk = staffed()
    desk.settle()
    assert desk.get("first").state is TicketState.OFFERED
    assert steps(desk.pull("anna", "first")) == ["accepted"]
    again = desk.pull("anna", "first")
    assert (steps(again), [state for _, state, _ in shown(again)]) == ([], [ACCEPTED])
    assert desk.agent("anna").picks == ()


def test_so_many_may_be_chosen_in_a_time_and_then_one_when_the_first_is_past() -> None:
    desk = staffed(capacity=5)
    desk.pull("anna", "first")
    desk.now += 40
    desk.pull("anna", "second")
    refused = desk.pull("anna", "third")
    assert detail(refused) == (
        "You have chosen 2 in 100 seconds already: the next one is possible in 60 seconds."
    )
    desk.now += 60
    assert steps(desk.pull("anna", "third")) == ["dealt", "accepted"]
    assert desk.agent("anna").picks == (desk.now - 60, desk.now)


def test_the_next_one_may_be_taken_however_many_were_chosen() -> None:
    desk = staffed(capacity=5)
    desk.pull("anna", "first")
    desk.pull("anna", "second")
    assert steps(desk.pull("anna")) == ["dealt", "accepted"]


def test_what_was_chosen_counts_for_another_owner_and_under_other_rules() -> None:
    desk = staffed(capacity=5)
    desk.pull("anna", "first", id="c1")
    before = deepcopy((desk.agent("anna"), list(desk.desk.tickets())))
    desk.rules = replace(PULL, pull=PickLimit(1, 50.0))
    desk.desk = Desk(desk.rules)
    desk.desk.adopt_agent(before[0], now=desk.now)
    desk.desk.adopt_tickets(before[1], now=desk.now)
    assert shown(desk.pull("anna", "first", id="c1")) == [("anna", ACCEPTED, "c1")]
    assert detail(desk.pull("anna", "third")).endswith("possible in 50 seconds.")
    desk.now += 50
    assert steps(desk.pull("anna", "third")) == ["dealt", "accepted"]


def test_a_reserve_keeps_nobody_from_a_ticket_they_name_but_from_the_next() -> None:
    desk = Driver(rules=replace(PULL, reserves=(Reserve("vips", slots=1, tier="vip"),)))
    desk.staff(anna=1)
    desk.open("t")
    assert desk.settle() == []
    assert rejections(desk.pull("anna")) == ["unknown_ticket"]
    assert steps(desk.pull("anna", "t")) == ["dealt", "accepted"]


def test_late_tickets_have_their_share_of_those_taken_as_the_next() -> None:
    desk = Driver(rules=replace(PULL, late_share=0.25))
    desk.staff(anna=8)
    for number in range(8):
        desk.open(f"late{number}", due=-10)
        desk.open(f"timely{number}", due=100)
    taken = [desk.pull("anna")[0] for _ in range(8)]
    late = [isinstance(each, TicketStepped) and each.ticket.due_at < desk.now for each in taken]
    assert late == [False, False, False, True] * 2


def test_one_that_is_named_counts_towards_no_share() -> None:
    desk = Driver(rules=replace(PULL, late_share=0.25))
    desk.staff(anna=8)
    for number in range(4):
        desk.open(f"late{number}", due=-10)
        desk.open(f"timely{number}", due=100)
    taken = [desk.pull("anna", name)[0] for name in ("", "timely3", "", "late3", "", "")]
    late = [isinstance(each, TicketStepped) and each.ticket.due_at < desk.now for each in taken]
    assert late == [False, False, False, True, False, True]


def test_the_stage_that_a_ticket_has_reached_counts() -> None:
    stages = (Stage(0.0, ((Need("lang.lt"),),)), Stage(60.0, ((Need("lang.ru"),),)))
    need = replace(requirement(), needs=(), stages=stages)
    desk = Driver(rules=replace(PULL, reserves=(Reserve("vips", slots=1, tier="vip"),)))
    desk.staff(anna=1)
    desk.open("t", need)
    assert detail(desk.pull("anna", "t")) == "You lack a skill that it needs."
    desk.wait(60)
    assert steps(desk.pull("anna", "t")) == ["dealt", "accepted"]


def off_shift(desk: Driver) -> None:
    desk.hire("anna", shifts=((desk.now - 3_600, desk.now + 300),))
    desk.now += 1


def let_go(desk: Driver) -> None:
    desk.settle()
    desk.decline("first")


@pytest.mark.parametrize(
    ("but", "says"),
    [
        (lambda desk: desk.state("anna", AgentState.BREAK), "You are not ready"),
        (lambda desk: desk.connect(), "You are not ready"),
        (off_shift, "Your shift is over, or too near its end"),
        (lambda desk: desk.hire("anna", channels=CHANNELS - {"web"}), "You are not ready for web."),
        (lambda desk: desk.hire("anna", {"lang.lt": 3}), "You lack a skill that it needs."),
        (lambda desk: desk.hire("anna", capacity=0.5), "0 of 0.5 slots taken."),
        (let_go, "You let it go: you may have it again in 60 seconds."),
    ],
)
def test_what_keeps_an_agent_from_being_dealt_it_keeps_them_from_taking_it(
    but: Callable[[Driver], object], says: str
) -> None:
    desk = Driver(rules=replace(PULL, guards=Guards(600.0)))
    desk.staff(anna=1)
    desk.open("first")
    but(desk)
    effects = desk.pull("anna", "first")
    assert detail(effects).startswith(says)
    assert rejections(effects) == ["not_allowed"]
    assert desk.agent("anna").picks == ()


def test_who_is_full_is_told_so() -> None:
    desk = staffed(capacity=2)
    desk.settle()
    assert detail(desk.pull("anna", "third")) == "2 of 2 slots taken."
    assert detail(desk.pull("anna")) == "Nothing waits that you could take now; 2 of 2 slots taken."


def test_a_ticket_kept_for_somebody_else_is_not_taken_and_they_are_not_named() -> None:
    desk = Driver(rules=PULL)
    desk.staff(anna=1, boris=1)
    assert desk.deal("t") == "anna"
    desk.accept("t")
    desk.open("more")
    desk.settle()
    desk.transfer("t", to_agent="boris")
    desk.hire("carla")
    desk.connect("anna", "boris", "carla")
    assert desk.get("t").reach.kept == ("boris",)
    desk.tell(SetState("e", "carla", AgentState.READY, None, None))
    assert detail(desk.pull("carla", "t")) == "It is kept for somebody else for now."


def test_a_guard_that_began_since_the_last_tick_counts() -> None:
    desk = Driver(rules=replace(PULL, guards=Guards(600.0)))
    desk.hire("anna", shifts=((desk.now, desk.now + 700),))
    desk.connect("anna")
    desk.state("anna")
    desk.open("t")
    desk.now += 100
    assert detail(desk.pull("anna", "t")).startswith("Your shift is over, or too near its end")
    assert detail(desk.pull("anna")).startswith("Your shift is over")


@pytest.mark.parametrize("name", ["unknown", "taken"])
def test_what_does_not_wait_is_refused_in_the_same_words(name: str) -> None:
    desk = Driver(rules=PULL)
    desk.staff(anna=1, boris=1)
    other = {"anna": "boris", "boris": "anna"}[desk.deal("taken")]
    effects = desk.pull(other, name)
    assert rejections(effects) == ["unknown_ticket"]
    assert detail(effects) == "No such ticket waits at this desk, or not any more."


@pytest.mark.parametrize("where", ["lane", "queue"])
@pytest.mark.parametrize("but", [let_go, lambda desk: desk.hire("anna", {"lang.lt": 3})])
def test_who_may_not_have_a_confidential_ticket_is_told_that_there_is_none(
    but: Callable[[Driver], object], where: str
) -> None:
    desk = Driver(rules=replace(PULL, protected={"care": Protection(confidential=True)}))
    desk.staff(anna=1)
    ticket = desk.ticket("first", requirement(queue="care") if where == "queue" else None)
    ticket.lane = "care"
    desk.desk.adopt_ticket(ticket, now=desk.now)
    but(desk)
    effects = desk.pull("anna", "first")
    assert rejections(effects) == ["unknown_ticket"]
    assert detail(effects) == "No such ticket waits at this desk, or not any more."


def test_who_may_have_a_confidential_ticket_may_take_it() -> None:
    desk = Driver(rules=replace(PULL, protected={"payments": Protection(confidential=True)}))
    desk.staff(anna=1)
    desk.open("first")
    assert steps(desk.pull("anna", "first")) == ["dealt", "accepted"]


def test_nobody_pulls_where_the_policy_does_not_say_so() -> None:
    desk = Driver(rules=RULES)
    desk.staff(anna=1)
    desk.open("t")
    for name in ("t", ""):
        assert detail(desk.pull("anna", name)).startswith("Nobody takes tickets from the queue")


def test_whom_the_desk_does_not_have_takes_nothing() -> None:
    assert rejections(staffed().pull("nobody")) == ["unknown_agent"]
