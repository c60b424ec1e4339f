"""What customers say of how they were served."""

from collections.abc import Iterable
from dataclasses import replace

from services.router.domain.effects import Effect, TicketStepped
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import RULES, Driver


def desk(*, wrap_up: float = 0.0) -> Driver:
    driver = Driver(rules=replace(RULES, wrap_up_seconds=wrap_up))
    driver.staff(anna=1)
    driver.deal("t")
    driver.accept("t")
    return driver


def scores(effects: Iterable[Effect]) -> list[tuple[str | None, int | None]]:
    """(whose, how many) of each rating."""
    return [
        (each.agent, each.score)
        for each in effects
        if isinstance(each, TicketStepped) and each.on == "rated"
    ]


def rate(driver: Driver, score: int, *, kind: str = "rating") -> list[Effect]:
    return driver.entry("t", kind, reopens=False, rating=score)


def test_what_a_customer_thinks_counts_for_whoever_served_them() -> None:
    driver = desk()
    driver.resolve("t")

    assert scores(rate(driver, 4)) == [("anna", 4)]
    assert driver.get("t").state is TicketState.RESOLVED


def test_a_bare_number_after_the_end_counts_too() -> None:
    driver = desk(wrap_up=30.0)
    driver.resolve("t")

    assert scores(rate(driver, 5, kind="message")) == [("anna", 5)]
    assert driver.get("t").state is TicketState.WRAP_UP


def test_a_number_before_the_end_is_an_answer_to_something_else() -> None:
    driver = desk()

    assert scores(rate(driver, 3, kind="message")) == []


def test_who_thinks_again_is_heard_again() -> None:
    driver = desk()
    driver.resolve("t")

    assert scores(rate(driver, 1) + rate(driver, 5)) == [("anna", 1), ("anna", 5)]


def test_the_same_rating_announced_twice_counts_once() -> None:
    driver = desk()
    driver.resolve("t")
    driver.entry("t", "rating", reopens=False, rating=2, offset=50)

    assert scores(driver.entry("t", "rating", reopens=False, rating=2, offset=50)) == []


def test_what_is_written_after_it_reopens_as_ever() -> None:
    driver = desk()
    driver.resolve("t")
    rate(driver, 1)
    driver.entry("t")

    assert driver.get("t").state is TicketState.QUEUED
