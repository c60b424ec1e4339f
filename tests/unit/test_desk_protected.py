"""Protected queues: the customer is told and somebody on call is paged when nobody is there."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.effects import Effect, Paged, Rejected, ReplySent
from services.router.domain.protection import Protection
from services.router.domain.requirement import Need, Requirement, Stage
from services.router.domain.ticket import Ticket, TicketState
from tests.unit.desk_driver import RULES, Driver, dealt, requirement, steps

TEXTS = {"en": "Somebody will write to you.", "ru": "Вам ответят."}
PROTECTION = Protection(60.0, TEXTS, "en")
RULED = replace(RULES, protected={"care": PROTECTION}, wrap_up_seconds=0.0)
LICENSED = requirement(Need("lang.ru"), Need("licence"), queue="care")
SKILLS = {"lang.ru": 3, "licence": 3}


def desk(protection: Protection = PROTECTION) -> Driver:
    """A desk without anybody licensed; anna is there for all the rest."""
    found = Driver(rules=replace(RULED, protected={"care": protection}))
    found.staff(anna=1)
    return found


def licensed(driver: Driver, *names: str, capacity: float = 1.0) -> None:
    """Some come on duty; lena unless said."""
    new = names or ("lena",)
    for name in new:
        driver.hire(name, SKILLS, capacity=capacity)
    driver.connect("anna", *new)
    for name in new:
        driver.state(name)


def told(effects: Iterable[Effect]) -> list[str]:
    return [effect.text for effect in effects if isinstance(effect, ReplySent)]


def paged(effects: Iterable[Effect]) -> list[str]:
    return [effect.reason for effect in effects if isinstance(effect, Paged)]


def test_without_anybody_licensed_the_customer_is_told_and_somebody_paged() -> None:
    driver = desk()
    driver.open("t", LICENSED)
    effects = driver.settle()

    assert steps(effects) == ["safe_reply_sent", "paged_nobody_ready"]
    assert [(e.agent, e.identity, e.reply) for e in effects if isinstance(e, ReplySent)] == [
        (None, "web:main:t", "t:nobody_ready")
    ]
    assert driver.get("t").paged == ("nobody_ready",)


def test_it_happens_once_a_ticket_whoever_comes_and_goes() -> None:
    driver = desk()
    driver.open("t", LICENSED)
    driver.settle()
    licensed(driver)
    driver.accept("t")
    driver.state("lena", AgentState.BREAK)

    effects = driver.connect("anna") + driver.wait(RULED.grace_seconds)

    assert driver.get("t").state is TicketState.QUEUED
    assert (told(effects), paged(effects)) == ([], [])


def test_a_licensed_agent_who_is_ready_is_dealt_the_ticket_and_nobody_is_paged() -> None:
    driver = desk()
    licensed(driver)
    driver.open("t", LICENSED)

    effects = driver.settle()
    driver.accept("t")
    effects += driver.wait(3_600)

    assert dealt(effects) == [("t", "lena")]
    assert (told(effects), paged(effects)) == ([], [])


def test_a_licensed_agent_who_is_busy_is_there_all_the_same() -> None:
    driver = desk()
    licensed(driver)
    driver.deal("other", LICENSED)
    driver.accept("other")
    driver.open("t", LICENSED)

    assert paged(driver.settle()) == []


def test_what_nobody_has_taken_in_time_is_paged_with_somebody_on_duty_too() -> None:
    driver = desk()
    licensed(driver)
    driver.deal("other", LICENSED)
    driver.accept("other")
    driver.open("t", LICENSED)
    driver.settle()

    assert paged(driver.wait(59)) == []
    effects = driver.wait(1)
    assert (told(effects), paged(effects)) == ([], ["not_taken"])
    assert paged(driver.wait(3_600)) == []


def test_an_offer_is_not_taken_yet() -> None:
    driver = Driver(rules=replace(RULED, offer_seconds=90.0))
    driver.hire("lena", SKILLS)
    driver.connect("lena")
    driver.state("lena")
    driver.deal("t", LICENSED)

    assert paged(driver.wait(60)) == ["not_taken"]


def test_a_ticket_that_nobody_is_there_for_is_paged_again_when_its_time_is_over() -> None:
    driver = desk()
    driver.open("t", LICENSED)
    driver.settle()

    assert paged(driver.wait(60)) == ["not_taken"]
    assert driver.get("t").paged == ("nobody_ready", "not_taken")


def test_the_last_one_on_duty_leaving_is_noticed_for_all_who_wait() -> None:
    driver = desk()
    licensed(driver)
    driver.deal("held", LICENSED)
    driver.accept("held")
    for name in ("a", "b"):
        driver.open(name, LICENSED)
    driver.settle()

    effects = driver.state("lena", AgentState.BREAK)

    assert told(effects) == [TEXTS["ru"]] * 2
    assert {e.ticket.id for e in effects if isinstance(e, Paged)} == {"a", "b"}


def test_a_ticket_whose_holder_is_gone_with_nobody_else_licensed_is_paged() -> None:
    driver = desk()
    licensed(driver)
    driver.deal("t", LICENSED)
    driver.accept("t")

    effects = driver.connect("anna") + driver.wait(RULED.grace_seconds)

    assert steps(effects) == ["agent_lost", "agent_gone", "safe_reply_sent", "paged_nobody_ready"]


def test_one_that_came_back_to_the_queue_has_its_time_again() -> None:
    driver = desk()
    licensed(driver, "lena", "mara")
    driver.deal("other", LICENSED)
    driver.deal("t", LICENSED)
    driver.accept("other")
    driver.accept("t")
    stays = {"lena": "mara", "mara": "lena"}[str(driver.get("t").agent)]
    driver.wait(600)

    driver.connect("anna", stays)
    back = driver.wait(RULED.grace_seconds)

    assert (steps(back), paged(back)) == (["agent_gone"], [])
    assert paged(driver.wait(59)) == []
    assert paged(driver.wait(1)) == ["not_taken"]


@pytest.mark.parametrize(("lang", "text"), [("ru", TEXTS["ru"]), ("lt", TEXTS["en"])])
def test_the_reply_is_in_the_customers_language_or_else_the_desks(lang: str, text: str) -> None:
    driver = desk()
    ticket = driver.ticket("t", LICENSED)
    ticket.lang = lang
    driver.desk.adopt_ticket(ticket, now=driver.now)

    assert told(driver.settle()) == [text]


def test_of_a_confidential_queue_the_customer_notices_nothing() -> None:
    driver = Driver(
        rules=replace(
            RULED,
            protected={"care": Protection(60.0, confidential=True)},
            customer_nudge_seconds=30.0,
        )
    )
    driver.open("t", LICENSED)
    alone = driver.settle()
    driver.hire("lena", SKILLS)
    driver.connect("lena")
    driver.state("lena")
    driver.accept("t")
    driver.reply("t", "Which account is it?", awaits=True)

    assert (told(alone), steps(alone)) == ([], ["paged_nobody_ready"])
    assert "customer_nudged" not in steps(driver.wait(3_600))


def test_an_ordinary_queue_pages_nobody() -> None:
    driver = Driver(rules=RULED)
    driver.open("t")

    assert paged(driver.wait(3_600)) == []


def test_while_records_are_still_to_come_nobody_is_paged() -> None:
    driver = desk()
    driver.open("t", LICENSED)

    assert paged(driver.desk.tick(now=driver.now, limit=50, expire=False)) == []
    assert not driver.desk.pending(now=driver.now, expire=False)
    assert paged(driver.settle()) == ["nobody_ready"]


def stored(ticket: Ticket) -> Ticket:
    return replace(ticket, version=ticket.version + 1)


def test_a_new_owner_repeats_nothing_and_goes_by_the_same_time() -> None:
    driver = desk()
    driver.open("t", LICENSED)
    driver.settle()
    driver.now += 20
    after = desk()
    after.now = driver.now
    after.desk.adopt_ticket(stored(driver.get("t")), now=after.now)

    assert paged(after.settle()) == []
    assert paged(after.wait(39)) == []
    assert paged(after.wait(1)) == ["not_taken"]
    last = desk()
    last.now = after.now
    last.desk.adopt_ticket(stored(after.get("t")), now=last.now)
    assert paged(last.wait(3_600)) == []


def test_a_queue_that_becomes_protected_pages_for_those_who_wait_in_it() -> None:
    driver = Driver(rules=RULES)
    driver.open("t", LICENSED)
    driver.wait(300)

    driver.desk.change_rules(RULED)
    effects = driver.settle()

    assert sorted(paged(effects)) == ["nobody_ready", "not_taken"]


def test_a_ticket_that_only_a_later_stage_lets_somebody_take_is_paged_at_once() -> None:
    need = Requirement(
        "care",
        "web",
        (Need("licence"),),
        1.0,
        (Stage(0.0, ((Need("lang.lt"),),)), Stage(180.0, ((Need("lang.ru"),),))),
    )
    driver = desk()
    licensed(driver)
    driver.open("t", need)

    assert paged(driver.settle()) == ["nobody_ready"]
    assert dealt(driver.wait(180)) == [("t", "lena")]


def test_who_could_never_hold_such_a_ticket_is_not_there_for_it() -> None:
    driver = desk()
    licensed(driver, capacity=0.5)
    driver.open("t", LICENSED)

    assert paged(driver.settle()) == ["nobody_ready"]


@pytest.mark.parametrize(("mine", "other"), [("t", "plain"), ("plain", "t")])
def test_a_protected_ticket_is_neither_merged_nor_merged_into(mine: str, other: str) -> None:
    driver = desk()
    licensed(driver, capacity=2)
    driver.state("anna", AgentState.BREAK)
    driver.open("t", LICENSED)
    driver.open("plain")
    driver.settle()
    driver.accept("t")
    driver.accept("plain")

    [rejected] = [each for each in driver.merge(mine, other) if isinstance(each, Rejected)]
    assert rejected.detail == "A ticket of a protected queue stands beside the others."


def test_an_agent_who_would_merge_a_confidential_ticket_is_told_that_there_is_none() -> None:
    driver = desk(Protection(60.0, confidential=True))
    licensed(driver)
    driver.deal("plain")
    driver.accept("plain")
    assert driver.deal("secret", LICENSED) == "lena"
    driver.desk.adopt_ticket(replace(driver.ticket("moved"), lane="care"), now=driver.now)

    refused = {
        each.detail.replace(other, "…")
        for other in ("secret", "moved", "nowhere")
        for each in driver.merge("plain", other)
        if isinstance(each, Rejected)
    }
    assert refused == {"This desk has no ticket …; it may be closed, or another desk's."}


def test_who_has_a_confidential_ticket_is_told_why_it_cannot_be_merged() -> None:
    driver = desk(Protection(60.0, confidential=True))
    driver.hire("anna", SKILLS, capacity=2)
    driver.deal("t", LICENSED)
    driver.deal("plain")
    driver.accept("plain")

    [rejected] = [each for each in driver.merge("plain", "t") if isinstance(each, Rejected)]
    assert rejected.detail == "A ticket of a protected queue stands beside the others."
