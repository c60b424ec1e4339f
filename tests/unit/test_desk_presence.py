"""Agents come, go and come back; notifiers fall silent."""

from dataclasses import replace

from services.router.domain.effects import AgentStepped, Effect
from services.router.domain.events import PresenceReported
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import RULES, Driver, dealt, gone, steps


def changes(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(e.agent.id, e.on) for e in effects if isinstance(e, AgentStepped)]


def test_a_heartbeat_that_changes_nothing_has_no_effect() -> None:
    desk = Driver()
    desk.staff(anna=1)
    assert desk.connect("anna") == []


def test_a_report_replaces_what_was_believed_of_that_notifier_alone() -> None:
    desk = Driver()
    desk.hire("anna")
    desk.hire("boris")
    desk.connect("anna", notifier="n1")
    desk.connect("boris", notifier="n2")
    assert changes(desk.connect("boris", notifier="n1")) == [
        ("anna", "disconnected"),
        ("boris", "sessions_changed"),
    ]
    assert not desk.agent("anna").connected
    assert desk.agent("boris").notifiers == {"n1", "n2"}


def test_an_agent_with_a_socket_left_elsewhere_keeps_their_offers() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.connect("anna", notifier="n2")
    desk.deal("t")
    assert gone(desk.connect(notifier="n1")) == []


def test_an_agent_reported_before_they_were_hired_is_connected() -> None:
    desk = Driver()
    desk.connect("anna")
    desk.hire("anna")
    desk.state("anna")
    assert desk.deal("t") == "anna"


def test_offers_of_an_agent_who_is_gone_return_at_once_and_accepted_work_waits() -> None:
    desk = Driver()
    desk.staff(anna=2)
    desk.deal("mine")
    desk.accept("mine")
    desk.deal("offered")
    effects = desk.connect()
    assert changes(effects) == [("anna", "disconnected")]
    assert sorted(steps(effects)) == ["agent_gone", "agent_lost"]
    assert gone(effects) == [("anna", "agent_gone")]
    assert (desk.get("mine").agent, desk.get("mine").gone_at) == ("anna", desk.now)
    assert desk.agent("anna").gone_at == desk.now


def test_accepted_work_returns_to_the_queue_after_the_grace_with_its_age() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.hire("boris")
    desk.deal("t")
    desk.accept("t")
    queued_at, due_at = desk.get("t").queued_at, desk.get("t").due_at
    desk.connect()
    assert desk.wait(desk.rules.grace_seconds - 0.001) == []
    effects = desk.wait(0.001)
    assert steps(effects) == ["agent_gone"]
    assert gone(effects) == [("anna", "agent_gone")]
    ticket = desk.get("t")
    assert (ticket.state, ticket.agent, ticket.gone_at) == (TicketState.QUEUED, None, 0.0)
    assert (ticket.queued_at, ticket.due_at) == (queued_at, due_at)


def test_an_agent_back_in_time_keeps_their_work() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    desk.connect()
    desk.wait(desk.rules.grace_seconds - 1)
    effects = desk.connect("anna")
    assert (changes(effects), steps(effects)) == ([("anna", "connected")], ["agent_back"])
    assert desk.get("t").gone_at == 0.0
    assert desk.wait(desk.rules.grace_seconds) == []


def test_after_work_of_an_agent_gone_for_good_ends_as_resolved() -> None:
    desk = Driver(rules=replace(RULES, wrap_up_seconds=1_000.0))
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    desk.resolve("t")
    desk.connect()
    assert steps(desk.wait(desk.rules.grace_seconds)) == ["wrap_up_ended"]


def test_a_silent_notifier_loses_all_its_sessions() -> None:
    desk = Driver(rules=replace(RULES, silence_seconds=15.0))
    desk.staff(anna=1, boris=1)
    assert desk.wait(14.999) == []
    assert changes(desk.wait(0.001)) == [("anna", "disconnected"), ("boris", "disconnected")]
    assert changes(desk.connect("anna")) == [("anna", "connected")]


def test_each_report_begins_the_silence_anew() -> None:
    desk = Driver(rules=replace(RULES, silence_seconds=15.0))
    desk.staff(anna=1)
    for _ in range(10):
        assert desk.wait(10) == []
        desk.connect("anna")


def test_a_notifier_that_reports_seldom_may_be_silent_for_its_period() -> None:
    desk = Driver(rules=replace(RULES, silence_seconds=15.0))
    desk.hire("anna")
    desk.connect("anna", period=40.0)
    assert changes(desk.wait(39)) == []
    assert changes(desk.wait(1)) == [("anna", "disconnected")]


def test_a_heartbeat_that_loses_thousands_is_spread_over_ticks_and_deals_wait_for_it() -> None:
    desk = Driver()
    names = [f"a{i:04d}" for i in range(1_000)]
    desk.staff(**dict.fromkeys(names, 1.0))
    for name in names:
        desk.open(f"ticket of {name}")
    desk.settle()
    assert desk.tell(PresenceReported("e", "n1", frozenset({"a0000"}), 5.0)) == []
    desk.open("new")
    turns = 0
    while desk.desk.pending(now=desk.now):
        effects = desk.desk.tick(now=desk.now, limit=100)
        assert len(effects) <= 103
        assert dealt(effects) == []
        turns += 1
    assert turns >= 30
    assert [t.id for t in desk.desk.tickets() if t.agent is not None] == ["ticket of a0000"]


def test_time_never_goes_backwards() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.now -= 50
    desk.deal("t")
    assert desk.get("t").until == desk.now + 50 + desk.rules.offer_seconds


def test_a_report_that_another_policy_overtakes_counts_all_the_same() -> None:
    desk = Driver()
    desk.hire("anna")
    desk.hire("boris")
    desk.connect("boris")
    desk.tell(PresenceReported(desk.id(), "n1", frozenset({"anna"}), 5.0))

    desk.desk.change_rules(replace(RULES, version=8))

    assert changes(desk.settle()) == [("anna", "connected"), ("boris", "disconnected")]


def test_who_was_connected_before_they_were_hired_is_so_under_another_policy_too() -> None:
    desk = Driver()
    desk.connect("anna")
    desk.desk.change_rules(replace(RULES, version=8))

    desk.hire("anna")

    assert desk.agent("anna").connected


def test_a_notifier_that_reports_rarely_may_do_so_under_another_policy_too() -> None:
    rules = replace(RULES, silence_seconds=15.0)
    desk = Driver(rules)
    desk.hire("anna")
    desk.connect("anna", period=300.0)
    desk.desk.change_rules(replace(rules, version=8))

    assert changes(desk.wait(299.0)) == []
    assert changes(desk.wait(1.0)) == [("anna", "disconnected")]
