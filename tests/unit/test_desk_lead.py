"""A team lead is told of an agent who lets a customer wait for an answer."""

from collections.abc import Iterable
from dataclasses import replace

from services.router.domain.effects import Effect, Paged, TicketStepped
from services.router.domain.protection import Protection
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import NOON, RULES, Driver, requirement, steps

LED = replace(
    RULES,
    agent_nudge_seconds=30.0,
    agent_lead_seconds=60.0,
    agent_silence_seconds=90.0,
    agent_lead="shift-lead",
    customer_silence_seconds=1_000.0,
)
LED_ALONE = replace(LED, agent_nudge_seconds=0.0, agent_silence_seconds=0.0)


def at_work(rules: DeskRules = LED) -> Driver:
    """Anna, who has room for one, has taken the ticket at noon."""
    desk = Driver(rules=rules)
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    return desk


def successor(desk: Driver, rules: DeskRules) -> Driver:
    """Another owner, who knows what is stored."""
    other = Driver(rules=rules, now=desk.now)
    other.desk.adopt_ticket(replace(desk.get("t"), version=2), now=desk.now)
    other.desk.adopt_agent(replace(desk.agent("anna")), now=desk.now)
    other.settle()
    return other


def pages(effects: Iterable[Effect]) -> list[Paged]:
    return [each for each in effects if isinstance(each, Paged)]


def test_a_lead_is_told_after_the_agent_was_reminded_and_before_the_ticket_goes_back() -> None:
    desk = at_work()
    assert steps(desk.wait(30)) == ["agent_nudged"]
    assert steps(desk.wait(29)) == []
    effects = desk.wait(1)
    [step] = [each for each in effects if isinstance(each, TicketStepped)]
    assert (step.on, step.agent, step.who, step.before) == (
        "lead_told",
        "anna",
        "shift-lead",
        TicketState.ACCEPTED,
    )
    [page] = pages(effects)
    assert (page.ticket.id, page.reason, page.who) == ("t", "agent_silent", "shift-lead")
    assert page.page == f"t:agent_silent:{NOON + 60:.3f}"
    assert steps(desk.wait(30)) == ["agent_silent"]


def test_after_a_long_sleep_of_the_desk_all_comes_in_its_order() -> None:
    effects = at_work().wait(1_000)
    assert steps(effects)[:3] == ["agent_nudged", "lead_told", "agent_silent"]


def test_a_lead_is_told_once_however_often_the_customer_asks() -> None:
    desk = at_work(LED_ALONE)
    assert steps(desk.wait(60)) == ["lead_told"]
    desk.entry("t")
    desk.wait(1)
    desk.entry("t")
    assert desk.wait(10_000) == []


def test_an_agent_is_reminded_once_of_a_question_where_nothing_comes_after_it() -> None:
    desk = at_work(replace(LED_ALONE, agent_nudge_seconds=30.0, agent_lead_seconds=0.0))
    assert steps(desk.wait(30)) == ["agent_nudged"]
    desk.entry("t")
    assert desk.wait(10_000) == []


def test_asking_again_does_not_set_the_lead_s_time_back() -> None:
    desk = at_work(LED_ALONE)
    desk.wait(50)
    desk.entry("t")
    assert steps(desk.wait(10)) == ["lead_told"]


def test_an_answer_ends_the_time_and_the_next_question_begins_it_anew() -> None:
    desk = at_work(LED_ALONE)
    first = pages(desk.wait(60))
    desk.reply("t", "one moment")
    assert desk.wait(1_000) == []
    desk.entry("t")
    assert steps(desk.wait(59)) == []
    second = pages(desk.wait(1))
    assert len({page.page for page in (*first, *second)}) == 2


def test_a_reply_that_crossed_a_message_ends_nothing() -> None:
    desk = at_work(LED_ALONE)
    desk.entry("t")
    desk.reply("t", "hello", seen="t-m0")
    assert steps(desk.wait(60)) == ["lead_told"]


def test_while_the_customer_s_answer_is_awaited_no_lead_is_told() -> None:
    desk = at_work()
    desk.reply("t", "which card?", awaits=True)
    assert desk.wait(900) == []
    desk.entry("t")
    assert steps(desk.wait(60)) == ["agent_nudged", "lead_told"]


def test_a_ticket_handed_on_is_its_next_agent_s_from_when_they_take_it() -> None:
    desk = at_work(LED_ALONE)
    desk.hire("boris")
    desk.connect("anna", "boris")
    desk.state("boris")
    first = pages(desk.wait(60))
    desk.transfer("t", to_agent="boris")
    assert steps(desk.settle()) == ["dealt"]
    desk.wait(10)
    desk.accept("t")
    assert pages(desk.wait(59)) == []
    [second] = pages(desk.wait(1))
    assert second.page not in {page.page for page in first}


def test_a_question_that_comes_after_another_agent_s_answer_has_its_whole_time() -> None:
    desk = at_work(LED_ALONE)
    desk.reply("t", "a colleague will look at it")
    desk.hire("boris")
    desk.connect("anna", "boris")
    desk.state("boris")
    desk.transfer("t", to_agent="boris")
    desk.settle()
    desk.accept("t")
    desk.wait(50)
    desk.entry("t")
    assert steps(desk.wait(59)) == []
    assert steps(desk.wait(1)) == ["lead_told"]


def test_a_question_merged_in_begins_the_time_only_where_all_was_answered() -> None:
    desk = at_work(LED_ALONE)
    desk.open("b")
    desk.open("c")
    desk.wait(50)
    desk.merge("t", "b")
    assert steps(desk.wait(10)) == ["lead_told"]
    desk.reply("t", "both are on their way")
    desk.merge("t", "c")
    assert steps(desk.wait(59)) == []
    assert steps(desk.wait(1)) == ["lead_told"]


def test_a_take_over_neither_forgets_nor_repeats_it() -> None:
    desk = at_work()
    desk.wait(40)
    heir = successor(desk, LED)
    assert steps(heir.wait(20)) == ["lead_told"]
    another = successor(heir, LED)
    assert steps(another.wait(29)) == []
    assert steps(another.wait(1)) == ["agent_silent"]


def test_another_policy_brings_it_forward_or_drops_it() -> None:
    desk = at_work()
    desk.wait(40)
    sooner = successor(desk, replace(LED, version=8, agent_lead_seconds=5.0))
    assert steps(sooner.wait(5)) == ["lead_told"]
    later = successor(desk, replace(LED, version=8, agent_lead_seconds=80.0))
    assert steps(later.wait(20)) == ["lead_told"]
    never = successor(desk, replace(LED, version=8, agent_lead_seconds=0.0))
    assert steps(never.wait(50)) == ["agent_silent"]


def test_a_policy_that_has_a_lead_told_begins_with_the_next_question() -> None:
    desk = at_work(replace(LED_ALONE, agent_lead_seconds=0.0))
    desk.desk.change_rules(replace(LED_ALONE, version=8))
    desk.entry("t")
    assert desk.wait(1_000) == []
    desk.reply("t", "one moment")
    desk.entry("t")
    assert steps(desk.wait(60)) == ["lead_told"]


def test_of_a_protected_queue_the_lead_and_whoever_is_on_call_have_their_own_times() -> None:
    protected = {"payments": Protection(45.0, confidential=True)}
    desk = at_work(replace(LED, protected=protected, skip_seconds=1_000.0))
    assert [page.reason for page in pages(desk.wait(60))] == ["agent_silent"]
    assert steps(desk.wait(30)) == ["agent_silent"]
    assert pages(desk.wait(44)) == []
    assert [page.reason for page in pages(desk.wait(1))] == ["not_taken"]


def test_a_lead_is_told_of_no_task() -> None:
    desk = Driver(rules=replace(LED, queues=frozenset({"payments"})))
    desk.staff(anna=2)
    desk.deal("t", requirement())
    desk.accept("t")
    desk.task("t", "payments")
    desk.hire("boris")
    desk.connect("anna", "boris")
    desk.state("boris")
    desk.accept("t.t1")
    assert pages(desk.wait(10_000)) == []
