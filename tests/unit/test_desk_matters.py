"""A protected matter is opened by a customer's profile while a ticket of theirs is at the desk."""

from dataclasses import replace

import pytest

from services.router.domain.effects import CardGone, Effect, Handing, TicketStepped
from services.router.domain.ladder import Rung
from services.router.domain.protection import Protection
from services.router.domain.requirement import Need
from services.router.domain.ticket import TicketState
from services.router.domain.treatment import Kind, Treatment
from tests.unit.desk_driver import NOON, RULES, Driver, requirement, shown, steps
from tests.unit.test_desk_protected import SKILLS, paged, told

NEEDS = {
    "payments": requirement(),
    "care": requirement(Need("lang.ru"), Need("licence"), queue="care"),
    "laundering": requirement(Need("lang.ru"), Need("licence", 2), queue="laundering"),
}
TARGETS = {"payments": 600.0, "care": 120.0, "laundering": 3_600.0}
TEXTS = {"ru": "Вам ответят."}


def treat(kind: Kind) -> Treatment:
    own = "care" if kind.topic == "responsible_gaming" else "payments"
    queue = kind.queue or own
    return Treatment(queue, 1, NEEDS[queue], TARGETS[queue])


RULED = replace(
    RULES,
    treat=treat,
    queues=frozenset(NEEDS),
    protected={
        "care": Protection(60.0, TEXTS, "ru"),
        "laundering": Protection(60.0, {}, "ru", True),
    },
    escalations={"payments": (Rung(30.0, page="lead"),)},
    wrap_up_seconds=0.0,
)


@pytest.fixture
def desk() -> Driver:
    """anna is there, and has no licence."""
    found = Driver(rules=RULED)
    found.staff(anna=1)
    return found


def waiting(desk: Driver) -> None:
    """A ticket `t` about a deposit, behind one in anna's hands."""
    desk.deal("other")
    desk.accept("other")
    desk.open("t")
    desk.settle()
    desk.wait(10)


def offered(desk: Driver) -> None:
    desk.deal("t")


def step(effects: list[Effect], on: str) -> TicketStepped:
    [found] = [each for each in effects if isinstance(each, TicketStepped) and each.on == on]
    return found


def test_a_waiting_ticket_moves_at_once_with_its_age_and_the_deadline_of_that_queue(
    desk: Driver,
) -> None:
    waiting(desk)

    effects = desk.profile("t", "standard", matter="care")

    ticket = desk.get("t")
    assert steps(effects) == ["customer_profiled", "matter_opened"]
    assert step(effects, "matter_opened").handing == Handing(to_queue="care")
    assert (ticket.requirement, ticket.moved_to) == (NEEDS["care"], "care")
    assert (ticket.queued_at, ticket.due_at) == (NOON, NOON + 120)
    assert (ticket.state, ticket.agent, ticket.lane) == (TicketState.QUEUED, None, "")


def test_it_is_owed_there_what_any_ticket_that_comes_is(desk: Driver) -> None:
    waiting(desk)
    desk.profile("t", "standard", matter="care")

    effects = desk.settle()

    assert (told(effects), paged(effects)) == ([TEXTS["ru"]], ["nobody_ready"])
    assert paged(desk.wait(60)) == ["not_taken"]


def test_of_a_confidential_matter_the_customer_is_told_nothing(desk: Driver) -> None:
    waiting(desk)
    desk.profile("t", "standard", matter="laundering")

    effects = desk.settle() + desk.wait(60)

    assert (told(effects), paged(effects)) == ([], ["nobody_ready", "not_taken"])


def test_it_is_dealt_to_who_may_have_it_there(desk: Driver) -> None:
    waiting(desk)
    desk.hire("lena", SKILLS)
    desk.connect("anna", "lena")
    desk.profile("t", "standard", matter="care")
    desk.state("lena")

    assert desk.get("t").agent == "lena"


def test_the_steps_of_the_queue_it_left_are_done_no_more(desk: Driver) -> None:
    waiting(desk)
    desk.profile("t", "standard", matter="care")

    assert "paged_escalated" not in steps(desk.wait(30))


def test_an_offer_is_taken_back(desk: Driver) -> None:
    offered(desk)

    effects = desk.profile("t", "standard", matter="care")

    gone = [(each.agent, each.reason) for each in effects if isinstance(each, CardGone)]
    assert (gone, shown(effects)) == ([("anna", "transferred")], [])
    assert (step(effects, "matter_opened").agent, desk.get("t").agent) == ("anna", None)
    assert desk.desk.load_of("anna") == 0


@pytest.mark.parametrize("state", ["accepted", "parked", "resolved"])
def test_what_an_agent_took_stays_where_it_is(desk: Driver, state: str) -> None:
    desk.deal("t")
    desk.accept("t")
    if state == "parked":
        desk.park("t", 600)
    if state == "resolved":
        desk.resolve("t")

    effects = desk.profile("t", "standard", matter="care")

    assert (steps(effects), desk.get("t").state) == (["customer_profiled"], state)
    assert desk.get("t").requirement.queue == "payments"


def test_a_customer_who_leaves_does_not_end_it(desk: Driver) -> None:
    waiting(desk)
    desk.profile("t", "standard", matter="care")

    assert steps(desk.entry("t", "left")) == ["entry_added"]
    assert desk.get("t").state is TicketState.QUEUED


def test_what_is_protected_already_stays_where_it_is(desk: Driver) -> None:
    ticket = replace(desk.ticket("t"), topic="responsible_gaming", lane="care")
    desk.desk.adopt_ticket(ticket, now=desk.now)

    assert steps(desk.profile("t", "standard", matter="laundering")) == ["customer_profiled"]


def test_a_queue_that_the_desk_does_not_protect_moves_nothing(desk: Driver) -> None:
    waiting(desk)

    assert steps(desk.profile("t", "standard", matter="elsewhere")) == ["customer_profiled"]


def test_the_same_profile_again_and_an_older_one_move_nothing(desk: Driver) -> None:
    waiting(desk)
    desk.profile("t", "standard", version=5, matter="care")

    assert desk.profile("t", "standard", version=5, matter="care") == []
    assert desk.profile("t", "standard", version=4, matter="laundering") == []


def test_a_matter_that_is_closed_leaves_the_ticket_where_it_is(desk: Driver) -> None:
    waiting(desk)
    desk.profile("t", "standard", matter="care")

    assert steps(desk.profile("t", "standard", version=2)) == ["customer_profiled"]
    assert desk.get("t").requirement.queue == "care"


def test_a_new_owner_has_it_where_it_was_moved(desk: Driver) -> None:
    waiting(desk)
    desk.profile("t", "standard", matter="care")
    desk.settle()
    successor = Driver(rules=RULED, now=desk.now)
    successor.desk.adopt_ticket(replace(desk.get("t"), version=3), now=desk.now)

    mine, theirs = desk.get("t"), successor.get("t")
    assert (theirs.requirement, theirs.due_at, theirs.page_at, theirs.paged) == (
        mine.requirement,
        mine.due_at,
        mine.page_at,
        mine.paged,
    )


def test_a_ticket_opened_in_a_matter_says_where(desk: Driver) -> None:
    ticket = replace(desk.ticket("t"), lane="laundering", moved_to="laundering")

    effects = desk.desk.adopt_ticket(ticket, now=desk.now)

    assert step(effects, "opened").handing == Handing(to_queue="laundering")
    assert desk.get("t").requirement == NEEDS["laundering"]
