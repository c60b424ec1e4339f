"""An agent sets a ticket aside, or gives it to somebody else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.effects import Effect, Handing, Rejected, TicketStepped
from services.router.domain.events import Transfer
from services.router.domain.requirement import Need, Requirement
from services.router.domain.ticket import TicketState
from services.router.domain.treatment import Kind, Treatment
from tests.unit.desk_driver import RULES, Driver, dealt, gone, rejections, requirement, steps

TARGETS = {"payments": 600.0, "complaints": 7_200.0}


def treat(kind: Kind) -> Treatment:
    queue = kind.queue or "payments"
    needs = (Need("lang.ru"),) if queue == "payments" else (Need("lang.ru"), Need("complaints"))
    return Treatment(queue, 3, Requirement(queue, kind.channel, needs, 1.0), TARGETS[queue])


QUEUES = replace(RULES, queues=frozenset(TARGETS), treat=treat)


def at_work(desk: Driver, name: str = "t") -> None:
    """Anna, who has room for one, has taken the ticket."""
    desk.staff(anna=1)
    desk.deal(name)
    desk.accept(name)


def handing(effects: list[Effect]) -> Handing | None:
    [step] = [each for each in effects if isinstance(each, TicketStepped)]
    return step.handing


def detail(effects: list[Effect]) -> str:
    [rejected] = [each for each in effects if isinstance(each, Rejected)]
    return rejected.detail


def test_a_parked_ticket_leaves_the_hand_and_frees_the_slot() -> None:
    desk = Driver()
    at_work(desk)
    effects = desk.park("t", 3_600, "payments look into it")
    assert (steps(effects), gone(effects)) == (["parked"], [("anna", "parked")])
    assert handing(effects) == Handing(note="payments look into it", until=desk.now + 3_600)
    assert (desk.get("t").state, desk.get("t").joinable) == (TicketState.PARKED, True)
    assert desk.deal("next") == "anna"


def test_a_parked_ticket_wakes_in_time_with_its_age_and_deadline() -> None:
    desk = Driver()
    at_work(desk)
    age = desk.get("t").queued_at, desk.get("t").due_at
    desk.park("t", 5_000)
    assert desk.wait(4_999) == []
    effects = desk.wait(1)
    assert steps(effects) == ["woken", "dealt"]
    assert (desk.get("t").queued_at, desk.get("t").due_at) == age


def test_the_customer_wakes_a_parked_ticket() -> None:
    desk = Driver()
    at_work(desk)
    desk.park("t", 3_600)
    assert steps(desk.entry("t", reopens=False)) == ["entry_added"]
    assert steps(desk.entry("t")) == ["entry_added", "woken"]
    assert dealt(desk.settle()) == [("t", "anna")]
    desk.accept("t")
    assert desk.wait(3_600) == []


def test_a_woken_ticket_is_kept_a_while_for_who_parked_it() -> None:
    desk = Driver(rules=replace(RULES, sticky_seconds=30.0))
    desk.staff(anna=1, boris=1)
    assert desk.deal("t") == "anna"
    desk.accept("t")
    desk.park("t", 1_000)
    assert [desk.deal("first"), desk.deal("second")] == ["anna", "boris"]
    for name in ("first", "second"):
        desk.accept(name)
    desk.resolve("second")
    desk.finish("second")
    assert steps(desk.wait(1_000)) == ["woken"]
    assert dealt(desk.wait(29)) == []
    assert dealt(desk.wait(1)) == [("t", "boris")]


def test_a_ticket_that_awaits_the_customer_can_be_parked_and_transferred() -> None:
    desk = Driver()
    at_work(desk)
    desk.reply("t", "which card?", awaits=True)
    assert steps(desk.park("t", 60)) == ["parked"]
    desk.wait(60)
    desk.accept("t")
    desk.hire("boris")
    desk.reply("t", "which card?", awaits=True)
    assert steps(desk.transfer("t", to_agent="boris")) == ["transferred"]


@pytest.mark.parametrize("seconds", [0.0, -5.0, RULES.park_seconds_max + 1])
def test_a_time_that_is_over_or_too_far_is_not_allowed(seconds: float) -> None:
    desk = Driver()
    at_work(desk)
    assert rejections(desk.park("t", seconds)) == ["not_allowed"]
    assert desk.get("t").state is TicketState.ACCEPTED


def test_an_offer_is_neither_parked_nor_transferred() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    desk.deal("t")
    assert rejections(desk.park("t", 60)) == ["wrong_state"]
    assert rejections(desk.transfer("t", to_agent="boris")) == ["wrong_state"]


def test_parking_is_cut_to_the_longest_allowed_on_loading() -> None:
    desk = Driver()
    ticket = desk.ticket("t", version=4, state=TicketState.PARKED, agent="anna")
    ticket.until = desk.now + 1e9
    desk.desk.adopt_ticket(ticket, now=desk.now)
    assert ticket.until == desk.now + desk.rules.park_seconds_max


def test_a_transferred_ticket_waits_for_the_agent_it_is_for_at_its_old_age() -> None:
    desk = Driver()
    at_work(desk)
    desk.staff(boris=1)
    desk.connect("anna", "boris", "clara")
    desk.deal("boris is busy")
    desk.hire("clara")
    desk.connect("anna", "boris", "clara")
    age = desk.get("t").queued_at, desk.get("t").due_at
    effects = desk.transfer("t", to_agent="boris", note="he knows her")
    desk.state("clara")
    assert (steps(effects), gone(effects)) == (["transferred"], [("anna", "transferred")])
    assert handing(effects) == Handing("he knows her", to_agent="boris")
    assert (desk.get("t").state, desk.get("t").agent) == (TicketState.QUEUED, "boris")
    assert (desk.get("t").queued_at, desk.get("t").due_at) == age
    desk.accept("boris is busy")
    desk.resolve("boris is busy")
    desk.finish("boris is busy")
    assert dealt(desk.settle()) == [("t", "boris")]


def test_a_transferred_ticket_is_everybody_s_after_a_while_but_not_the_sender_s() -> None:
    desk = Driver(rules=replace(RULES, transfer_seconds=20.0))
    at_work(desk)
    desk.staff(boris=1)
    desk.connect("anna", "boris")
    assert desk.deal("boris is busy") == "boris"
    desk.accept("boris is busy")
    desk.transfer("t", to_agent="boris")
    assert dealt(desk.wait(20)) == []
    assert dealt(desk.wait(39)) == []
    assert dealt(desk.wait(1)) == [("t", "anna")]


def test_a_ticket_for_an_agent_who_is_not_there_is_everybody_s_at_once() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1, clara=1)
    desk.deal("t")
    desk.accept("t")
    desk.state("boris", AgentState.BREAK)
    desk.transfer("t", to_agent="boris")
    assert dealt(desk.settle()) == [("t", "clara")]


def test_who_declined_a_ticket_can_still_be_given_it() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    assert desk.deal("t") == "anna"
    desk.decline("t")
    desk.settle()
    desk.accept("t")
    desk.transfer("t", to_agent="anna")
    assert dealt(desk.settle()) == [("t", "anna")]


def test_a_transfer_that_is_let_pass_is_no_longer_kept() -> None:
    desk = Driver(rules=replace(RULES, transfer_seconds=600.0))
    desk.staff(anna=1, boris=1, clara=1)
    desk.deal("t")
    desk.accept("t")
    desk.transfer("t", to_agent="boris")
    desk.settle()
    desk.decline("t")
    assert dealt(desk.settle()) == [("t", "clara")]


def test_another_owner_keeps_a_transferred_ticket_for_the_same_agent() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    ticket = desk.ticket("t", version=4, agent="boris")
    ticket.kept_until = desk.now + 1e6
    desk.desk.adopt_ticket(ticket, now=desk.now)
    assert ticket.kept_until == desk.now + desk.rules.transfer_seconds
    assert dealt(desk.settle()) == [("t", "boris")]


@pytest.mark.parametrize(
    ("to", "reason", "names"),
    [
        ({"to_agent": "nobody"}, "unknown_agent", "nobody"),
        ({"to_agent": "gone"}, "unknown_agent", "gone"),
        ({"to_agent": "anna"}, "not_allowed", "You have this ticket"),
        ({"to_agent": "turk"}, "not_allowed", "turk"),
        ({"to_queue": "casino"}, "unknown_queue", "casino"),
    ],
)
def test_a_transfer_to_who_cannot_take_it_is_rejected_by_name(
    to: dict[str, str], reason: str, names: str
) -> None:
    desk = Driver(rules=QUEUES)
    at_work(desk)
    desk.hire("gone", active=False)
    desk.hire("turk", {"lang.tr": 3})
    effects = desk.tell(Transfer("c", "anna", "t", 1, **to))
    assert rejections(effects) == [reason]
    assert names in detail(effects)
    assert desk.get("t").state is TicketState.ACCEPTED


def test_a_ticket_moved_to_a_queue_has_its_needs_and_target_from_its_original_age() -> None:
    desk = Driver(rules=QUEUES)
    at_work(desk)
    queued_at = desk.get("t").queued_at
    desk.wait(50)
    effects = desk.transfer("t", to_queue="complaints")
    assert handing(effects) == Handing(to_queue="complaints")
    assert dealt(desk.settle()) == []
    ticket = desk.get("t")
    assert (ticket.requirement.queue, ticket.moved_to) == ("complaints", "complaints")
    assert (ticket.queued_at, ticket.due_at) == (queued_at, queued_at + 7_200)
    desk.hire("boris", {"lang.ru": 1, "complaints": 1})
    desk.connect("boris")
    assert dealt(desk.state("boris")) == [("t", "boris")]


def _policy_change(desk: Driver) -> None:
    desk.desk.change_rules(replace(desk.rules, version=8))
    desk.settle()


@pytest.mark.parametrize("happens", [_policy_change], ids=["a policy change"])
def test_a_moved_ticket_stays_in_its_queue_after(happens: Callable[[Driver], None]) -> None:
    desk = Driver(rules=QUEUES)
    at_work(desk)
    desk.transfer("t", to_queue="complaints")
    happens(desk)
    assert desk.get("t").requirement.queue == "complaints"
    assert desk.desk.depth().counts["complaints", TicketState.QUEUED] == 1


def test_a_move_is_forgotten_by_no_new_owner() -> None:
    desk = Driver(rules=QUEUES)
    ticket = desk.ticket("t", requirement(), version=4)
    ticket.moved_to = "complaints"
    desk.desk.adopt_ticket(ticket, now=desk.now)
    assert ticket.requirement.queue == "complaints"
