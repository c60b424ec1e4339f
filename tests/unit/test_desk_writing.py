"""Whose turn it is to write while an agent has a ticket, and what comes of silence."""

from dataclasses import replace

import pytest

from services.router.domain.effects import CardShown
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import RULES, Driver, dealt, gone, requirement, shown, steps

PATIENT = replace(
    RULES,
    customer_nudge_seconds=100.0,
    customer_silence_seconds=300.0,
    agent_nudge_seconds=30.0,
    agent_silence_seconds=90.0,
)


def at_work(desk: Driver, name: str = "t") -> None:
    """Anna, who has room for one, has taken the ticket."""
    desk.staff(anna=1)
    desk.deal(name)
    desk.accept(name)


def test_a_ticket_that_awaits_the_customer_takes_a_fraction_of_its_weight() -> None:
    desk = Driver(rules=replace(RULES, waiting_share=0.25))
    at_work(desk)
    effects = desk.reply("t", "which card?", awaits=True)
    assert steps(effects) == ["replied"]
    assert [state for _, state, _ in shown(effects)] == [TicketState.WAITING_CUSTOMER]
    assert (desk.get("t").agent, desk.desk.load_of("anna")) == ("anna", 0.25)


def test_what_awaiting_the_customer_frees_is_dealt() -> None:
    desk = Driver()
    at_work(desk)
    desk.open("small", requirement(weight=0.75))
    assert dealt(desk.settle()) == []
    desk.reply("t", "which card?", awaits=True)
    assert dealt(desk.settle()) == [("small", "anna")]


def test_a_customer_who_answers_gets_the_agent_back_even_above_capacity() -> None:
    desk = Driver(rules=replace(RULES, waiting_share=0.0))
    at_work(desk)
    desk.reply("t", "which card?", awaits=True)
    assert desk.deal("next") == "anna"
    effects = desk.entry("t")
    assert steps(effects) == ["entry_added", "customer_back"]
    assert shown(effects) == [("anna", TicketState.ACCEPTED, None)]
    assert desk.desk.load_of("anna") == 2.0
    assert gone(desk.settle()) == []


def test_an_overload_is_dealt_nothing_until_there_is_room_again() -> None:
    desk = Driver(rules=replace(RULES, waiting_share=0.0, wrap_up_seconds=0.0))
    at_work(desk)
    desk.reply("t", "which card?", awaits=True)
    desk.deal("next")
    desk.accept("next")
    desk.entry("t")
    desk.open("one more")
    assert dealt(desk.settle()) == []
    desk.resolve("t")
    assert dealt(desk.settle()) == []
    desk.resolve("next")
    assert dealt(desk.settle()) == [("one more", "anna")]


@pytest.mark.parametrize(("kind", "reopens"), [("message", False), ("delete", True)])
def test_what_is_no_answer_leaves_the_ticket_awaiting_one(kind: str, reopens: bool) -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    desk.reply("t", "which card?", awaits=True)
    desk.wait(50)
    desk.entry("t", kind, reopens=reopens)
    assert desk.get("t").state is TicketState.WAITING_CUSTOMER
    assert steps(desk.wait(50)) == ["customer_nudged"]


def test_a_silent_customer_is_nudged_once_then_the_ticket_is_resolved() -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    desk.reply("t", "which card?", awaits=True)
    assert steps(desk.wait(100)) == ["customer_nudged"]
    assert steps(desk.wait(199)) == []
    effects = desk.wait(1)
    assert steps(effects) == ["customer_silent"]
    assert gone(effects) == [("anna", "resolved")]
    assert (desk.get("t").state, desk.desk.load_of("anna")) == (TicketState.RESOLVED, 0.0)


def test_asking_back_again_gives_the_customer_their_whole_time() -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    desk.reply("t", "which card?", awaits=True)
    desk.wait(250)
    desk.reply("t", "are you there?", awaits=True)
    assert steps(desk.wait(299)) == ["customer_nudged"]
    assert steps(desk.wait(1)) == ["customer_silent"]


def test_a_word_in_between_does_not_take_the_ticket_back() -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    desk.reply("t", "which card?", awaits=True)
    desk.reply("t", "the last four digits will do")
    assert desk.get("t").state is TicketState.WAITING_CUSTOMER
    assert steps(desk.wait(300)) == ["customer_nudged", "customer_silent"]


def test_a_question_that_crossed_a_message_awaits_nothing() -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    desk.entry("t")
    effects = desk.reply("t", "which card?", seen="t-m0", awaits=True)
    assert [state for _, state, _ in shown(effects)] == [TicketState.ACCEPTED]
    assert steps(desk.wait(90)) == ["agent_nudged", "agent_silent"]


def test_without_periods_nobody_is_nudged_and_nothing_ends() -> None:
    desk = Driver()
    at_work(desk)
    assert desk.wait(1e5) == []
    desk.reply("t", "which card?", awaits=True)
    assert desk.wait(1e5) == []


def test_a_silent_agent_is_shown_the_card_again_then_loses_the_ticket_to_another() -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    due = desk.get("t").due_at
    effects = desk.wait(30)
    assert steps(effects) == ["agent_nudged"]
    [card] = [each for each in effects if isinstance(each, CardShown)]
    assert (card.agent, card.respond_by) == ("anna", desk.now + 60)
    effects = desk.wait(60)
    assert steps(effects) == ["agent_silent"]
    assert gone(effects) == [("anna", "agent_silent")]
    assert (desk.get("t").state, desk.get("t").due_at) == (TicketState.QUEUED, due)
    desk.staff(boris=1)
    assert desk.get("t").agent == "boris"


def test_an_agent_who_answered_has_time_until_the_customer_asks_again() -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    desk.reply("t", "one moment")
    assert desk.wait(1_000) == []
    desk.entry("t")
    assert steps(desk.wait(30)) == ["agent_nudged"]


def test_asking_again_does_not_set_the_agent_s_clock_back() -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    for _ in range(2):
        desk.wait(40)
        desk.entry("t")
    assert steps(desk.wait(10)) == ["agent_silent"]


def test_thanks_need_no_answer() -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    desk.reply("t", "done")
    desk.entry("t", reopens=False)
    assert desk.wait(1_000) == []


def test_a_customer_back_or_writing_during_wrap_up_starts_the_agent_s_clock() -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    desk.reply("t", "which card?", awaits=True)
    desk.entry("t")
    assert steps(desk.wait(30)) == ["agent_nudged"]
    desk.resolve("t")
    desk.entry("t")
    assert steps(desk.wait(90)) == ["agent_nudged", "agent_silent"]


def test_a_ticket_that_awaits_the_customer_is_resolved_like_an_accepted_one() -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    desk.reply("t", "which card?", awaits=True)
    assert steps(desk.resolve("t")) == ["resolved"]
    assert (desk.get("t").state, desk.desk.load_of("anna")) == (TicketState.WRAP_UP, 1.0)


def test_a_ticket_that_awaits_the_customer_outlasts_the_grace_no_longer_than_others() -> None:
    desk = Driver()
    at_work(desk)
    desk.reply("t", "which card?", awaits=True)
    assert steps(desk.connect()) == ["agent_lost"]
    effects = desk.wait(desk.rules.grace_seconds)
    assert (steps(effects), gone(effects)) == (["agent_gone"], [("anna", "agent_gone")])
    assert desk.get("t").state is TicketState.QUEUED


def test_silence_is_cut_to_one_period_on_loading() -> None:
    desk = Driver(rules=PATIENT)
    ticket = desk.ticket("t", version=4, state=TicketState.WAITING_CUSTOMER, agent="anna")
    ticket.until, ticket.nudge_at = desk.now + 1e6, desk.now + 1e5
    desk.desk.adopt_ticket(ticket, now=desk.now)
    assert (ticket.until, ticket.nudge_at) == (desk.now + 300, desk.now + 100)


def test_rules_that_end_no_silence_end_none_that_runs() -> None:
    desk = Driver(rules=PATIENT)
    at_work(desk)
    desk.desk.change_rules(replace(RULES, version=8))
    assert desk.wait(1e5) == []
