"""Offers end; what comes back keeps its age; who let it pass is left out for a while."""

from dataclasses import replace

from services.router.domain.agent import AgentState
from services.router.domain.effects import CardGone
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import RULES, Driver, dealt, gone, steps


def test_an_offer_nobody_answers_goes_to_another_agent_with_its_original_age() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    assert desk.deal("t") == "anna"
    queued_at, due_at = desk.get("t").queued_at, desk.get("t").due_at
    effects = desk.wait(desk.rules.offer_seconds)
    assert steps(effects) == ["offer_expired", "dealt"]
    assert gone(effects) == [("anna", "offer_expired")]
    ticket = desk.get("t")
    assert (ticket.agent, ticket.queued_at, ticket.due_at) == ("boris", queued_at, due_at)


def test_an_offer_stands_until_its_last_moment() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    assert desk.wait(desk.rules.offer_seconds - 0.001) == []
    assert desk.desk.next_wakeup() == desk.get("t").until


def test_an_accept_applied_before_the_tick_wins_over_an_offer_that_is_due() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.now += desk.rules.offer_seconds + 5
    assert steps(desk.accept("t")) == ["accepted"]
    desk.settle()
    assert desk.get("t").state is TicketState.ACCEPTED


def test_a_tick_told_not_to_expire_leaves_timers_alone_and_still_deals() -> None:
    desk = Driver()
    desk.staff(anna=2)
    desk.deal("t")
    desk.now += desk.rules.offer_seconds
    desk.open("u")
    assert dealt(desk.desk.tick(now=desk.now, limit=50, expire=False)) == [("u", "anna")]
    assert not desk.desk.pending(now=desk.now, expire=False)
    assert desk.desk.pending(now=desk.now)
    assert "offer_expired" in steps(desk.settle())


def test_offers_restarted_get_their_full_time_again() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.now += desk.rules.offer_seconds - 1
    desk.desk.restart_offers(now=desk.now)
    assert desk.wait(desk.rules.offer_seconds - 1) == []
    assert steps(desk.wait(1)) == ["offer_expired"]


def test_a_declined_ticket_waits_until_the_skip_ends_when_nobody_else_is_eligible() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    effects = desk.decline("t") + desk.settle()
    assert steps(effects) == ["declined"]
    assert gone(effects) == [("anna", "declined")]
    assert desk.desk.next_wakeup() == desk.now + desk.rules.skip_seconds
    assert desk.wait(desk.rules.skip_seconds - 0.001) == []
    assert dealt(desk.wait(0.001)) == [("t", "anna")]


def test_a_decline_answers_its_command() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    [card] = [effect for effect in desk.decline("t") if isinstance(effect, CardGone)]
    assert card.cause is not None


def test_without_a_skip_time_the_same_agent_may_be_offered_it_again() -> None:
    desk = Driver(rules=replace(RULES, skip_seconds=0.0))
    desk.staff(anna=1)
    desk.deal("t")
    assert dealt(desk.decline("t") + desk.settle()) == [("t", "anna")]


def test_a_ticket_all_have_declined_goes_to_who_comes_new() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    for _ in range(2):
        desk.settle() if desk.desk.knows("t") else desk.deal("t")
        desk.decline("t")
    assert desk.settle() == []
    desk.hire("clara")
    desk.connect("anna", "boris", "clara")
    assert dealt(desk.state("clara")) == [("t", "clara")]


def test_each_skip_ends_at_its_own_time() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    desk.deal("t")
    desk.decline("t")
    desk.wait(10)
    desk.decline("t")
    assert dealt(desk.wait(desk.rules.skip_seconds - 10)) == [("t", "anna")]


def test_leaving_ready_returns_offers_at_once_and_keeps_accepted_work() -> None:
    desk = Driver()
    desk.staff(anna=2)
    desk.deal("mine")
    desk.accept("mine")
    desk.deal("offered")
    effects = desk.state("anna", AgentState.BREAK)
    assert gone(effects) == [("anna", "agent_away")]
    assert desk.get("offered").state is TicketState.QUEUED
    assert desk.get("mine").state is TicketState.ACCEPTED
    assert dealt(desk.state("anna")) == [("offered", "anna")]  # being away is not a decline


def test_giving_up_a_channel_returns_its_offers() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("chat")
    effects = desk.state("anna", channels=frozenset({"email"}))
    assert gone(effects) == [("anna", "agent_away")]


def test_a_dismissed_agent_keeps_accepted_work_and_gets_nothing_more() -> None:
    desk = Driver()
    desk.staff(anna=3)
    desk.deal("mine")
    desk.accept("mine")
    desk.deal("offered")
    effects = desk.hire("anna", capacity=3.0, active=False) + desk.settle()
    assert gone(effects) == [("anna", "agent_away")]
    assert desk.get("mine").agent == "anna"
    assert desk.desk.load_of("anna") == 1.0


def test_a_capacity_cut_takes_nothing_away_and_blocks_new_deals() -> None:
    desk = Driver()
    desk.staff(anna=3)
    for name in ("a", "b"):
        desk.deal(name)
        desk.accept(name)
    assert gone(desk.hire("anna", capacity=1.0)) == []
    assert desk.desk.load_of("anna") == 2.0
    desk.open("c")
    assert dealt(desk.settle()) == []
    desk.resolve("a")
    assert dealt(desk.finish("a") + desk.settle()) == []  # 1 of 1 is still taken
    desk.resolve("b")
    assert dealt(desk.finish("b") + desk.settle()) == [("c", "anna")]


def test_a_storm_of_declines_does_not_grow_the_desks_timers() -> None:
    desk = Driver(rules=replace(RULES, skip_seconds=1.0, offer_seconds=1e5))
    desk.staff(anna=1)
    desk.deal("t")
    for _ in range(3_000):
        desk.decline("t")
        desk.wait(1.0)
    timers = desk.desk._books.timers
    assert sum(len(heap) for heap in timers._heaps) < 1_000
