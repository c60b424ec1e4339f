"""A ticket whose decision is disputed is looked at again, and never by whoever decided it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.effects import (
    CardShown,
    Effect,
    Handing,
    Paged,
    Rejected,
    TicketStepped,
)
from services.router.domain.events import Escalate
from services.router.domain.protection import Protection
from services.router.domain.requirement import Need, Requirement, Stage
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import TicketState
from services.router.domain.treatment import Kind, Treatment
from tests.unit.desk_driver import RULES, Driver, dealt, gone, rejections, requirement, steps

TARGETS = {"payments": 600.0, "complaints": 7_200.0, "care": 60.0}


def treat(kind: Kind) -> Treatment:
    queue = kind.queue or ("care" if kind.topic == "care" else "payments")
    asked = Requirement(queue, kind.channel, (Need("lang.ru"),), 1.0)
    return Treatment(queue, 3, asked, TARGETS[queue])


QUICK = replace(RULES, wrap_up_seconds=0.0, skip_seconds=5.0)
QUEUES = replace(QUICK, queues=frozenset(TARGETS), treat=treat)


def desk(*names: str, rules: DeskRules = QUICK) -> Driver:
    """These agents have room for one ticket each; only anna, who comes first, is ready."""
    found = Driver(rules=rules)
    found.staff(**dict.fromkeys(names, 1.0))
    for name in names[1:]:
        found.state(name, AgentState.BREAK)
    return found


def answered(driver: Driver, name: str = "t") -> None:
    """Anna has the ticket, and has answered the customer."""
    assert driver.deal(name) == "anna"
    driver.accept(name)
    driver.reply(name, "We cannot refund this.")


def relieve(driver: Driver, by: str) -> list[Effect]:
    """Somebody comes back from a break."""
    return driver.state(by)


def detail(effects: list[Effect]) -> str:
    [rejected] = [each for each in effects if isinstance(each, Rejected)]
    assert rejected.reason == "not_allowed"
    return rejected.detail


def excluded(effects: list[Effect]) -> dict[str, int]:
    [step] = [each for each in effects if isinstance(each, TicketStepped) and each.decision]
    assert step.decision is not None
    return dict(step.decision.excluded)


def test_an_escalated_ticket_waits_for_somebody_else_at_its_old_age_for_ever() -> None:
    driver = desk("anna", "boris")
    answered(driver)
    age = driver.get("t").queued_at, driver.get("t").due_at
    effects = driver.escalate("t", note="he disputes it")

    assert (steps(effects), gone(effects)) == (["escalated"], [("anna", "escalated")])
    assert [e.handing for e in effects if isinstance(e, TicketStepped)] == [
        Handing("he disputes it")
    ]
    assert (driver.get("t").state, driver.get("t").agent) == (TicketState.QUEUED, None)
    assert (driver.get("t").queued_at, driver.get("t").due_at) == age
    assert driver.wait(1e5) == []
    effects = relieve(driver, "boris")
    assert dealt(effects) == [("t", "boris")]
    assert excluded(effects) == {"decided": 1}


@pytest.mark.parametrize("state", ["accepted", "waiting_customer", "wrap_up"])
def test_a_ticket_is_escalated_from_the_hand_whatever_is_done_with_it(state: str) -> None:
    driver = desk("anna", rules=RULES)
    driver.deal("t")
    driver.accept("t")
    if state == "waiting_customer":
        driver.reply("t", "which card?", awaits=True)
    if state == "wrap_up":
        driver.resolve("t")
    assert driver.get("t").state == state
    assert steps(driver.escalate("t")) == ["escalated"]
    assert driver.settle() == []


def test_an_offer_is_not_escalated() -> None:
    driver = desk("anna")
    driver.deal("t")
    assert rejections(driver.escalate("t")) == ["wrong_state"]


def test_who_only_had_the_ticket_may_review_it() -> None:
    driver = desk("anna", "boris")
    driver.deal("t")
    driver.accept("t")
    relieve(driver, "boris")
    driver.transfer("t", to_agent="boris")
    driver.settle()
    driver.accept("t")
    driver.reply("t", "no")
    driver.wait(QUICK.skip_seconds)
    driver.escalate("t")
    assert driver.get("t").deciders == ("boris",)
    assert dealt(driver.settle()) == [("t", "anna")]


def test_who_decided_an_earlier_wait_is_passed_by_too() -> None:
    driver = desk("anna", "boris", "clara")
    answered(driver)
    driver.resolve("t")
    driver.state("anna", AgentState.BREAK)
    driver.entry("t")
    assert dealt(relieve(driver, "boris")) == [("t", "boris")]
    driver.accept("t")
    driver.escalate("t")
    assert driver.get("t").barred == ("anna", "boris")
    assert dealt(relieve(driver, "anna")) == []
    assert dealt(relieve(driver, "clara")) == [("t", "clara")]


def test_a_ticket_that_is_not_disputed_goes_back_to_who_decided_it() -> None:
    driver = desk("anna", "boris")
    answered(driver)
    driver.resolve("t")
    relieve(driver, "boris")
    driver.entry("t")
    assert dealt(driver.settle()) == [("t", "anna")]
    assert driver.get("t").barred == ()


def test_no_stage_lets_a_decider_in() -> None:
    driver = desk("anna")
    later = Requirement(
        "payments", "web", (), 1.0, (Stage(0.0, ((Need("lang.ru"),),)), Stage(30.0, ((),)))
    )
    driver.deal("t", later)
    driver.accept("t")
    driver.escalate("t")
    assert driver.wait(10_000) == []


def test_a_transfer_to_who_decided_it_is_refused_and_says_why() -> None:
    driver = desk("anna", "boris")
    answered(driver)
    driver.escalate("t")
    relieve(driver, "boris")
    driver.accept("t")
    refused = detail(driver.transfer("t", to_agent="anna"))
    assert refused == "anna decided t: a re-review goes to somebody else."
    assert driver.get("t").state is TicketState.ACCEPTED


def test_no_decline_and_no_transfer_to_a_queue_brings_it_back_to_them() -> None:
    driver = desk("anna", "boris", rules=QUEUES)
    answered(driver)
    driver.escalate("t")
    relieve(driver, "boris")
    driver.decline("t")
    assert dealt(driver.settle()) == []
    assert dealt(driver.wait(QUEUES.skip_seconds)) == [("t", "boris")]
    driver.accept("t")
    driver.transfer("t", to_queue="complaints")
    assert dealt(driver.settle()) == []
    assert dealt(driver.wait(QUEUES.skip_seconds)) == [("t", "boris")]


def test_the_customer_s_own_agent_who_decided_it_is_not_waited_for() -> None:
    driver = desk("anna", "boris")
    ticket = driver.ticket("t")
    ticket.hosts = (("anna", 1_000.0),)
    driver.desk.adopt_ticket(ticket, now=driver.now)
    driver.settle()
    driver.accept("t")
    driver.escalate("t")
    assert dealt(driver.settle()) == []
    assert dealt(relieve(driver, "boris")) == [("t", "boris")]


def test_whoever_reviewed_it_gets_it_back_when_the_customer_writes_again() -> None:
    driver = desk("anna", "boris", rules=replace(QUICK, sticky_seconds=60.0))
    answered(driver)
    driver.escalate("t")
    relieve(driver, "boris")
    driver.accept("t")
    driver.resolve("t")
    driver.entry("t")
    assert dealt(driver.settle()) == [("t", "boris")]


def test_a_second_re_review_passes_by_the_first_reviewer_too() -> None:
    driver = desk("anna", "boris", "clara")
    answered(driver)
    driver.escalate("t")
    relieve(driver, "boris")
    driver.accept("t")
    driver.reply("t", "it stays so")
    driver.escalate("t")
    assert driver.settle() == []
    assert dealt(relieve(driver, "clara")) == [("t", "clara")]
    driver.accept("t")
    driver.resolve("t")
    driver.state("clara", AgentState.BREAK)
    driver.entry("t")
    assert dealt(driver.settle()) == []


def _another_owner(driver: Driver) -> Driver:
    other = Driver(rules=driver.rules, now=driver.now)
    other.desk.adopt_ticket(replace(driver.get("t"), version=9), now=driver.now)
    for name in ("anna", "boris"):
        other.desk.adopt_agent(driver.agent(name), now=driver.now)
    return other


def _another_policy(driver: Driver) -> Driver:
    driver.desk.change_rules(replace(driver.rules, version=8))
    return driver


@pytest.mark.parametrize("happens", [_another_owner, _another_policy])
def test_no_take_over_and_no_policy_forgets_who_decided(
    happens: Callable[[Driver], Driver],
) -> None:
    driver = desk("anna", "boris")
    answered(driver)
    driver.escalate("t")
    after = happens(driver)
    assert dealt(after.wait(1_000)) == []
    assert dealt(relieve(after, "boris")) == [("t", "boris")]


def test_the_card_says_that_it_is_a_re_review() -> None:
    driver = desk("anna", "boris")
    driver.open("t")
    effects = driver.settle()
    driver.accept("t")
    driver.escalate("t")
    effects += relieve(driver, "boris")
    cards = [(each.agent, each.review) for each in effects if isinstance(each, CardShown)]
    assert cards == [("anna", False), ("boris", True)]


def test_tickets_with_other_deciders_are_dealt_past_one_that_has_to_wait() -> None:
    driver = desk("anna", "boris")
    answered(driver)
    driver.escalate("t")
    assert driver.deal("next") == "anna"
    driver.open("later", due=900.0)
    assert dealt(relieve(driver, "boris")) == [("t", "boris")]


@pytest.mark.parametrize(
    ("usual", "to_queue", "queue"),
    [
        ("", None, "payments"),
        ("complaints", None, "complaints"),
        ("complaints", "care", "care"),
        ("", "complaints", "complaints"),
    ],
)
def test_it_goes_where_the_agent_says_else_where_the_desk_has_its_re_reviews(
    usual: str, to_queue: str | None, queue: str
) -> None:
    driver = desk("anna", rules=replace(QUEUES, review_queue=usual))
    answered(driver)
    queued_at = driver.get("t").queued_at
    effects = driver.escalate("t", to_queue=to_queue)
    ticket = driver.get("t")
    assert ticket.requirement.queue == queue
    assert ticket.due_at == queued_at + TARGETS[queue]
    [step] = [each for each in effects if isinstance(each, TicketStepped)]
    assert step.handing == Handing(to_queue=to_queue or usual or None)


def test_a_queue_the_desk_does_not_have_is_refused_by_name() -> None:
    driver = desk("anna", rules=QUEUES)
    answered(driver)
    effects = driver.tell(Escalate("c", "anna", "t", 1, to_queue="casino"))
    assert rejections(effects) == ["unknown_queue"]
    assert driver.get("t").state is TicketState.ACCEPTED


def test_a_protected_ticket_leaves_its_queue_only_where_the_agent_says_so() -> None:
    protected = {"care": Protection()}
    driver = desk("anna", rules=replace(QUEUES, review_queue="complaints", protected=protected))
    ticket = driver.ticket("t")
    ticket.topic = "care"
    driver.desk.adopt_ticket(ticket, now=driver.now)
    driver.settle()
    driver.accept("t")
    driver.escalate("t")
    assert driver.get("t").requirement.queue == "care"


def test_somebody_is_paged_when_only_deciders_are_there_for_a_protected_ticket() -> None:
    care = replace(QUICK, protected={"care": Protection()})
    driver = desk("anna", "boris", rules=care)
    driver.deal("t", requirement(queue="care"))
    driver.accept("t")
    driver.escalate("t")
    assert [e.reason for e in driver.settle() if isinstance(e, Paged)] == ["nobody_ready"]


def reviewed_and_another(driver: Driver) -> None:
    """`t` waits for somebody but anna; `other` is in boris's hands."""
    answered(driver)
    driver.escalate("t")
    driver.state("anna", AgentState.BREAK)
    driver.open("other", due=1.0)
    relieve(driver, "boris")
    driver.accept("other")


def test_a_whole_passes_by_whoever_decided_its_part_and_a_split_changes_nothing() -> None:
    driver = desk("anna", "boris")
    reviewed_and_another(driver)
    assert steps(driver.merge("other", "t")) == ["merged", "merged_in"]
    assert driver.get("other").barred == ("anna",)
    driver.reply("other", "it is one matter")
    driver.split("other", "t")
    assert (driver.get("t").deciders, driver.get("t").barred) == (("anna", "boris"), ("anna",))
    driver.resolve("other")
    assert dealt(driver.settle()) == [("t", "boris")]


def test_who_decided_a_ticket_cannot_get_it_by_merging_it_into_theirs() -> None:
    driver = desk("anna", "boris")
    answered(driver)
    driver.escalate("t")
    assert driver.deal("other") == "anna"
    driver.accept("other")
    refused = detail(driver.merge("other", "t"))
    assert refused == "anna decided t: a re-review goes to somebody else."


def test_a_part_that_closed_with_its_whole_remembers_who_decided_that() -> None:
    driver = desk("anna", "boris")
    answered(driver)
    driver.open("part")
    driver.merge("t", "part")
    driver.escalate("t")
    relieve(driver, "boris")
    driver.accept("t")
    driver.resolve("t")
    driver.now += driver.rules.reopen_seconds
    driver.desk.tick(now=driver.now, limit=50)
    driver.state("boris", AgentState.BREAK)
    driver.entry("part")
    assert driver.get("part").state is TicketState.QUEUED
    assert driver.settle() == []
