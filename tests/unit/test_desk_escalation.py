"""What is done, step by step, for a ticket that waits and waits in nobody's hands."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.effects import (
    Effect,
    Handing,
    Paged,
    ReplySent,
    TicketLeft,
    TicketStepped,
)
from services.router.domain.ladder import Rung
from services.router.domain.protection import Protection
from services.router.domain.requirement import Need, Requirement
from services.router.domain.rules import DeskRules, Elsewhere
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.treatment import Kind, Treatment
from tests.unit.desk_driver import NOON, RULES, Driver, dealt, steps

TEXTS = {"en": "We have not forgotten you.", "ru": "Мы о вас помним."}
TARGETS = {"payments": 600.0, "general": 7_200.0, "technical": 900.0}
LEAD = Rung(600.0, page="lead")
MOVE = Rung(1_200.0, queue="general")
TELL = Rung(2_400.0, texts=TEXTS, default_language="en")
LADDERS = {"payments": (LEAD, MOVE, TELL)}


def treat(kind: Kind) -> Treatment:
    queue = kind.queue or "payments"
    needs = (Need("lang.ru"), Need(queue))
    return Treatment(queue, 3, Requirement(queue, kind.channel, needs, 1.0), TARGETS[queue])


def rules(ladders: Mapping[str, tuple[Rung, ...]] = LADDERS) -> DeskRules:
    return replace(
        RULES,
        queues=frozenset(TARGETS),
        treat=treat,
        escalations=ladders,
        wrap_up_seconds=0.0,
        skip_seconds=0.0,
    )


def desk(ladders: Mapping[str, tuple[Rung, ...]] = LADDERS) -> Driver:
    """A ticket about a payment waits, with nobody there for it."""
    driver = Driver(rules=rules(ladders))
    driver.open("t")
    driver.settle()
    return driver


def comes(driver: Driver, name: str, *queues: str) -> None:
    """Somebody who can do these queues begins to work."""
    driver.hire(name, {"lang.ru": 3, **dict.fromkeys(queues, 3)})
    driver.connect(name)
    driver.state(name)


def done(effects: Iterable[Effect]) -> list[str]:
    """The steps of queues, in order."""
    names = {"paged_escalated", "moved_on", "customer_told"}
    return [e.on for e in effects if isinstance(e, TicketStepped) and e.on in names]


def marks(effects: Iterable[Effect]) -> list[str]:
    """The ids under which somebody was told."""
    pages = [each.page for each in effects if isinstance(each, Paged)]
    return pages + [each.reply for each in effects if isinstance(each, ReplySent)]


def stored(ticket: Ticket) -> Ticket:
    return replace(ticket, version=ticket.version + 1, escalate_at=0.0)


def successor(driver: Driver, ladders: Mapping[str, tuple[Rung, ...]] = LADDERS) -> Driver:
    """Another owner, who knows what is stored."""
    other = Driver(rules=rules(ladders), now=driver.now)
    other.desk.adopt_ticket(stored(driver.get("t")), now=driver.now)
    return other


def test_each_step_is_done_at_its_time_and_once() -> None:
    driver = desk()

    assert done(driver.wait(599)) == []
    assert done(driver.wait(1)) == ["paged_escalated"]
    assert done(driver.wait(599)) == []
    assert done(driver.wait(1)) == ["moved_on"]
    assert done(driver.wait(1_199)) == []
    assert done(driver.wait(1)) == ["customer_told"]
    assert driver.wait(86_400) == []


def test_a_page_says_whom_the_policy_names() -> None:
    effects = desk().wait(600)

    [page] = [each for each in effects if isinstance(each, Paged)]
    [step] = [each for each in effects if isinstance(each, TicketStepped)]
    assert (page.who, page.reason, step.who) == ("lead", "not_taken", "lead")
    assert page.page == f"t:payments:1:{NOON:.3f}"


def test_a_ticket_that_moves_on_is_the_other_queue_s_at_its_age_with_that_queue_s_deadline() -> (
    None
):
    driver = desk()
    comes(driver, "gina", "general")
    assert dealt(driver.wait(1_199)) == []
    effects = driver.wait(1)

    ticket = driver.get("t")
    [moved] = [e for e in effects if isinstance(e, TicketStepped) and e.on == "moved_on"]
    assert (moved.handing and moved.handing.to_queue, moved.before) == ("general", moved.after)
    assert (ticket.requirement.queue, ticket.moved_to) == ("general", "general")
    assert (ticket.queued_at, ticket.due_at) == (NOON, NOON + TARGETS["general"])
    assert dealt(effects) == [("t", "gina")]


@pytest.mark.parametrize(("lang", "text"), [("ru", TEXTS["ru"]), ("lt", TEXTS["en"])])
def test_the_customer_is_told_in_their_language_or_else_the_desks(lang: str, text: str) -> None:
    driver = Driver(rules=rules({"payments": (TELL,)}))
    driver.desk.adopt_ticket(replace(driver.ticket("t"), lang=lang), now=driver.now)
    effects = driver.wait(2_400)

    [told] = [each for each in effects if isinstance(each, ReplySent)]
    assert (told.text, told.agent, told.identity) == (text, None, "web:main:t")
    assert steps(effects) == ["customer_told"]


def test_a_step_is_put_off_by_neither_a_decline_nor_an_offer_that_passes() -> None:
    driver = desk()
    comes(driver, "anna", "payments")
    driver.decline("t")
    driver.settle()
    driver.wait(590)  # each offer passes, and the next is made

    assert driver.get("t").state is TicketState.OFFERED
    assert done(driver.wait(30)) == ["paged_escalated"]


def test_the_steps_of_a_ticket_in_hand_rest_and_what_was_due_is_done_when_it_comes_back() -> None:
    driver = desk()
    comes(driver, "anna", "payments")
    driver.accept("t")
    assert driver.wait(1_300) == []

    driver.connect()
    back = driver.wait(RULES.grace_seconds)

    assert done(back) == ["paged_escalated", "moved_on"]
    assert driver.get("t").requirement.queue == "general"
    assert done(driver.wait(1_200)) == ["customer_told"]


def test_a_parked_ticket_rests_until_it_wakes() -> None:
    driver = desk()
    comes(driver, "anna", "payments")
    driver.accept("t")
    driver.park("t", 900)
    driver.state("anna", AgentState.BREAK)

    assert done(driver.wait(899)) == []
    assert done(driver.wait(1)) == ["paged_escalated"]


def test_a_new_wait_begins_the_steps_anew_under_other_ids() -> None:
    driver = desk()
    first = marks(driver.wait(600))
    comes(driver, "anna", "payments")
    driver.accept("t")
    driver.resolve("t")
    driver.state("anna", AgentState.BREAK)
    driver.wait(100)
    driver.entry("t")
    driver.settle()

    assert done(driver.wait(599)) == []
    again = driver.wait(1)
    assert done(again) == ["paged_escalated"]
    assert set(first).isdisjoint(marks(again))


def test_a_new_owner_repeats_no_step_and_loses_none() -> None:
    driver = desk()
    driver.wait(700)
    other = successor(driver)

    assert done(other.settle()) == []
    assert done(other.wait(499)) == []
    assert done(other.wait(1)) == ["moved_on"]
    last = successor(other)
    assert last.get("t").requirement.queue == "general"
    assert done(last.wait(1_200)) == ["customer_told"]
    assert done(successor(last).wait(86_400)) == []


def test_a_step_that_is_done_again_since_it_was_not_written_has_the_same_id() -> None:
    driver = desk()
    before = stored(driver.get("t"))
    other = Driver(rules=rules(), now=driver.now)
    other.desk.adopt_ticket(before, now=driver.now)

    assert marks(driver.wait(2_400)) == marks(other.wait(2_400)) != []


def test_after_a_move_the_steps_of_the_new_queue_apply_and_those_past_are_done_at_once() -> None:
    general = (Rung(900.0, page="oncall"), Rung(1_500.0, queue="technical"))
    driver = desk({"payments": (LEAD, MOVE), "general": general})

    assert done(driver.wait(1_200)) == ["paged_escalated", "moved_on", "paged_escalated"]
    assert done(driver.wait(300)) == ["moved_on"]
    assert driver.get("t").requirement.queue == "technical"
    assert driver.wait(86_400) == []


def test_where_an_agent_puts_a_ticket_only_what_is_still_to_come_is_done() -> None:
    ladders = {"technical": (LEAD, MOVE, TELL)}
    driver = desk(ladders)
    comes(driver, "anna", "payments")
    driver.accept("t")
    driver.wait(1_300)
    driver.transfer("t", to_queue="technical")

    assert done(driver.settle()) == []
    assert driver.get("t").requirement.queue == "technical"
    assert done(driver.wait(1_100)) == ["customer_told"]


def test_an_agent_who_puts_a_ticket_back_is_not_overruled_and_no_step_is_repeated() -> None:
    driver = desk()
    comes(driver, "gina", "general")
    driver.wait(1_200)
    driver.accept("t")
    driver.transfer("t", to_queue="payments")

    assert done(driver.wait(1_199)) == []
    assert driver.get("t").requirement.queue == "payments"
    assert done(driver.wait(1)) == ["customer_told"]


def test_an_agent_who_puts_a_ticket_into_a_queue_without_steps_ends_those_it_had() -> None:
    driver = desk()
    comes(driver, "anna", "payments")
    driver.accept("t")
    driver.transfer("t", to_queue="general")

    assert done(driver.wait(86_400)) == []


def test_those_who_wait_follow_the_steps_of_another_policy() -> None:
    driver = desk()
    driver.wait(700)
    later = {"payments": (LEAD, Rung(900.0, page="oncall"))}

    driver.desk.change_rules(rules(later))
    assert done(driver.settle()) == []
    assert done(driver.wait(200)) == ["paged_escalated"]
    assert driver.wait(86_400) == []


def test_a_queue_that_is_given_steps_does_them_for_those_who_wait() -> None:
    driver = desk({})
    driver.wait(1_000)

    driver.desk.change_rules(rules())
    assert done(driver.settle()) == ["paged_escalated"]


def test_while_records_are_still_to_come_no_step_is_done() -> None:
    driver = desk()
    driver.now += 600

    assert driver.desk.tick(now=driver.now, limit=50, expire=False) == []
    assert done(driver.settle()) == ["paged_escalated"]


def test_a_protected_ticket_that_moves_on_keeps_its_page() -> None:
    care = {queue: Protection(1_500.0) for queue in TARGETS}
    driver = Driver(rules=replace(rules(), protected=care))
    driver.open("t")
    driver.settle()

    paged = [each.page for each in driver.wait(1_200) if isinstance(each, Paged)]
    assert paged == [f"t:payments:1:{NOON:.3f}"]
    [page] = [each for each in driver.wait(300) if isinstance(each, Paged)]
    assert page.page == "t:not_taken"


def sent_on(*, queue: str = "", to: Mapping[str, Elsewhere] | None = None) -> Driver:
    """Steps that send a payment on to another desk."""
    there = {"vip": Elsewhere(frozenset({"payments"}), {})} if to is None else to
    driver = Driver(
        rules=replace(
            rules({"payments": (Rung(1_200.0, queue=queue, desk="vip"),)}), elsewhere=there
        )
    )
    driver.open("t")
    driver.settle()
    return driver


@pytest.mark.parametrize("queue", ["", "payments"])
def test_a_step_sends_a_ticket_on_to_another_desk_with_its_age(queue: str) -> None:
    driver = sent_on(queue=queue)
    waits_since = driver.get("t").queued_at

    effects = driver.wait(1_200.0)

    [left] = [each for each in effects if isinstance(each, TicketLeft)]
    [step] = [each for each in effects if isinstance(each, TicketStepped)]
    assert (left.desk, left.cause, step.on) == ("vip", None, "moved_on")
    assert step.handing == Handing(to_queue=queue or None, to_desk="vip")
    assert (left.ticket.queued_at, left.ticket.moved_to) == (waits_since, queue)
    assert driver.desk.ticket("t") is None
    assert driver.desk.next_wakeup() is None


def test_a_ticket_that_cannot_go_stays_and_waits_on() -> None:
    driver = sent_on(to={})

    assert steps(driver.wait(1_200.0)) == ["kept_here"]
    assert driver.wait(10_000.0) == []
    comes(driver, "anna", "payments")
    driver.settle()
    assert driver.holders("t") == ["anna"]
