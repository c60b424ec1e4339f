"""Tickets kept for a while for the agent who knows the customer."""

from dataclasses import replace

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.effects import TicketStepped
from services.router.domain.requirement import Need, Requirement, Stage
from services.router.domain.reserve import Reserve
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import NOON, RULES, Driver, dealt, requirement

STICKY = replace(RULES, sticky_seconds=60.0, wrap_up_seconds=0.0)


def reopened(*, sticky: float = 60.0) -> Driver:
    """Anna had the ticket and is busy with another; boris is free; the customer wrote again."""
    desk = Driver(rules=replace(STICKY, sticky_seconds=sticky))
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    desk.resolve("t")
    desk.deal("other")
    desk.accept("other")
    desk.hire("boris")
    desk.connect("anna", "boris")
    desk.state("boris")
    desk.entry("t")
    return desk


def hosted(desk: Driver, name: str, *hosts: tuple[str, float]) -> list[tuple[str, str | None]]:
    """Open a ticket of a customer who has agents of their own; what is dealt."""
    ticket = desk.ticket(name)
    ticket.hosts = hosts
    desk.desk.adopt_ticket(ticket, now=desk.now)
    return dealt(desk.settle())


def busy(**slots: float) -> Driver:
    """Agents with a ticket in every slot; `pool` is free."""
    desk = Driver(rules=STICKY)
    desk.staff(**slots)
    for name, capacity in slots.items():
        for i in range(int(capacity)):
            desk.deal(f"{name}{i}")
    for ticket in list(desk.desk.tickets()):
        desk.accept(ticket.id)
    desk.hire("pool", capacity=5.0)
    desk.connect(*slots, "pool")
    desk.state("pool")
    return desk


def held_by(desk: Driver, agent: str) -> str:
    accepted = (t for t in desk.desk.tickets() if t.state is TicketState.ACCEPTED)
    return next(ticket.id for ticket in accepted if ticket.agent == agent)


def free(desk: Driver, agent: str) -> list[tuple[str, str | None]]:
    """One slot of the agent."""
    desk.resolve(held_by(desk, agent))
    return dealt(desk.settle())


def test_a_reopened_ticket_waits_for_its_former_agent() -> None:
    desk = reopened()
    assert dealt(desk.settle()) == []
    assert dealt(desk.wait(59)) == []
    assert free(desk, "anna") == [("t", "anna")]


def test_after_the_window_anybody_may_take_it() -> None:
    desk = reopened()
    desk.settle()
    assert desk.desk.next_wakeup() == desk.now + 60
    assert dealt(desk.wait(60)) == [("t", "boris")]


def test_without_a_window_the_former_agent_is_only_tried() -> None:
    assert dealt(reopened(sticky=0.0).settle()) == [("t", "boris")]


def test_a_former_agent_who_is_not_on_shift_is_not_waited_for() -> None:
    desk = reopened()
    desk.state("anna", AgentState.BREAK)
    assert desk.get("t").agent == "boris"


def test_a_former_agent_who_leaves_meanwhile_is_waited_for_no_longer() -> None:
    desk = reopened()
    desk.settle()
    assert dealt(desk.state("anna", AgentState.BREAK)) == [("t", "boris")]


def test_a_former_agent_without_the_skill_any_more_is_waited_for_no_longer() -> None:
    desk = reopened()
    desk.settle()
    desk.hire("anna", {"lang.lt": 1})
    assert dealt(desk.settle()) == [("t", "boris")]


def test_a_former_agent_who_comes_back_within_the_window_is_waited_for_again() -> None:
    desk = reopened()
    desk.state("boris", AgentState.BREAK)
    desk.state("anna", AgentState.BREAK)
    desk.state("anna")
    assert dealt(desk.state("boris")) == []
    assert dealt(desk.wait(60)) == [("t", "boris")]


def test_a_former_agent_who_declines_is_left_out() -> None:
    desk = reopened()
    desk.settle()
    assert free(desk, "anna") == [("t", "anna")]
    desk.decline("t")
    assert dealt(desk.settle()) == [("t", "boris")]


def test_a_new_owner_keeps_the_ticket_for_as_long_as_the_old_one_would() -> None:
    desk = reopened()
    desk.settle()
    desk.now += 59
    successor = Driver(rules=desk.rules, now=desk.now)
    for ticket in desk.desk.tickets():
        successor.desk.adopt_ticket(replace(ticket, version=2), now=desk.now)
    for agent in desk.desk.agents():
        successor.desk.adopt_agent(replace(agent), now=desk.now)
    assert dealt(successor.settle()) == []
    assert dealt(successor.wait(1)) == [("t", "boris")]


def test_a_customer_s_own_agent_comes_first_then_the_deputy_then_everybody() -> None:
    desk = busy(host=1, deputy=1)
    assert hosted(desk, "t", ("host", 30.0), ("deputy", 20.0)) == []
    assert (desk.get("t").reach.kept, desk.desk.next_wakeup()) == (("host",), NOON + 30)
    desk.wait(30)
    assert (desk.get("t").reach.kept, desk.desk.next_wakeup()) == (("host", "deputy"), NOON + 50)
    assert dealt(desk.wait(20)) == [("t", "pool")]


def test_a_deputy_s_time_is_not_the_host_s_alone() -> None:
    desk = busy(host=1, deputy=1)
    hosted(desk, "a", ("host", 30.0), ("deputy", 20.0))
    hosted(desk, "b", ("host", 30.0), ("deputy", 20.0))
    assert free(desk, "deputy") == []
    desk.wait(30)
    assert desk.get("a").agent == "deputy"
    assert free(desk, "host") == [("b", "host")]


def test_a_host_who_is_away_takes_no_time() -> None:
    desk = busy(host=1, deputy=1)
    desk.state("host", AgentState.BREAK)
    hosted(desk, "t", ("host", 30.0), ("deputy", 20.0))
    assert (desk.get("t").reach.kept, desk.desk.next_wakeup()) == (("deputy",), NOON + 20)
    assert dealt(desk.wait(20)) == [("t", "pool")]


@pytest.mark.parametrize("host", ["nobody", "lithuanian"])
def test_a_host_who_could_not_take_it_is_not_waited_for(host: str) -> None:
    desk = busy(anna=1)
    desk.hire("lithuanian", {"lang.lt": 5})
    desk.connect("anna", "pool", "lithuanian")
    desk.state("lithuanian")
    assert hosted(desk, "t", (host, 30.0)) == [("t", "pool")]


def test_a_free_host_gets_the_ticket_before_a_better_fit_even_after_the_time() -> None:
    desk = Driver()
    desk.hire("host", {"lang.ru": 3, "lang.lt": 5})
    desk.staff(anna=1)
    desk.connect("anna", "host")
    desk.state("host")
    ticket = desk.ticket("t")
    ticket.hosts, ticket.queued_at = (("host", 30.0),), desk.now - 100
    desk.desk.adopt_ticket(ticket, now=desk.now)
    assert dealt(desk.settle()) == [("t", "host")]


def test_a_kept_ticket_competes_for_its_agent_by_deadline() -> None:
    desk = busy(host=1)
    desk.state("pool", AgentState.BREAK)
    desk.open("earlier", due=10.0)
    hosted(desk, "kept", ("host", 100.0))
    desk.open("later", due=900.0)
    desk.settle()
    assert free(desk, "host") == [("earlier", "host")]
    desk.accept("earlier")
    assert free(desk, "host") == [("kept", "host")]


def test_a_reserve_does_not_come_between_a_customer_and_their_agent() -> None:
    desk = Driver(rules=replace(STICKY, reserves=(Reserve("r", slots=9, tier="vip"),)))
    desk.staff(host=1)
    desk.open("plain")
    assert dealt(desk.settle()) == []
    assert hosted(desk, "t", ("host", 30.0)) == [("t", "host")]


def test_a_decision_says_for_whom_the_ticket_was_kept() -> None:
    desk = busy(host=1, deputy=1)
    hosted(desk, "t", ("host", 30.0), ("deputy", 20.0))
    effects = desk.wait(30)
    desk.resolve(held_by(desk, "deputy"))
    [step] = [e for e in effects + desk.settle() if isinstance(e, TicketStepped) and e.decision]
    assert step.decision is not None
    assert step.decision.excluded == (("kept", 1), ("capacity", 1))
    assert step.decision.kept == ("host", "deputy")
    assert step.decision.as_dict()["kept"] == ["host", "deputy"]
    assert [each.agent for each in step.decision.best] == ["deputy"]


def test_customers_of_many_agents_leave_nothing_behind() -> None:
    desk = Driver(rules=STICKY)
    desk.staff(**{f"a{i}": 1 for i in range(50)})
    for i in range(50):
        desk.deal(f"held{i}")
    for i in range(50):
        hosted(desk, f"t{i}", (f"a{i}", 10.0))
    books = desk.desk._books
    assert len(books.matcher._classes._kept) == 50
    desk.wait(10)
    assert books.matcher._classes._kept == {}
    assert len(books.matcher._classes._classes) == 1
    for i in range(50):
        desk.entry(f"t{i}", "left")
    desk.settle()
    assert books.room._hosted == {}


def test_a_skipped_host_is_waited_for_again_when_the_skip_is_over() -> None:
    desk = busy(host=1)
    desk.state("pool", AgentState.BREAK)
    hosted(desk, "t", ("host", 1_000.0))
    assert free(desk, "host") == [("t", "host")]
    desk.decline("t")
    desk.settle()
    assert desk.get("t").reach.kept == ()
    assert dealt(desk.wait(RULES.skip_seconds)) == [("t", "host")]


def test_a_light_ticket_of_a_kept_class_needs_only_its_own_room() -> None:
    desk = Driver(rules=STICKY)
    desk.staff(host=1)
    desk.open("half", requirement(Need("lang.ru"), weight=0.5))
    desk.settle()
    assert hosted(desk, "whole", ("host", 30.0)) == []
    light = desk.ticket("light", requirement(Need("lang.ru"), weight=0.5))
    light.hosts = (("host", 30.0),)
    desk.desk.adopt_ticket(light, now=desk.now)
    assert dealt(desk.settle()) == [("light", "host")]


def test_a_desk_whose_last_timer_was_set_twice_comes_to_rest() -> None:
    """A host who comes on shift has the ticket's timer set again, for the same instant."""
    desk = Driver(rules=STICKY)
    stages = (Stage(0.0, ((),)), Stage(10.0, ((),)))
    ticket = desk.ticket("t", Requirement("q", "web", (), 1.0, stages), version=2)
    ticket.hosts = (("host", 30.0),)
    desk.desk.adopt_ticket(ticket, now=desk.now)
    desk.hire("host")
    desk.hire("host")
    assert desk.wait(10) == []
    assert desk.desk.next_wakeup() is None
