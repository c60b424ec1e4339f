"""Opening hours on the desk: nobody is late while nobody could have answered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from services.router.domain.decision import Decision
from services.router.domain.effects import Effect, TicketStepped
from services.router.domain.hours import Hours
from services.router.domain.ticket import TicketState
from services.router.domain.treatment import Kind, Treatment
from tests.unit.desk_driver import RULES, Driver, requirement

VILNIUS = ZoneInfo("Europe/Vilnius")
OFFICE = Hours(VILNIUS, dict.fromkeys(range(5), ((time(9), time(18)),)))
HOUR = 3600.0


def local(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=VILNIUS).timestamp()


def treating(target: float, office: Hours | None = OFFICE) -> Callable[[Kind], Treatment]:
    """Payments have opening hours, integrity has none."""

    def treat(kind: Kind) -> Treatment:
        queue = kind.queue or "payments"
        hours = office if queue == "payments" else None
        return Treatment(queue, 3, requirement(queue=queue), target, hours)

    return treat


def at_night(now: str, *, target: float = HOUR) -> Driver:
    queues = frozenset({"payments", "integrity"})
    rules = replace(RULES, treat=treating(target), queues=queues, reopen_seconds=1e7)
    return Driver(rules, now=local(now))


def decisions(effects: list[Effect]) -> list[Decision]:
    return [
        each.decision
        for each in effects
        if isinstance(each, TicketStepped) and each.decision is not None
    ]


def test_a_ticket_of_friday_evening_is_due_on_monday() -> None:
    desk = at_night("2026-11-20T17:30")
    desk.open("t")

    assert desk.get("t").due_at == local("2026-11-23T09:30")


@pytest.mark.parametrize(
    ("begins", "late"), [("2026-11-23T09:29", False), ("2026-11-23T09:31", True)]
)
def test_it_is_late_only_when_its_open_time_is_over(begins: str, late: bool) -> None:
    desk = at_night("2026-11-20T17:30")
    desk.open("t")
    desk.now = local(begins)
    desk.hire("anna")
    desk.connect("anna")

    [decision] = decisions(desk.state("anna"))

    assert decision.late is late
    assert decision.due_at == local("2026-11-23T09:30")


def test_who_writes_again_at_the_weekend_gets_as_much_open_time_as_at_first() -> None:
    desk = at_night("2026-11-20T17:30")
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    desk.resolve("t")
    desk.finish("t")
    desk.now = local("2026-11-21T12:00")

    desk.entry("t")

    ticket = desk.get("t")
    assert ticket.state is TicketState.QUEUED
    assert (ticket.queued_at, ticket.due_at) == (desk.now, local("2026-11-23T10:00"))


def test_a_ticket_handed_on_to_a_queue_that_is_always_open_is_due_the_same_night() -> None:
    desk = at_night("2026-11-20T17:30")
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")

    desk.transfer("t", to_queue="integrity")

    assert desk.get("t").due_at == local("2026-11-20T18:30")


def test_waiting_tickets_follow_new_hours() -> None:
    desk = at_night("2026-11-20T17:30")
    desk.open("t")

    desk.desk.change_rules(replace(desk.rules, version=8, treat=treating(HOUR, None)))
    desk.settle()

    assert desk.get("t").due_at == local("2026-11-20T18:30")


def test_a_new_owner_finds_the_same_deadline_at_any_time() -> None:
    desk = at_night("2026-11-20T17:30")
    desk.open("t")
    due_at = desk.get("t").due_at
    heir = Driver(desk.rules, now=local("2026-11-22T03:00"))

    heir.desk.adopt_ticket(replace(desk.get("t"), version=2, due_at=0.0), now=heir.now)

    assert heir.get("t").due_at == due_at
