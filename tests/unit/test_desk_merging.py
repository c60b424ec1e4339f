"""An agent makes two tickets of one matter one, and undoes it."""

from dataclasses import replace

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.bond import Bond
from services.router.domain.effects import (
    CardShown,
    Effect,
    Joining,
    Rejected,
    TicketsMerged,
    TicketsSplit,
    TicketStepped,
)
from services.router.domain.ticket import Ticket, TicketState
from tests.unit.desk_driver import RULES, Driver, dealt, gone, rejections, shown, steps

QUICK = replace(RULES, wrap_up_seconds=0.0)


def two(desk: Driver, *, capacity: float = 1.0, due: float = 60.0) -> None:
    """Anna is at work on `a`; `b`, of a nearer deadline, came in after it and waits."""
    desk.staff(anna=capacity)
    desk.deal("a")
    desk.accept("a")
    if capacity > 1:
        desk.state("anna", AgentState.BREAK)
    desk.now += 10
    desk.open("b", due=due)
    desk.settle()


def merged(capacity: float = 1.0, due: float = 60.0) -> Driver:
    desk = Driver(QUICK)
    two(desk, capacity=capacity, due=due)
    assert rejections(desk.merge("a", "b")) == []
    return desk


def joinings(effects: list[Effect]) -> dict[str, Joining | None]:
    return {e.on: e.joining for e in effects if isinstance(e, TicketStepped)}


def card(effects: list[Effect]) -> CardShown:
    [shown] = [each for each in effects if isinstance(each, CardShown)]
    return shown


def detail(effects: list[Effect]) -> str:
    [rejected] = [each for each in effects if isinstance(each, Rejected)]
    assert rejected.reason == "not_allowed"
    return rejected.detail


def is_part(part: Ticket, whole: Ticket) -> bool:
    state, into = part.state, part.bond.merged_into
    ids = [each for each, _ in whole.bond.merged]
    return (state, into) == (TicketState.RESOLVED, whole.id) and part.id in ids


def test_a_waiting_ticket_becomes_part_of_the_one_its_agent_has() -> None:
    desk = Driver()
    two(desk)
    due_at = desk.get("a").due_at
    effects = desk.merge("a", "b")
    assert steps(effects) == ["merged", "merged_in"]
    assert joinings(effects) == {
        "merged": Joining("a"),
        "merged_in": Joining("b", due_at, desk.get("b").due_at),
    }
    assert is_part(desk.get("b"), desk.get("a"))
    assert shown(effects) == [("anna", TicketState.ACCEPTED, card(effects).cause)]
    assert (card(effects).merged, card(effects).entries) == (("b",), 2)
    [told] = [each for each in effects if isinstance(each, TicketsMerged)]
    assert (told.ticket.id, told.into.id, told.agent) == ("b", "a", "anna")


def test_the_whole_has_the_earlier_of_the_two_deadlines() -> None:
    nearer, further = merged(due=60), merged(due=6_000)
    assert nearer.get("a").due_at == nearer.get("b").due_at
    assert further.get("a").due_at < further.get("b").due_at


def test_the_earlier_deadline_outlives_a_change_of_rules() -> None:
    desk = merged()
    due_at = desk.get("b").due_at
    desk.desk.change_rules(replace(QUICK, version=8))
    desk.settle()
    assert desk.get("a").due_at == due_at


def test_while_rules_change_over_an_entry_of_a_part_reaches_the_waiting_whole_at_once() -> None:
    desk = merged()
    desk.connect()
    desk.wait(RULES.grace_seconds)
    for ticket in desk.desk.tickets():
        ticket.version = 2
    desk.desk.change_rules(replace(QUICK, version=8))
    assert steps(desk.entry("b")) == ["entry_added", "entry_added"]
    assert desk.get("a").entries == 3


def test_a_ticket_of_the_same_agent_leaves_the_hand_and_frees_its_slot() -> None:
    desk = Driver()
    desk.staff(anna=2)
    for name in ("a", "b"):
        desk.deal(name)
        desk.accept(name)
    effects = desk.merge("a", "b")
    assert gone(effects) == [("anna", "merged")]
    assert desk.desk.hand_of("anna") == ("a",)
    assert desk.deal("next") == "anna"


def test_a_parked_ticket_can_be_merged_and_does_not_wake_by_itself() -> None:
    desk = Driver()
    desk.staff(anna=2)
    for name in ("a", "b"):
        desk.deal(name)
        desk.accept(name)
    desk.park("b", 100)
    desk.merge("a", "b")
    assert desk.wait(101) == []
    assert is_part(desk.get("b"), desk.get("a"))


def test_what_the_customer_writes_to_the_part_comes_to_the_whole() -> None:
    desk = merged()
    effects = desk.entry("b")
    assert steps(effects) == ["entry_added", "entry_added"]
    last = desk.get("b").last_message
    assert (card(effects).ticket.id, card(effects).last_message) == ("a", last)
    assert desk.get("a").identity == "telegram:main:b"
    assert desk.get("a").entries == 3


def test_what_was_announced_before_the_merge_counts_once() -> None:
    desk = merged()
    desk.entry("b", offset=7)
    assert desk.entry("b", offset=7) == []
    assert desk.get("a").entries == 3


def test_a_part_without_an_answer_brings_the_ticket_back_from_waiting_for_the_customer() -> None:
    desk = Driver()
    two(desk)
    desk.reply("a", "which card?", awaits=True)
    effects = desk.merge("a", "b")
    assert desk.get("a").state is TicketState.ACCEPTED
    assert steps(effects) == ["merged", "merged_in"]


def test_what_came_with_a_part_must_be_seen_before_the_whole_is_resolved() -> None:
    desk = Driver(QUICK)
    two(desk)
    desk.merge("a", "b")
    assert desk.get("a").last_message == "b-m0"
    assert steps(desk.resolve("a")) == ["resolved"]


def test_a_message_to_the_part_reopens_the_resolved_whole_and_not_the_part() -> None:
    desk = merged()
    desk.resolve("a")
    effects = desk.entry("b")
    assert steps(effects) == ["entry_added", "entry_added", "reopened"]
    assert desk.get("a").state is TicketState.QUEUED
    assert is_part(desk.get("b"), desk.get("a"))


def test_a_reopened_whole_has_as_much_time_as_it_had_by_itself() -> None:
    desk = merged(due=60)
    desk.resolve("a")
    desk.entry("b")
    ticket = desk.get("a")
    assert ticket.due_at - ticket.queued_at == 600


def test_the_part_closes_with_the_whole() -> None:
    desk = merged()
    desk.resolve("a")
    effects = desk.wait(QUICK.reopen_seconds)
    assert steps(effects) == ["closed", "closed"]
    closed = [e.ticket for e in effects if isinstance(e, TicketStepped)]
    assert not any(ticket.joinable for ticket in closed)


def test_a_closed_part_is_reopened_by_itself() -> None:
    desk = merged()
    desk.resolve("a")
    desk.desk.tick(now=desk.now + QUICK.reopen_seconds, limit=50)
    effects = desk.entry("b")
    assert steps(effects) == ["entry_added", "reopened"]
    assert (desk.get("b").state, desk.get("b").bond.merged_into) == (TicketState.QUEUED, "")


def test_a_customer_who_leaves_one_channel_does_not_abandon_what_is_merged() -> None:
    desk = merged()
    desk.connect()
    desk.wait(RULES.grace_seconds)
    assert desk.get("a").state is TicketState.QUEUED
    desk.entry("a", "left")
    desk.entry("b", "left")
    assert desk.get("a").state is TicketState.QUEUED


def test_a_repeated_merge_is_answered_by_the_card() -> None:
    desk = merged()
    effects = desk.merge("a", "b")
    assert (steps(effects), card(effects).entries) == ([], 2)


def test_a_ticket_in_another_agents_hands_is_not_merged() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    desk.deal("a")
    desk.deal("b")
    desk.accept("a")
    assert detail(desk.merge("a", "b")).startswith("Another agent has b")
    assert desk.get("b").state is TicketState.OFFERED


def test_only_who_has_accepted_a_ticket_may_merge_into_it() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("a")
    desk.open("b")
    assert rejections(desk.merge("a", "b")) == ["wrong_state"]


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ("a", "Only another ticket"),
        ("elsewhere", "This desk has no ticket elsewhere"),
        ("done", "done is resolved"),
        ("foreign", "Only another ticket of the brand brand"),
    ],
)
def test_what_cannot_be_merged_is_refused_in_words(other: str, says: str) -> None:
    desk = Driver(QUICK)
    two(desk)
    done = replace(desk.ticket("done", version=2), state=TicketState.RESOLVED, until=desk.now + 9)
    desk.desk.adopt_ticket(done, now=desk.now)
    foreign = replace(desk.ticket("foreign"), brand="another")
    desk.desk.adopt_ticket(foreign, now=desk.now)
    assert detail(desk.merge("a", other)).startswith(says)


def test_a_ticket_with_parts_is_no_part_itself() -> None:
    desk = merged(capacity=2)
    desk.state("anna")
    desk.deal("c")
    desk.accept("c")
    assert detail(desk.merge("c", "a")) == "a has parts itself: merge this ticket into that one."


def test_a_split_undoes_a_merge() -> None:
    desk = Driver()
    two(desk)
    before = [replace(desk.get(name)) for name in ("a", "b")]
    desk.merge("a", "b")
    effects = desk.split("a", "b")
    assert steps(effects) == ["split_off", "split"]
    a, b = (replace(desk.get(name), bond=old.bond) for name, old in zip("ab", before, strict=True))
    assert [a, b] == before
    [told] = [each for each in effects if isinstance(each, TicketsSplit)]
    assert (told.ticket.id, told.was_in.id) == ("b", "a")
    assert card(effects).merged == ()


def test_a_split_ticket_takes_along_what_its_customer_wrote_meanwhile() -> None:
    desk = merged()
    desk.entry("a")
    mine = desk.get("a").last_message
    desk.entry("b")
    desk.split("a", "b")
    assert (desk.get("a").last_message, desk.get("a").entries) == (mine, 2)
    assert desk.get("a").identity == "telegram:main:a"
    assert desk.get("b").entries == 2
    assert steps(desk.entry("b")) == ["entry_added"]


def test_a_split_ticket_waits_at_the_place_it_had() -> None:
    desk = merged(due=60)
    desk.open("later", due=90)
    desk.split("a", "b")
    desk.resolve("a")
    assert dealt(desk.settle()) == [("b", "anna")]


def test_a_repeated_split_is_answered_by_the_card() -> None:
    desk = merged()
    desk.split("a", "b")
    effects = desk.split("a", "b")
    assert (steps(effects), rejections(effects), len(shown(effects))) == ([], [], 1)


def test_what_was_split_is_not_merged_again_even_by_a_command_that_comes_late() -> None:
    desk = merged()
    desk.split("a", "b")
    assert detail(desk.merge("a", "b")).startswith("b and this ticket were parted before")


def test_a_part_that_closed_and_was_reopened_by_itself_is_not_merged_again() -> None:
    desk = merged(capacity=2)
    desk.resolve("a")
    desk.desk.tick(now=desk.now + QUICK.reopen_seconds, limit=50)
    desk.entry("a")
    desk.entry("b")
    desk.state("anna")
    desk.accept("a")
    assert detail(desk.merge("a", "b")).startswith("b and this ticket were parted before")


def test_one_of_two_parts_is_split_and_the_other_stays() -> None:
    desk = merged(due=60)
    desk.open("c", due=30)
    desk.merge("a", "c")
    desk.split("a", "c")
    assert desk.get("a").due_at == desk.get("b").due_at
    assert is_part(desk.get("b"), desk.get("a"))


def test_what_is_no_part_cannot_be_split() -> None:
    desk = Driver()
    two(desk)
    assert detail(desk.split("a", "b")) == "b is no part of this ticket."


def test_a_new_owner_finds_a_merged_pair_as_it_was() -> None:
    desk = merged()
    successor = Driver(QUICK, now=desk.now)
    for ticket in [*desk.desk.tickets()]:
        successor.desk.adopt_ticket(replace(ticket, version=2), now=desk.now)
    assert steps(successor.entry("b")) == ["entry_added", "entry_added"]


def test_a_ticket_that_was_never_merged_is_tied_to_nothing_when_it_is_reopened() -> None:
    desk = Driver()
    desk.open("a")
    desk.get("a").bond = Bond()  # as another object than the one that almost every ticket shares
    desk.entry("a", "left")
    assert steps(desk.entry("a")) == ["entry_added", "reopened"]
    assert desk.get("a").bond == Bond()
