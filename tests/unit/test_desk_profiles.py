"""A customer's profile reaches the ticket they have: its deadline, and who is tried first."""

from dataclasses import replace

from services.router.domain.agent import AgentState
from services.router.domain.effects import Profiling, TicketStepped
from services.router.domain.events import SetState
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import TicketState
from services.router.domain.treatment import Kind, Treatment
from tests.unit.desk_driver import NOON, RULES, Driver, dealt, requirement, shown, steps

NEEDS = requirement()
TARGETS = {"vip": 60.0, "standard": 600.0}


def treat(kind: Kind) -> Treatment:
    return Treatment("payments", 3, NEEDS, TARGETS.get(kind.tier, 600.0))


BY_TIER: DeskRules = replace(
    RULES, treat=treat, first_host_seconds=30.0, next_host_seconds=20.0, wrap_up_seconds=0.0
)


def waiting(*names: str) -> Driver:
    """Tickets of standard customers, a second apart; anna comes in afterwards."""
    desk = Driver(rules=BY_TIER)
    for name in names:
        desk.open(name)
        desk.wait(1)
    return desk


def test_a_vip_mark_moves_a_waiting_ticket_before_older_ones() -> None:
    desk = waiting("first", "second", "third")

    assert steps(desk.profile("third", "vip")) == ["customer_profiled"]
    desk.staff(anna=1)

    assert desk.get("third").agent == "anna"
    assert desk.get("third").due_at == desk.get("third").queued_at + 60


def test_a_mark_taken_back_gives_the_ticket_the_place_it_had() -> None:
    desk = waiting("first", "second")
    desk.profile("second", "vip")
    desk.profile("second", "standard", version=2)
    desk.staff(anna=1)

    assert desk.get("first").agent == "anna"


def test_a_step_says_what_changed_and_what_was_before() -> None:
    desk = waiting("t")

    [step] = desk.profile("t", "vip", "anna", "boris")

    assert isinstance(step, TicketStepped)
    assert step.profiling == Profiling(
        "standard", "vip", ("anna", "boris"), from_due_at=NOON + 600, due_at=NOON + 60
    )


def test_a_profile_that_is_not_later_has_no_effect() -> None:
    desk = waiting("t")
    desk.profile("t", "vip", version=5)

    assert desk.profile("t", "standard", version=5) == []
    assert desk.profile("t", "standard", version=4) == []
    assert (desk.get("t").tier, desk.get("t").profile) == ("vip", 5)


def test_a_profile_of_a_ticket_not_in_memory_has_no_effect() -> None:
    assert Driver(rules=BY_TIER).profile("t", "vip") == []


def test_a_waiting_ticket_is_kept_for_the_hosts_it_is_given() -> None:
    desk = Driver(rules=BY_TIER)
    desk.staff(host=1, deputy=1)
    desk.deal("a")
    desk.deal("b")
    desk.open("t")
    desk.hire("pool")
    desk.profile("t", "vip", "host", "deputy")
    desk.connect("host", "deputy", "pool")

    assert dealt(desk.state("pool")) == []
    assert desk.get("t").reach.kept == ("host",)
    assert desk.get("t").hosts == (("host", 30.0), ("deputy", 20.0))


def test_hosts_taken_away_leave_the_ticket_to_everybody() -> None:
    desk = Driver(rules=BY_TIER)
    desk.staff(host=1)
    desk.deal("a")
    desk.open("t")
    desk.profile("t", "standard", "host")
    desk.hire("pool")
    desk.connect("host", "pool")
    desk.state("pool")
    assert desk.get("t").state is TicketState.QUEUED

    desk.profile("t", "standard", version=2)

    assert dealt(desk.settle()) == [("t", "pool")]


def test_a_free_host_is_chosen_even_when_their_time_is_over() -> None:
    desk = Driver(rules=BY_TIER)
    desk.open("t")
    desk.wait(300)
    desk.hire("host", {"lang.ru": 3, "lang.lt": 5})
    desk.hire("anna")
    desk.profile("t", "standard", "host")
    desk.connect("host", "anna")
    for name in ("anna", "host"):
        desk.tell(SetState(desk.id(), name, AgentState.READY, None, None))
    desk.settle()

    assert desk.get("t").agent == "host"


def test_an_agent_who_has_the_ticket_sees_its_new_deadline() -> None:
    desk = Driver(rules=BY_TIER)
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")

    effects = desk.profile("t", "vip")

    assert shown(effects) == [("anna", TicketState.ACCEPTED, None)]
    assert (desk.get("t").agent, desk.get("t").due_at) == ("anna", NOON + 60)


def test_a_resolved_ticket_is_reopened_with_the_time_of_its_new_tier() -> None:
    desk = Driver(rules=BY_TIER)
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    desk.resolve("t")
    desk.profile("t", "vip")
    desk.wait(100)

    desk.entry("t")

    assert desk.get("t").due_at == desk.now + 60


def test_a_new_owner_has_the_ticket_where_the_old_one_had_it() -> None:
    desk = waiting("first", "second")
    desk.profile("second", "vip", "host")
    successor = Driver(rules=BY_TIER, now=desk.now)
    for ticket in desk.desk.tickets():
        stored = replace(ticket, version=2, hosts=tuple((agent, 0.0) for agent, _ in ticket.hosts))
        successor.desk.adopt_ticket(stored, now=desk.now)

    mine, theirs = desk.get("second"), successor.get("second")
    assert (theirs.due_at, theirs.hosts, theirs.tier) == (mine.due_at, mine.hosts, "vip")


def test_other_rules_give_hosts_other_times() -> None:
    desk = waiting("t")
    desk.profile("t", "vip", "host")

    desk.desk.change_rules(replace(BY_TIER, version=8, first_host_seconds=5.0))
    desk.settle()

    assert desk.get("t").hosts == (("host", 5.0),)


def test_a_profile_reaches_a_ticket_that_other_rules_have_not_reached_yet() -> None:
    desk = Driver(rules=BY_TIER)
    desk.desk.adopt_ticket(desk.ticket("t", version=2), now=desk.now)
    desk.desk.change_rules(replace(BY_TIER, version=8))

    assert steps(desk.profile("t", "vip")) == ["customer_profiled"]
    assert desk.get("t").due_at == NOON + 60
