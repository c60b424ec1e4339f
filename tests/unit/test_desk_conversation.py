"""The customer writes, leaves, comes back."""

from dataclasses import replace

import pytest

from services.router.domain.effects import CardShown, TicketStepped
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import Driver, dealt, gone, shown, steps


def served(desk: Driver, name: str = "t") -> None:
    """Dealt, accepted, resolved."""
    desk.deal(name)
    desk.accept(name)
    desk.resolve(name)
    desk.finish(name)


def test_a_position_seen_before_has_no_effect_at_all() -> None:
    desk = Driver()
    desk.open("t")
    desk.entry("t", offset=5)
    before = replace(desk.get("t"))
    assert desk.entry("t", offset=5) == []
    assert desk.entry("t", offset=3) == []
    assert desk.get("t") == before


def test_an_entry_of_an_unknown_ticket_has_no_effect() -> None:
    assert Driver().entry("nobody knows") == []


def test_a_message_is_noted_and_written() -> None:
    desk = Driver()
    desk.open("t")
    assert steps(desk.entry("t", offset=9)) == ["entry_added"]
    ticket = desk.get("t")
    assert (ticket.entries, ticket.last_message, ticket.seen) == (2, "t-m9", ((0, 9),))
    assert ticket.identity == "telegram:main:t"


@pytest.mark.parametrize("kind", ["delete", "left"])
def test_what_needs_no_reading_does_not_become_the_last_message(kind: str) -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    desk.entry("t", kind)
    assert (desk.get("t").entries, desk.get("t").last_message) == (2, "t-m0")
    assert desk.get("t").state is TicketState.ACCEPTED


def test_the_agent_who_has_the_ticket_sees_the_new_message() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    [card] = [e for e in desk.entry("t", offset=4) if isinstance(e, CardShown)]
    assert (card.agent, card.last_message, card.entries) == ("anna", "t-m4", 2)
    assert card.state is TicketState.OFFERED


def test_a_customer_who_leaves_the_queue_is_never_offered_again() -> None:
    desk = Driver()
    desk.open("t")
    assert steps(desk.entry("t", "left")) == ["entry_added", "abandoned"]
    desk.staff(anna=1)
    assert dealt(desk.settle()) == []
    assert not desk.desk.knows("t")


def test_a_customer_who_leaves_during_an_offer_frees_the_agent() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    effects = desk.entry("t", "left")
    assert gone(effects) == [("anna", "abandoned")]
    assert shown(effects) == []
    assert desk.deal("next") == "anna"


def test_an_abandoned_ticket_is_reopened_by_a_message_without_its_joinable_key() -> None:
    desk = Driver()
    desk.open("t")
    desk.entry("t", "left")
    assert steps(desk.entry("t")) == ["entry_added", "reopened"]
    assert (desk.get("t").state, desk.get("t").joinable) == (TicketState.QUEUED, False)


def test_a_customer_who_leaves_and_returns_at_once_is_dealt_once() -> None:
    desk = Driver()
    desk.open("ahead", due=1)
    desk.open("t")
    desk.entry("t", "left")
    desk.entry("t")
    desk.hire("anna", capacity=5.0)
    desk.connect("anna")
    assert dealt(desk.state("anna")) == [("ahead", "anna"), ("t", "anna")]
    assert desk.desk.load_of("anna") == 2.0


def test_a_customer_who_comes_back_is_tried_with_the_agent_who_knows_them() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    assert desk.deal("t") == "anna"
    desk.accept("t")
    desk.resolve("t")
    desk.wait(100)
    assert steps(desk.entry("t")) == ["entry_added", "reopened"]
    effects = desk.settle()
    assert dealt(effects) == [("t", "anna")]  # boris has been idle for longer
    [step] = [e for e in effects if isinstance(e, TicketStepped)]
    assert step.decision is not None
    assert step.decision.sticky
    assert [candidate.agent for candidate in step.decision.best] == ["anna", "boris"]


def test_a_busy_agent_is_not_waited_for() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    served(desk)
    desk.deal("boris is busy")
    desk.deal("anna is busy")
    holder = desk.get("boris is busy").agent
    desk.accept("boris is busy")
    desk.resolve("boris is busy")
    desk.finish("boris is busy")
    desk.entry("t")
    desk.settle()
    assert desk.get("t").agent == holder


def test_a_reopened_ticket_has_its_first_target_again_however_often() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.open("t", due=300)
    desk.settle()
    for _ in range(3):
        desk.accept("t")
        desk.resolve("t")
        desk.finish("t")
        desk.wait(1_000)
        desk.entry("t")
        ticket = desk.get("t")
        assert (ticket.queued_at, ticket.due_at) == (desk.now, desk.now + 300)
        assert ticket.joinable
        desk.settle()


def test_thanks_do_not_reopen_a_resolved_ticket() -> None:
    desk = Driver()
    desk.staff(anna=1)
    served(desk)
    assert steps(desk.entry("t", reopens=False)) == ["entry_added"]
    assert desk.get("t").state is TicketState.RESOLVED


def test_a_customer_who_leaves_after_all_was_said_changes_nothing() -> None:
    desk = Driver()
    desk.staff(anna=1)
    served(desk)
    assert steps(desk.entry("t", "left")) == ["entry_added"]
    assert desk.get("t").state is TicketState.RESOLVED


def test_a_message_during_wrap_up_gives_the_agent_the_ticket_back() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    desk.resolve("t")
    effects = desk.entry("t")
    assert steps(effects) == ["entry_added", "reopened"]
    assert shown(effects) == [("anna", TicketState.ACCEPTED, None)]
    assert desk.wait(desk.rules.wrap_up_seconds) == []


def test_a_resolved_ticket_closes_when_its_window_is_over_and_is_forgotten() -> None:
    desk = Driver()
    desk.staff(anna=1)
    served(desk)
    ticket = desk.get("t")
    assert ticket.joinable
    assert steps(desk.wait(desk.rules.reopen_seconds)) == ["closed"]
    assert (ticket.state, ticket.joinable) == (TicketState.CLOSED, False)
    desk.desk.tick(now=desk.now, limit=1)
    assert not desk.desk.knows("t")


def test_a_message_reopens_a_closed_ticket_from_the_store_without_its_joinable_key() -> None:
    desk = Driver()
    closed = desk.ticket("t", version=9, state=TicketState.CLOSED)
    closed.joinable = False
    assert desk.desk.adopt_ticket(closed, now=desk.now) == []
    assert steps(desk.entry("t")) == ["entry_added", "reopened"]
    desk.staff(anna=1)
    assert desk.get("t").agent == "anna"
    assert not desk.get("t").joinable


def test_a_closed_ticket_nothing_came_of_is_forgotten_with_the_next_tick() -> None:
    desk = Driver()
    desk.desk.adopt_ticket(desk.ticket("t", version=9, state=TicketState.CLOSED), now=desk.now)
    assert steps(desk.entry("t", reopens=False)) == ["entry_added"]
    assert desk.desk.knows("t")  # another entry of the same batch may follow
    desk.desk.tick(now=desk.now, limit=1)
    assert not desk.desk.knows("t")


def test_a_message_between_close_and_forgetting_still_reopens() -> None:
    desk = Driver()
    desk.staff(anna=1)
    served(desk)
    desk.wait(desk.rules.reopen_seconds)
    assert steps(desk.entry("t")) == ["entry_added", "reopened"]
    desk.settle()
    assert (desk.get("t").agent, desk.get("t").joinable) == ("anna", False)


def test_thousands_who_leave_the_queue_leave_nothing_behind() -> None:
    desk = Driver()
    for i in range(3_000):
        desk.open(f"t{i}", due=float(i))
    for i in range(3_000):
        if i % 100:
            desk.entry(f"t{i}", "left")
    desk.settle()
    assert len(list(desk.desk.tickets())) == 30
    waiting = desk.desk._books.matcher._classes.of(desk.get("t0"))
    assert len(waiting.timely) < 200
    desk.staff(anna=3_000)
    assert [ticket.state for ticket in desk.desk.tickets()] == [TicketState.OFFERED] * 30
