"""Deadlines of later answers, and the clocks that run beside the deadline."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

import pytest

from services.router.domain.clocks import MISSED, WARNED, ClockRule
from services.router.domain.desk import Desk
from services.router.domain.effects import CardShown, Effect, Paged, TicketStepped, Timing
from services.router.domain.hours import Hours
from services.router.domain.requirement import Need, Requirement
from services.router.domain.ticket import TicketState
from services.router.domain.treatment import Kind, Treatment
from tests.unit.desk_driver import NOON, RULES, Driver, steps

DAY = 86_400.0
LAW = ClockRule("dispute", 15 * DAY, 2 * DAY, statutory=True)
NEEDS = Requirement("payments", "web", (Need("lang.ru"),), 1.0)


def resolution(kind: Kind) -> ClockRule:
    """An hour, or half of one for the rich; three in the queue of complaints."""
    seconds = 10_800.0 if kind.queue == "complaints" else 3_600.0
    return ClockRule("resolution", seconds / 2 if kind.tier == "vip" else seconds)


def treat(kind: Kind) -> Treatment:
    law = (LAW,) if kind.topic == "dispute" and kind.queue != "complaints" else ()
    clocks = (resolution(kind), *law)
    return Treatment(kind.queue or "payments", 3, NEEDS, 600.0, next_seconds=1_200.0, clocks=clocks)


RULED = replace(
    RULES,
    queues=frozenset({"payments", "complaints"}),
    treat=treat,
    wrap_up_seconds=0.0,
    reopen_seconds=30 * DAY,
    park_seconds_max=30 * DAY,
    silence_seconds=1e9,
)


def at_work(driver: Driver, name: str = "t", *, topic: str = "deposit") -> None:
    """Anna has taken the ticket."""
    if driver.desk.agent("anna") is None:
        driver.staff(anna=5)
    ticket = driver.ticket(name)
    ticket.topic = topic
    driver.desk.adopt_ticket(ticket, now=driver.now)
    driver.settle()
    driver.accept(name)


def ruled() -> Driver:
    return Driver(rules=RULED)


def timings(effects: Iterable[Effect]) -> list[Timing]:
    told = (each.timing for each in effects if isinstance(each, TicketStepped))
    return [timing for timing in told if timing is not None]


def pages(effects: Iterable[Effect]) -> list[str]:
    return [f"{each.reason}:{each.clock}" for each in effects if isinstance(each, Paged)]


def due(driver: Driver, clock: str, name: str = "t") -> float:
    """Seconds from noon."""
    [found] = [each for each in driver.get(name).clocks if each.name == clock]
    return found.due_at - NOON


def test_a_question_after_an_answer_has_the_time_of_the_next_answer() -> None:
    driver = ruled()
    at_work(driver)
    driver.wait(60)
    [first] = timings(driver.reply("t", "which card?"))
    driver.wait(1_000)
    [asked] = timings(driver.entry("t"))

    assert (first.due_at, first.first) == (NOON + 600, True)
    assert (asked.from_due_at, asked.due_at) == (NOON + 600, NOON + 1_060 + 1_200)
    assert driver.get("t").queued_at == NOON + 1_060


def test_asking_again_before_the_answer_neither_resets_nor_advances_the_deadline() -> None:
    driver = ruled()
    at_work(driver)
    driver.wait(60)
    assert timings(driver.entry("t")) == []
    assert driver.get("t").due_at == NOON + 600
    driver.reply("t", "which card?")
    driver.entry("t")
    driver.wait(60)
    assert timings(driver.entry("t")) == []
    assert driver.get("t").due_at == NOON + 60 + 1_200


def test_thanks_for_an_answer_begin_no_wait() -> None:
    driver = ruled()
    at_work(driver)
    driver.reply("t", "done")
    assert timings(driver.entry("t", reopens=False)) == []
    assert driver.get("t").due_at == NOON + 600


def test_a_reply_that_crossed_a_message_answers_nothing() -> None:
    driver = ruled()
    at_work(driver)
    seen = driver.get("t").last_message
    driver.entry("t")
    assert timings(driver.reply("t", "which card?", seen=seen)) == []
    [answer] = timings(driver.reply("t", "I see"))
    assert (answer.due_at, answer.first) == (NOON + 600, True)


def test_a_second_reply_to_the_same_question_is_not_another_answer() -> None:
    driver = ruled()
    at_work(driver)
    driver.reply("t", "one moment")
    assert timings(driver.reply("t", "done")) == []


def test_what_an_agent_lost_after_the_answer_waits_with_the_deadline_it_had() -> None:
    """Whoever treats it anew: neither another queue nor another owner makes it a later wait."""
    driver = ruled()
    at_work(driver)
    driver.reply("t", "done")
    driver.transfer("t", to_queue="complaints")
    driver.wait(900)
    assert timings(driver.entry("t")) == []
    driver.desk.change_rules(RULED)
    driver.settle()
    assert driver.get("t").due_at == NOON + 600


def test_a_reopened_ticket_that_was_answered_has_the_time_of_the_next_answer() -> None:
    driver = ruled()
    at_work(driver)
    driver.reply("t", "done")
    driver.resolve("t")
    driver.wait(5_000)
    driver.entry("t")
    assert driver.get("t").due_at == NOON + 5_000 + 1_200


def test_the_resolution_is_missed_once_and_its_agent_sees_it() -> None:
    driver = ruled()
    at_work(driver)
    assert driver.wait(3_599) == []
    effects = driver.wait(1)
    assert (steps(effects), pages(effects)) == (["clock_missed"], [])
    assert [each.clocks for each in effects if isinstance(each, CardShown)] == [
        driver.get("t").clocks
    ]
    assert driver.wait(DAY) == []


def test_the_resolution_stands_while_the_customer_s_answer_is_awaited() -> None:
    driver = ruled()
    at_work(driver)
    driver.wait(600)
    driver.reply("t", "which card?", awaits=True)
    assert driver.wait(9_000) == []
    driver.entry("t")
    assert due(driver, "resolution") == 3_600 + 9_000
    assert driver.wait(2_999) == []
    assert steps(driver.wait(1)) == ["clock_missed"]


def test_the_resolution_stands_while_the_ticket_is_resolved() -> None:
    driver = ruled()
    at_work(driver)
    driver.wait(600)
    driver.resolve("t")
    assert driver.wait(DAY) == []
    driver.entry("t")
    assert due(driver, "resolution") == 3_600 + DAY


def test_open_hours_alone_are_taken_from_what_is_left() -> None:
    """Noon of the driver is 13:33 UTC on a Monday, and the desk closes at 17:00."""
    week = {day: ((time(9), time(17)),) for day in range(7)}
    hours = Hours(ZoneInfo("UTC"), week)
    rule = ClockRule("resolution", 4 * 3_600.0, hours=hours)
    kept = Treatment("payments", 3, NEEDS, 600.0, clocks=(rule,))
    driver = Driver(rules=replace(RULED, treat=lambda _: kept))
    at_work(driver)
    opened = due(driver, "resolution")
    driver.reply("t", "which card?", awaits=True)
    driver.wait(DAY)
    driver.entry("t")
    assert opened > 4 * 3_600
    assert hours.between(NOON, NOON + due(driver, "resolution")) == 4 * 3_600 + 8 * 3_600


def test_the_resolution_follows_the_queue_and_the_tier() -> None:
    driver = ruled()
    at_work(driver)
    driver.transfer("t", to_queue="complaints")
    assert due(driver, "resolution") == 10_800
    driver.profile("t", "vip")
    assert due(driver, "resolution") == 5_400
    assert steps(driver.wait(5_399)).count("clock_missed") == 0
    assert steps(driver.wait(1)) == ["clock_missed"]


def test_a_statutory_clock_warns_and_runs_out_with_a_page_each() -> None:
    driver = ruled()
    at_work(driver, topic="dispute")
    driver.reply("t", "which card?", awaits=True)
    driver.wait(13 * DAY - 1)
    warned = driver.wait(1)
    assert (steps(warned), pages(warned)) == (["clock_warned"], ["clock_warned:dispute"])
    missed = driver.wait(2 * DAY)
    assert (steps(missed), pages(missed)) == (["clock_missed"], ["clock_missed:dispute"])
    assert [each.told for each in driver.get("t").clocks] == [MISSED, 0]


def test_what_is_set_aside_comes_back_when_a_clock_warns() -> None:
    driver = ruled()
    at_work(driver, topic="dispute")
    driver.wait(3_600)
    driver.park("t", 14 * DAY)
    effects = driver.wait(13 * DAY - 3_600)
    assert steps(effects) == ["clock_warned", "woken", "dealt"]


def test_no_transfer_takes_a_statutory_clock_back() -> None:
    driver = ruled()
    at_work(driver, topic="dispute")
    driver.transfer("t", to_queue="complaints")
    assert due(driver, "dispute") == 15 * DAY


def test_no_policy_moves_a_statutory_clock() -> None:
    driver = ruled()
    at_work(driver, topic="dispute")
    other = ClockRule("dispute", 30 * DAY, statutory=True)
    late = Treatment("payments", 3, NEEDS, 600.0, clocks=(other, ClockRule("complaint", DAY)))
    driver.desk.change_rules(replace(RULED, treat=lambda _: late))
    assert (due(driver, "dispute"), due(driver, "complaint")) == (15 * DAY, DAY)


def test_a_reopened_ticket_goes_on_with_the_time_the_law_had_left() -> None:
    driver = ruled()
    at_work(driver, topic="dispute")
    driver.resolve("t")
    assert driver.wait(14 * DAY) == []
    effects = [*driver.entry("t"), *driver.settle()]
    assert steps(effects) == ["entry_added", "reopened", "clock_warned", "dealt"]
    assert due(driver, "dispute") == 15 * DAY


def test_a_merged_ticket_brings_its_statutory_clock_and_a_split_takes_it_along() -> None:
    driver = ruled()
    at_work(driver, "whole")
    at_work(driver, "part", topic="dispute")
    driver.merge("whole", "part")
    assert [(each.name, each.of) for each in driver.get("whole").clocks] == [
        ("dispute", "part"),
        ("resolution", ""),
    ]
    driver.wait(13 * DAY)
    assert {each.told for each in driver.get("whole").clocks} == {MISSED, WARNED}
    driver.split("whole", "part")
    assert [each.name for each in driver.get("whole").clocks] == ["resolution"]
    assert due(driver, "dispute", "part") == 15 * DAY


def test_a_successor_tells_what_is_due_of_a_clock_and_nothing_twice() -> None:
    driver = ruled()
    at_work(driver, topic="dispute")
    driver.wait(13 * DAY)
    [ticket], agent = list(driver.desk.tickets()), driver.agent("anna")
    driver.desk = Desk(RULED)
    driver.desk.adopt_agent(agent, now=driver.now)
    driver.desk.adopt_ticket(replace(ticket, version=9), now=driver.now)
    driver.connect("anna")
    assert driver.wait(2 * DAY - 1) == []
    assert steps(driver.wait(1)) == ["clock_missed"]


def test_an_abandoned_ticket_s_clocks_stand() -> None:
    driver = ruled()
    driver.open("t")
    driver.entry("t", "left")
    assert driver.get("t").state is TicketState.ABANDONED
    assert driver.wait(DAY) == []


def test_what_was_told_of_a_clock_while_it_was_merged_is_not_told_again_after_a_split() -> None:
    driver = ruled()
    at_work(driver, "whole")
    at_work(driver, "part", topic="dispute")
    driver.merge("whole", "part")
    driver.wait(13 * DAY)
    effects = [*driver.split("whole", "part"), *driver.settle()]
    assert "clock_warned" not in steps(effects)
    missed = driver.wait(2 * DAY)
    assert pages(missed) == ["clock_missed:dispute"]


def test_a_part_that_closes_with_its_whole_knows_what_was_told_of_its_clock() -> None:
    driver = ruled()
    at_work(driver, "whole")
    at_work(driver, "part", topic="dispute")
    driver.merge("whole", "part")
    driver.wait(15 * DAY)
    driver.resolve("whole")
    driver.desk.tick(now=driver.now + RULED.reopen_seconds, limit=50)
    assert driver.get("part").state is TicketState.CLOSED
    assert [each.told for each in driver.get("part").clocks if each.statutory] == [MISSED]


def test_each_of_two_statutory_clocks_of_one_name_pages_for_itself() -> None:
    driver = ruled()
    at_work(driver, "whole", topic="dispute")
    driver.wait(DAY)
    at_work(driver, "part", topic="dispute")
    driver.merge("whole", "part")
    effects = [*driver.wait(12 * DAY), *driver.wait(DAY)]
    assert pages(effects) == ["clock_warned:dispute", "clock_warned:dispute"]
    assert len({each.page for each in effects if isinstance(each, Paged)}) == 2


@pytest.mark.parametrize("topic", ["deposit", "dispute"])
def test_a_clock_that_runs_out_in_the_after_work_was_met(topic: str) -> None:
    driver = Driver(rules=replace(RULED, wrap_up_seconds=20.0))
    at_work(driver, topic=topic)
    driver.wait((15 * DAY if topic == "dispute" else 3_600) - 10)
    driver.resolve("t")
    assert steps(driver.wait(15)) == []
    driver.entry("t")
    assert "clock_missed" in steps(driver.wait(20))


def test_a_ticket_resolved_without_an_answer_has_yet_to_get_its_first_one() -> None:
    driver = ruled()
    at_work(driver)
    driver.resolve("t")
    driver.wait(5_000)
    driver.entry("t")
    assert driver.get("t").due_at == NOON + 5_000 + 600
    driver.settle()
    driver.accept("t")
    assert [timing.first for timing in timings(driver.reply("t", "done"))] == [True]


def test_a_clock_that_a_policy_brings_while_the_customer_s_answer_is_awaited_stands() -> None:
    plain = Treatment("payments", 3, NEEDS, 600.0)
    driver = Driver(rules=replace(RULED, treat=lambda _: plain))
    at_work(driver)
    driver.reply("t", "which card?", awaits=True)
    driver.wait(600)
    driver.desk.change_rules(RULED)
    driver.settle()
    assert driver.wait(9_000) == []
    driver.entry("t")
    assert due(driver, "resolution") == 3_600 + 9_000


def test_a_clock_that_a_profile_brings_while_the_ticket_is_resolved_stands() -> None:
    def for_vips(kind: Kind) -> Treatment:
        clocks = (ClockRule("resolution", 3_600.0),) if kind.tier == "vip" else ()
        return Treatment("payments", 3, NEEDS, 600.0, clocks=clocks)

    driver = Driver(rules=replace(RULED, treat=for_vips))
    at_work(driver)
    driver.resolve("t")
    driver.profile("t", "vip")
    driver.wait(DAY)
    driver.entry("t")
    assert due(driver, "resolution") == 3_600 + DAY


def test_a_part_that_was_answered_asks_nothing_of_a_whole_that_was() -> None:
    driver = ruled()
    for name in ("whole", "part"):
        at_work(driver, name)
        driver.reply(name, "done")
    driver.merge("whole", "part")
    driver.wait(1_000)
    [asked] = timings(driver.entry("part"))
    assert asked.due_at == NOON + 1_000 + 1_200


def test_a_question_that_becomes_part_of_what_was_answered_has_its_own_deadline() -> None:
    driver = ruled()
    at_work(driver, "whole")
    driver.reply("whole", "done")
    driver.wait(1_000)
    at_work(driver, "part")
    driver.merge("whole", "part")
    whole = driver.get("whole")
    assert (whole.queued_at, whole.due_at) == (NOON + 1_000, NOON + 1_000 + 600)
