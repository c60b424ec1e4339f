"""Whose turn it is, and who gets it."""

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.effects import TicketStepped
from services.router.domain.requirement import Need
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import CHANNELS, RU, Driver, dealt, requirement, shown

LT = Need("lang.lt")


def test_a_new_ticket_is_offered_to_a_free_agent_until_the_offer_ends() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.open("t")
    effects = desk.settle()
    ticket = desk.get("t")
    assert dealt(effects) == [("t", "anna")]
    assert shown(effects) == [("anna", TicketState.OFFERED, None)]
    assert (ticket.state, ticket.assignment) == (TicketState.OFFERED, 1)
    assert ticket.until == desk.now + desk.rules.offer_seconds


def test_a_ticket_no_dealer_touched_yet_is_opened_and_a_known_one_is_not() -> None:
    desk = Driver()
    fresh = desk.desk.adopt_ticket(desk.ticket("new"), now=desk.now)
    known = desk.desk.adopt_ticket(desk.ticket("old", version=3), now=desk.now)
    assert [(e.on, e.before, e.after) for e in fresh if isinstance(e, TicketStepped)] == [
        ("opened", None, TicketState.QUEUED)
    ]
    assert known == []


def test_nothing_is_dealt_before_a_tick() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.open("t")
    desk.entry("t")
    assert desk.get("t").state is TicketState.QUEUED
    assert desk.desk.pending(now=desk.now)


def test_tickets_are_dealt_by_deadline_across_classes() -> None:
    desk = Driver()
    desk.open("late", due=300)
    desk.open("early", requirement(queue="bonus"), due=100)
    desk.open("middle", due=200)
    desk.hire("anna", capacity=3.0)
    desk.connect("anna")
    effects = desk.state("anna")
    assert [name for name, _ in dealt(effects)] == ["early", "middle", "late"]


def test_equal_deadlines_are_dealt_by_age_then_by_id() -> None:
    desk = Driver()
    for name, opened in (("c", 0.0), ("b", -1.0), ("a", 0.0)):
        ticket = desk.ticket(name)
        ticket.opened_at += opened
        desk.desk.adopt_ticket(ticket, now=desk.now)
    desk.hire("anna", capacity=3.0)
    desk.connect("anna")
    assert [name for name, _ in dealt(desk.state("anna"))] == ["b", "a", "c"]


def test_a_head_nobody_can_serve_does_not_hold_up_other_classes() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.open("lithuanian", requirement(LT), due=1)
    desk.open("russian", due=1000)
    assert dealt(desk.settle()) == [("russian", "anna")]


def test_a_heavy_head_does_not_hold_up_a_light_ticket() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.open("heavy", requirement(weight=2.0), due=1)
    desk.open("light", requirement(weight=0.5), due=1000)
    assert dealt(desk.settle()) == [("light", "anna")]


def test_a_head_withheld_by_its_skip_list_does_not_hold_up_its_class() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("first", due=1)
    desk.decline("first")
    desk.open("second", due=1000)
    assert dealt(desk.settle()) == [("second", "anna")]


def test_a_withheld_head_of_one_class_leaves_the_turn_to_the_next_deadline_of_another() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("declined", due=1)
    desk.decline("declined")
    desk.open("same class", due=30)
    desk.open("other class", requirement(queue="bonus"), due=20)
    assert dealt(desk.settle()) == [("other class", "anna")]


def test_a_declined_ticket_does_not_overtake_an_earlier_deadline_of_its_class() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    desk.deal("held")
    desk.accept("held")
    desk.deal("declined", due=1000)
    desk.decline("declined")
    desk.state("boris", AgentState.BREAK)
    desk.open("earlier", due=10)
    desk.settle()
    desk.resolve("held")
    assert dealt(desk.finish("held") + desk.settle()) == [("earlier", "anna")]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda desk: desk.state("anna", AgentState.BREAK),
        lambda desk: desk.connect(),
        lambda desk: desk.hire("anna", capacity=1.0, active=False),
        lambda desk: desk.hire("anna", {"lang.ru": 1}),
        lambda desk: desk.hire("anna", {"lang.lt": 5}),
        lambda desk: desk.hire("anna", capacity=0.5),
        lambda desk: desk.state("anna", channels=frozenset({"email"})),
        lambda desk: desk.hire("anna", channels=frozenset({"email"})),
    ],
    ids=[
        "on a break",
        "disconnected",
        "dismissed",
        "below the level",
        "without the language",
        "too small a capacity",
        "not ready for the channel",
        "channel not allowed",
    ],
)
def test_an_agent_is_not_dealt_to_when(spoil: object) -> None:
    desk = Driver()
    desk.staff(anna=1)
    assert callable(spoil)
    spoil(desk)
    desk.open("t", requirement(Need("lang.ru", 2)))
    assert dealt(desk.settle()) == []


def test_no_deal_leads_above_the_capacity() -> None:
    desk = Driver()
    desk.staff(anna=1)
    for name in ("a", "b", "c", "d"):
        desk.open(name, requirement(weight=0.3))
    assert len(dealt(desk.settle())) == 3
    assert desk.desk.load_of("anna") == pytest.approx(0.9)


def test_weights_that_do_not_add_up_in_binary_still_fill_the_capacity() -> None:
    desk = Driver()
    desk.staff(anna=1)
    for i in range(10):
        desk.open(f"t{i}", requirement(weight=0.1))
    assert len(dealt(desk.settle())) == 10


def test_the_only_lithuanian_speaker_is_not_spent_on_a_russian_ticket() -> None:
    desk = Driver()
    desk.hire("polyglot", {"lang.ru": 3, "lang.lt": 3})
    desk.hire("russian", RU, capacity=3.0)
    desk.connect("polyglot", "russian")
    desk.state("polyglot")
    desk.state("russian")
    assert desk.deal("one") == "russian"
    assert desk.deal("two") == "russian"  # for all the load, fit comes first
    assert desk.deal("three", requirement(LT)) == "polyglot"


def test_a_soft_need_makes_a_better_fit_and_excludes_nobody() -> None:
    desk = Driver()
    desk.hire("plain", RU)
    desk.hire("expert", {"lang.ru": 3, "topic.deposit": 4})
    desk.connect("plain", "expert")
    desk.state("plain")
    desk.state("expert")
    deposit = requirement(Need("lang.ru"), Need("topic.deposit", 2, hard=False))
    assert desk.deal("one", deposit) == "expert"
    assert desk.deal("two", deposit) == "plain"


def test_among_equal_fits_the_lowest_share_of_capacity_wins() -> None:
    desk = Driver()
    desk.staff(small=2, large=4)
    for name in ("a", "b"):
        desk.deal(name)
    assert desk.holders("a", "b") == ["large", "small"]
    assert desk.deal("c") == "large"  # 1/4 against 1/2


def test_among_equal_loads_the_longest_idle_wins_then_the_id() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    assert desk.deal("a") == "anna"
    desk.now += 1
    assert desk.deal("b") == "boris"
    desk.now += 1
    desk.accept("b")
    desk.accept("a")
    for name in ("b", "a"):
        desk.resolve(name)
        desk.now += 1
        desk.finish(name)
    assert desk.deal("c") == "boris"


def test_offers_on_an_automatic_channel_count_as_accepted() -> None:
    rules = Driver().rules
    desk = Driver(rules=type(rules)(desk="main", version=1, auto_accept=frozenset({"web"})))
    desk.staff(anna=1)
    desk.open("t")
    effects = desk.settle()
    moves = [(e.on, e.after) for e in effects if isinstance(e, TicketStepped)]
    assert moves == [("dealt", TicketState.OFFERED), ("accepted", TicketState.ACCEPTED)]
    assert shown(effects) == [("anna", TicketState.ACCEPTED, None)]


def test_a_decision_says_why_this_agent_and_why_no_other() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1, busy=1, away=1, mail=1)
    desk.hire("jonas", {"lang.lt": 5})
    for name in ("a1", "a2", "a3", "a4", "a5"):
        desk.deal(name)
        desk.accept(name)
    desk.state("away", AgentState.BREAK)
    desk.state("mail", channels=frozenset({"email"}))
    for name, holder in ((f"a{i}", desk.get(f"a{i}").agent) for i in range(1, 6)):
        if holder != "busy":
            desk.resolve(name)
            desk.finish(name)
    desk.now += 5
    desk.open("t")
    [step] = [e for e in desk.settle() if isinstance(e, TicketStepped)]
    decision = step.decision
    assert decision is not None
    assert decision.excluded == (("skill", 1), ("channel", 1), ("state", 1), ("capacity", 1))
    assert [candidate.agent for candidate in decision.best] == ["anna", "boris"]
    assert (decision.policy, decision.due_at, decision.waited) == (7, desk.now + 600, 0.0)
    assert not decision.sticky


def test_a_decision_names_at_most_three_candidates_and_counts_the_skipped() -> None:
    desk = Driver()
    desk.staff(a=1, b=1, c=1, d=1, e=1)
    desk.deal("t")
    desk.decline("t")
    [step] = [e for e in desk.settle() if isinstance(e, TicketStepped)]
    assert step.decision is not None
    assert [candidate.agent for candidate in step.decision.best] == ["b", "c", "d"]
    assert step.decision.excluded == (("skipped", 1),)


def test_each_offer_has_a_new_assignment_number() -> None:
    desk = Driver()
    desk.staff(anna=1, boris=1)
    desk.deal("t")
    desk.decline("t")
    desk.settle()
    assert (desk.get("t").agent, desk.get("t").assignment) == ("boris", 2)


def test_a_tick_stops_at_its_limit_and_says_that_more_is_pending() -> None:
    desk = Driver()
    desk.staff(anna=20)
    for i in range(20):
        desk.open(f"t{i}")
    first = desk.desk.tick(now=desk.now, limit=4)
    assert len(first) == 4
    assert desk.desk.pending(now=desk.now)
    assert len(dealt(first + desk.settle())) == 20
    assert not desk.desk.pending(now=desk.now)


def test_a_freed_slot_goes_to_the_earliest_deadline_among_thousands() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("held")
    desk.accept("held")
    for i in range(2_000):
        due = 1 + (i * 7919) % 2_000
        desk.open(f"t{due:04d}", requirement(queue=f"q{i % 7}"), due=float(due))
    desk.settle()
    desk.resolve("held")
    assert dealt(desk.finish("held") + desk.settle()) == [("t0001", "anna")]


def test_agents_ready_on_one_channel_are_dealt_only_that() -> None:
    desk = Driver()
    desk.hire("anna", capacity=2.0, channels=CHANNELS)
    desk.connect("anna")
    desk.state("anna", channels=frozenset({"email"}))
    desk.open("chat")
    desk.open("mail", requirement(channel="email"))
    assert dealt(desk.settle()) == [("mail", "anna")]
    assert dealt(desk.state("anna")) == [("chat", "anna")]


def test_depth_counts_by_queue_and_state_and_knows_the_oldest() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.open("a", due=1)
    desk.settle()
    desk.now += 10
    desk.open("b")
    desk.now += 10
    desk.open("c", requirement(queue="bonus"))
    depth = desk.desk.depth()
    assert depth.counts["payments", TicketState.QUEUED] == 1
    assert depth.counts["payments", TicketState.OFFERED] == 1
    assert depth.counts["bonus", TicketState.QUEUED] == 1
    assert depth.oldest == {"payments": desk.now - 10, "bonus": desk.now}
