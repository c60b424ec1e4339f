"""What customers are told of their ticket without asking."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

from services.router.domain.effects import Effect, ReplySent
from services.router.domain.hours import Hours
from services.router.domain.notices import Notice, Notices
from services.router.domain.protection import Protection
from services.router.domain.rules import DeskRules
from tests.unit.desk_driver import NOON, RULES, Driver, requirement

ENGLISH_AND_RUSSIAN = {"en": "{kind}", "ru": "{kind} по-русски"}


def notice(kind: str, **only: object) -> Notice:
    texts = {lang: text.format(kind=kind) for lang, text in ENGLISH_AND_RUSSIAN.items()}
    return replace(Notice(texts, "en"), **only)  # type: ignore[arg-type]


ALL = (
    "received",
    "assigned",
    "handed_on",
    "escalated",
    "reminded",
    "solved",
    "lapsed",
    "rate",
)
EVERY = Notices({kind: (notice(kind),) for kind in ALL})
NIGHT = Hours(ZoneInfo("UTC"), {0: ((time(9), time(17)),)})
"""Open on Mondays only; NOON is on a Monday."""


def desk(notices: Notices = EVERY, **more: object) -> Driver:
    rules: DeskRules = replace(RULES, notices=notices, wrap_up_seconds=0.0, **more)  # type: ignore[arg-type]
    return Driver(rules=rules)


def told(effects: Iterable[Effect]) -> list[tuple[str, str]]:
    """(what, text) of the policy's words, in order."""
    return [
        (each.notice, each.text)
        for each in effects
        if isinstance(each, ReplySent) and each.agent is None
    ]


def kinds(effects: Iterable[Effect]) -> list[str]:
    return [kind for kind, _ in told(effects)]


def opened(
    driver: Driver, name: str = "t", *, queue: str = "payments", lang: str = "ru"
) -> list[Effect]:
    ticket = replace(driver.ticket(name, requirement(queue=queue)), lang=lang)
    return driver.desk.adopt_ticket(ticket, now=driver.now) + driver.settle()


def test_the_customer_hears_that_their_message_is_there_in_their_language() -> None:
    driver = desk()

    assert told(opened(driver)) == [("received", "received по-русски")]
    assert told(opened(driver, "u", lang="lt")) == [("received", "received")]


def test_the_words_go_where_the_customer_last_wrote_and_have_an_id_of_their_own() -> None:
    driver = desk()
    [received] = [each for each in opened(driver) if isinstance(each, ReplySent)]
    driver.staff(anna=1)

    [assigned] = [each for each in driver.accept("t") if isinstance(each, ReplySent)]

    assert (received.identity, received.cause) == ("web:main:t", None)
    assert received.reply != assigned.reply
    assert all(each.reply.startswith("t:") for each in (received, assigned))


def test_the_customer_hears_that_somebody_has_it_and_that_it_is_solved() -> None:
    driver = desk()
    driver.staff(anna=1)
    opened(driver)

    assert kinds(driver.accept("t")) == ["assigned"]
    assert kinds(driver.reply("t", "Here it is.")) == []
    assert kinds(driver.resolve("t")) == ["solved", "rate"]


def test_the_customer_hears_that_others_look_at_it_now() -> None:
    driver = desk(queues=frozenset({"payments", "seniors"}))
    driver.staff(anna=1)
    opened(driver)
    driver.accept("t")

    assert kinds(driver.escalate("t", to_queue="payments")) == ["escalated"]

    driver.staff(boris=1)
    driver.accept("t")
    assert kinds(driver.transfer("t", to_queue="seniors")) == ["handed_on"]


def test_a_customer_who_does_not_answer_is_reminded_and_then_told_that_it_is_over() -> None:
    driver = desk(customer_nudge_seconds=60.0, customer_silence_seconds=120.0)
    driver.staff(anna=1)
    opened(driver)
    driver.accept("t")
    driver.reply("t", "Which card?", awaits=True)

    assert kinds(driver.wait(60)) == ["reminded"]
    assert kinds(driver.wait(60)) == ["lapsed"]


def test_of_each_kind_the_first_that_fits_is_told() -> None:
    received = (
        notice("mail", channels=frozenset({"mail"})),
        notice("money", queues=frozenset({"payments"})),
        notice("any"),
    )
    driver = desk(Notices({"received": received}))

    assert told(opened(driver, "t")) == [("received", "money по-русски")]
    assert told(opened(driver, "u", queue="general")) == [("received", "any по-русски")]


def test_nobody_is_told_what_there_is_no_text_for() -> None:
    driver = desk(Notices({"solved": (notice("solved", channels=frozenset({"mail"})),)}))
    driver.staff(anna=1)

    assert kinds(opened(driver)) == []
    driver.accept("t")
    assert kinds(driver.resolve("t")) == []


def test_out_of_hours_the_customer_hears_that_instead() -> None:
    by_kind = {"received": (notice("received"),), "closed": (notice("closed"),)}
    driver = desk(Notices(by_kind, {"payments": NIGHT}))
    driver.now = NOON + 6 * 3600.0

    assert kinds(opened(driver, "t")) == ["closed"]
    assert kinds(opened(driver, "u", queue="general")) == ["received"]


def test_who_comes_back_out_of_hours_hears_so_and_by_day_nothing() -> None:
    by_kind = {"received": (notice("received"),), "closed": (notice("closed"),)}
    driver = desk(Notices(by_kind, {"payments": NIGHT}))
    driver.staff(anna=1)
    opened(driver)
    driver.accept("t")
    driver.resolve("t")

    assert kinds(driver.entry("t")) == []

    driver.settle()
    driver.accept("t")
    driver.resolve("t")
    driver.now += 6 * 3600.0
    assert kinds(driver.entry("t")) == ["closed"]


def test_during_an_incident_those_it_is_about_hear_of_it_until_it_is_over() -> None:
    incident = notice("incident", queues=frozenset({"payments"}), until=NOON + 600.0)
    driver = desk(Notices({"incident": (incident,), "received": (notice("received"),)}))

    assert kinds(opened(driver, "t")) == ["incident"]
    assert kinds(opened(driver, "u", queue="general")) == ["received"]
    driver.now += 600.0
    assert kinds(opened(driver, "v")) == ["received"]


def test_of_a_confidential_queue_the_customer_is_told_nothing() -> None:
    driver = desk(protected={"payments": Protection(confidential=True)})
    driver.staff(anna=1)

    assert kinds(opened(driver)) == []
    assert kinds(driver.accept("t")) == []
    assert kinds(driver.resolve("t")) == []


def test_nobody_in_a_protected_queue_is_asked_how_it_was() -> None:
    driver = desk(protected={"payments": Protection()})
    driver.staff(anna=1)
    opened(driver)
    driver.accept("t")

    assert kinds(driver.resolve("t")) == ["solved"]


def test_a_task_has_no_customer_to_tell() -> None:
    driver = desk(queues=frozenset({"payments"}))
    driver.staff(anna=1)
    opened(driver)
    driver.accept("t")

    driver.staff(boris=1)
    effects = driver.task("t", "payments", wait=False) + driver.settle()

    assert kinds(effects) == []


def test_without_notices_nothing_is_said() -> None:
    driver = desk(Notices())
    driver.staff(anna=1)

    assert kinds(opened(driver)) + kinds(driver.accept("t")) + kinds(driver.resolve("t")) == []


def test_a_ticket_taken_over_is_not_announced_again() -> None:
    driver = desk()
    ticket = driver.ticket("t", version=2)

    assert kinds(driver.desk.adopt_ticket(ticket, now=driver.now)) == []
