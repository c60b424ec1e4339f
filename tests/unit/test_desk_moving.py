"""A ticket goes to another desk: what it leaves behind, what it brings, and when it must stay."""

from dataclasses import replace

import pytest

from services.router.domain.bond import Bond
from services.router.domain.clocks import Clock
from services.router.domain.effects import Effect, Handing, Rejected, TicketLeft, TicketStepped
from services.router.domain.ladder import Rung
from services.router.domain.protection import Protection
from services.router.domain.requirement import Need, Requirement
from services.router.domain.rules import Elsewhere
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.treatment import Kind, Treatment
from tests.unit.desk_driver import RULES, Driver, dealt, gone, requirement, steps

CARE = "care"


def there(*queues: str, **protected: bool) -> Elsewhere:
    return Elsewhere(frozenset({*queues, *protected}), protected)


def treat(kind: Kind) -> Treatment:
    queue = kind.queue or "bets"
    return Treatment(queue, 3, Requirement(queue, kind.channel, (Need("lang.ru"),), 1.0), 900.0)


HERE = replace(RULES, elsewhere={"casino": there("bets", "slots")})
CASINO = replace(
    RULES,
    desk="casino",
    queues=frozenset({"bets", "slots"}),
    treat=treat,
    escalations={"bets": (Rung(60.0, page="lead"), Rung(400.0, page="head"))},
)


def at_work(rules: object = HERE, needs: Requirement | None = None) -> Driver:
    """Anna has taken the ticket."""
    desk = Driver(rules=rules)  # type: ignore[arg-type]
    desk.staff(anna=1)
    desk.deal("t", needs)
    desk.accept("t")
    return desk


def left(effects: list[Effect]) -> Ticket:
    [ticket] = [each.ticket for each in effects if isinstance(each, TicketLeft)]
    return ticket


def arrived(ticket: Ticket, desk: Driver) -> list[Effect]:
    """What the other desk says to the ticket as the store has it."""
    return desk.desk.adopt_ticket(replace(ticket, version=ticket.version + 1), now=desk.now)


def refusal(effects: list[Effect]) -> str:
    [rejected] = [each for each in effects if isinstance(each, Rejected)]
    return rejected.detail


def test_a_ticket_that_goes_to_another_desk_leaves_hand_and_memory() -> None:
    desk = at_work()

    effects = desk.transfer("t", to_desk="casino", note="a slot stopped")

    assert (steps(effects), gone(effects)) == (["transferred"], [("anna", "transferred")])
    [step] = [each for each in effects if isinstance(each, TicketStepped)]
    assert step.handing == Handing("a slot stopped", to_desk="casino")
    assert [each.desk for each in effects if isinstance(each, TicketLeft)] == ["casino"]
    assert not desk.desk.knows("t")
    assert set(desk.desk.depth().counts.values()) == {0}
    assert desk.deal("next") == "anna"


def test_nothing_of_it_goes_off_where_it_was() -> None:
    desk = at_work(replace(HERE, agent_nudge_seconds=30.0, agent_silence_seconds=60.0))
    desk.transfer("t", to_desk="casino")

    assert desk.wait(10_000) == []


def test_it_waits_at_the_other_desk_with_its_age_and_is_dealt_there() -> None:
    desk = at_work()
    opened = desk.get("t").queued_at
    desk.now += 100
    casino = Driver(rules=CASINO, now=desk.now)

    effects = arrived(left(desk.transfer("t", to_desk="casino")), casino)

    ticket = casino.get("t")
    assert steps(effects) == ["arrived"]
    assert (ticket.state, ticket.queued_at, ticket.due_at) == (
        TicketState.QUEUED,
        opened,
        opened + 900,
    )
    assert (ticket.moves, ticket.came_from, ticket.requirement.queue) == (1, "", "bets")
    casino.staff(dora=1)
    assert casino.holders("t") == ["dora"]
    assert ticket.assignment == 2


def test_it_can_be_sent_to_a_queue_there() -> None:
    casino = Driver(rules=CASINO)
    desk = at_work()

    arrived(left(desk.transfer("t", to_desk="casino", to_queue="slots")), casino)

    assert casino.get("t").requirement.queue == "slots"


def test_what_it_went_through_comes_along_and_what_its_desk_knew_stays() -> None:
    law = Clock("law", RULES.offer_seconds + 1e10, statutory=True)
    desk = at_work()
    ticket = desk.get("t")
    ticket.clocks, ticket.barred, ticket.deciders = (law,), ("zoe",), ("zoe",)
    ticket.bond = Bond(merged_into="over", split_from=("apart",))
    ticket.skipped, ticket.climbed = (("ivan", desk.now + 50),), (("payments", 2),)
    ticket.paged = ("nobody_ready", "not_taken", "clock_warned")
    casino = Driver(rules=CASINO, now=desk.now + 100)

    arrived(left(desk.transfer("t", to_desk="casino")), casino)

    moved = casino.get("t")
    assert (moved.clocks, moved.barred, moved.deciders) == ((law,), ("zoe",), ("zoe",))
    assert moved.bond == Bond(split_from=("apart",))
    assert (moved.skipped, moved.paged) == ((), ("clock_warned",))
    assert moved.climbed == (("bets", 1),)


def test_a_repeated_adoption_says_nothing() -> None:
    desk, casino = at_work(), Driver(rules=CASINO)
    ticket = left(desk.transfer("t", to_desk="casino"))
    arrived(ticket, casino)
    casino.desk.change_rules(CASINO)

    assert "arrived" not in steps(casino.settle())


def test_it_may_come_back() -> None:
    desk, casino = at_work(), Driver(rules=replace(CASINO, elsewhere={"main": there("payments")}))
    arrived(left(desk.transfer("t", to_desk="casino")), casino)
    casino.staff(dora=1)
    casino.accept("t")

    effects = arrived(left(casino.transfer("t", to_desk="main")), desk)

    assert steps(effects) == ["arrived"]
    assert desk.get("t").moves == 2
    assert dealt(desk.settle()) == [("t", "anna")]


@pytest.mark.parametrize(
    ("desk", "queue", "says"),
    [
        ("poker", None, "There is no desk poker."),
        ("main", "payments", "The ticket is at this desk"),
        ("casino", "chips", "The desk casino has no queue chips."),
    ],
)
def test_a_desk_or_queue_that_is_not_there_is_refused(
    desk: str, queue: str | None, says: str
) -> None:
    mine = at_work()

    assert refusal(mine.transfer("t", to_desk=desk, to_queue=queue)).startswith(says)
    assert mine.holders("t") == ["anna"]


def test_a_ticket_with_parts_stays_until_they_are_split_off() -> None:
    desk = Driver(rules=HERE)
    desk.staff(anna=2)
    desk.deal("t")
    desk.accept("t")
    desk.open("other")
    desk.settle()
    desk.merge("t", "other")

    assert refusal(desk.transfer("t", to_desk="casino")).startswith("Other tickets are merged")
    desk.split("t", "other")
    assert steps(desk.transfer("t", to_desk="casino")) == ["transferred"]


def care(*, confidential: bool = False, **protected: bool) -> Driver:
    """Anna has a ticket of the protected queue; the other desk has these."""
    rules = replace(
        RULES,
        protected={CARE: Protection(confidential=confidential)},
        elsewhere={"casino": there("bets", **protected)},
    )
    return at_work(rules, requirement(queue=CARE))


def test_a_protected_ticket_goes_only_where_its_queue_is_protected_too() -> None:
    assert refusal(care().transfer("t", to_desk="casino")).startswith("It is a protected matter")
    assert refusal(care(confidential=True, care=False).transfer("t", to_desk="casino"))
    assert refusal(care(care=False).transfer("t", to_desk="casino", to_queue="bets"))

    ticket = left(care(care=False).transfer("t", to_desk="casino"))
    assert ticket.moved_to == CARE
    assert left(care(confidential=True, care=True).transfer("t", to_desk="casino"))


def test_the_lane_of_a_ticket_counts_wherever_an_agent_put_it() -> None:
    desk = care()
    ticket = desk.get("t")
    ticket.lane, ticket.requirement = CARE, requirement(queue="payments")

    assert refusal(desk.transfer("t", to_desk="casino")).startswith("It is a protected matter")


def test_on_call_is_told_anew_at_the_other_desk() -> None:
    rules = replace(CASINO, protected={CARE: Protection(page_seconds=30.0)})
    desk = care(care=False)
    desk.now += 5_000
    casino = Driver(rules=rules, now=desk.now)

    arrived(left(desk.transfer("t", to_desk="casino")), casino)

    assert steps(casino.wait(0)) == ["paged_nobody_ready"]
    assert steps(casino.wait(29)) == []
    assert steps(casino.wait(1)) == ["paged_not_taken"]
