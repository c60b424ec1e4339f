"""Why not another agent: what is said agrees with what the desk was."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.domain.agent import AgentState
from services.router.domain.choosing import LISTED
from services.router.domain.decision import Decision
from services.router.domain.effects import TicketStepped
from services.router.domain.requirement import Need
from services.router.domain.reserve import Reserve
from services.router.domain.shifts import Guards, Shift
from services.router.domain.ticket import Ticket, TicketState
from services.router.explain.exclusion import exclusion
from tests.unit.desk_driver import RULES, Driver, requirement
from tests.unit.explain_recording import Recording, why_not

PAYMENTS = requirement(Need("lang.ru", 3), Need("payments", 3))
ABLE = {"lang.ru": 3, "payments": 3}
HOUR = 3600.0


def desk_with(*names: str, capacity: float = 1.0, **more: Any) -> Recording:
    """Agents who can take payments, ready and connected."""
    desk = Recording(**more)
    for name in names:
        desk.hire(name, ABLE, capacity=capacity)
    desk.connect(*names, period=1e6)
    for name in names:
        desk.state(name)
    return desk


async def said(desk: Recording, agent: str, *, number: int = 0) -> tuple[str, str]:
    answer = why_not(await desk.explain("t1", agent=agent), number=number)
    return answer.rule, answer.says


async def test_the_skill_that_is_too_low_is_named_with_both_levels() -> None:
    desk = desk_with("boris")
    desk.hire("anna", {"lang.ru": 5, "payments": 2})
    desk.deal("t1", PAYMENTS)
    assert await said(desk, "anna") == ("skill", "payments 2 < 3")


async def test_a_skill_that_is_missing_is_named() -> None:
    desk = desk_with("boris")
    desk.hire("anna", {"lang.tr": 5})
    desk.deal("t1", PAYMENTS)
    assert await said(desk, "anna") == ("skill", "no lang.ru, no payments")


async def test_a_channel_the_agent_was_not_ready_for_is_named() -> None:
    desk = desk_with("anna", "boris")
    desk.state("anna", channels=frozenset({"email"}))
    desk.deal("t1", PAYMENTS)
    assert await said(desk, "anna") == ("channel", "not ready for web")


@pytest.mark.parametrize(
    ("shifts", "says"),
    [
        ([(-HOUR, 300)], "shift ends 14:18:20, no new tickets since 14:08:20"),
        ([(-60, 300)], "shift ends 14:18:20, no new tickets since 14:12:20"),
        ([(-HOUR, -60)], "shift ended 14:12:20"),
        ([(60, HOUR)], "shift begins 14:14:20"),
        ([(-HOUR, -60), (60, HOUR)], "shift ended 14:12:20, the next begins 14:14:20"),
        ([], "no shift is planned"),
    ],
)
async def test_a_shift_that_is_over_or_nearly_is_told_with_its_times(
    shifts: list[Shift], says: str
) -> None:
    desk = desk_with("boris", rules=replace(RULES, guards=Guards(600.0)))
    planned = tuple((desk.now + begins, desk.now + ends) for begins, ends in shifts)
    desk.hire("anna", ABLE, shifts=planned)
    desk.connect("anna", "boris", period=1e6)
    desk.state("anna")
    desk.deal("t1", PAYMENTS)
    assert await said(desk, "anna") == ("shift", says)


async def test_a_break_is_told_with_its_beginning_however_often_the_connection_changed() -> None:
    desk = desk_with("anna", "boris")
    desk.now += 60
    desk.state("anna", AgentState.BREAK)
    desk.now += 60
    desk.connect("boris")
    desk.connect("anna", "boris")
    desk.now += 60
    desk.deal("t1", PAYMENTS)
    desk.state("anna")

    assert await said(desk, "anna") == ("state", "on break since 14:14:20")


async def test_a_lost_connection_is_told_with_its_beginning() -> None:
    desk = desk_with("anna", "boris")
    desk.now += 60
    desk.connect("boris")
    desk.now += 60
    desk.deal("t1", PAYMENTS)
    desk.connect("anna", "boris")

    assert await said(desk, "anna") == ("state", "not connected since 14:14:20")


async def test_slots_are_counted_as_they_were_at_the_decision_not_before_or_after() -> None:
    desk = desk_with("anna", capacity=2.0)
    desk.deal("t8", PAYMENTS)
    desk.deal("t9", PAYMENTS)
    desk.hire("boris", ABLE)
    desk.connect("anna", "boris", period=1e6)
    desk.state("boris")
    desk.deal("t1", PAYMENTS)
    desk.accept("t8")
    desk.resolve("t8")
    desk.finish("t8")

    assert desk.get("t1").agent == "boris"
    assert await said(desk, "anna") == ("capacity", "2 of 2 slots taken")


async def test_slots_taken_in_the_same_turn_count_for_what_was_dealt_after_them_only() -> None:
    desk = Recording()
    desk.hire("anna", {**ABLE, "lang.en": 1}, capacity=2.0)
    desk.hire("boris", {**ABLE, "lang.tr": 4}, capacity=2.0)
    for name in ("anna", "boris"):
        desk.state(name)
    desk.open("t1", PAYMENTS, due=600)
    desk.open("t0", requirement(Need("lang.en"), weight=2.0), due=10)
    desk.open("t2", requirement(Need("lang.tr")), due=20)
    desk.connect("anna", "boris", period=1e6)

    assert desk.holders("t0", "t1", "t2") == ["anna", "boris", "boris"]
    dealt = [each["seq"] for each in desk.changes if each["about"] == "ticket" and each["agents"]]
    assert len(set(dealt)) == 1
    assert await said(desk, "anna") == ("capacity", "2 of 2 slots taken")
    answer = why_not(await desk.explain("t0", agent="boris"))
    assert (answer.rule, answer.says) == ("skill", "no lang.en")


async def test_who_has_more_than_their_capacity_is_said_to_be_overloaded() -> None:
    desk = desk_with("anna", capacity=2.0)
    desk.deal("t8", PAYMENTS)
    desk.deal("t9", PAYMENTS)
    desk.hire("anna", ABLE, capacity=1.0)
    desk.hire("boris", ABLE)
    desk.connect("anna", "boris", period=1e6)
    desk.state("boris")
    desk.deal("t1", PAYMENTS)

    assert await said(desk, "anna") == ("capacity", "overloaded: 2 of 1 slots taken")


@pytest.mark.parametrize(
    ("channel", "says"), [("email", "2 of 1 slots taken"), ("web", "1 of 1 slots taken")]
)
async def test_what_can_be_interrupted_takes_slots_from_its_like_alone(
    channel: str, says: str
) -> None:
    desk = desk_with("anna", rules=replace(RULES, interruptible=frozenset({"email"})))
    desk.deal("t8", replace(PAYMENTS, channel="email"))
    desk.deal("t9", PAYMENTS)
    desk.hire("boris", ABLE)
    desk.connect("anna", "boris", period=1e6)
    desk.state("boris")
    desk.deal("t1", replace(PAYMENTS, channel=channel))

    assert await said(desk, "anna") == ("capacity", says)


async def test_the_slots_of_somebody_new_are_those_they_had_then() -> None:
    desk = desk_with("boris")
    desk.hire("anna", ABLE, capacity=2.0, new_until=desk.now + 60)
    desk.connect("anna", "boris", period=1e6)
    desk.state("anna")
    desk.deal("t9", PAYMENTS)
    desk.deal("t8", PAYMENTS)
    desk.hire("cem", ABLE)
    desk.connect("anna", "boris", "cem", period=1e6)
    desk.state("cem")
    desk.deal("t1", PAYMENTS)
    desk.now += 60
    desk.settle()

    assert await said(desk, "anna") == ("capacity", "1 of 1 slots taken")


async def test_who_declined_is_said_to_have_and_until_when_they_are_passed_over() -> None:
    desk = desk_with("anna", "boris")
    desk.deal("t1", PAYMENTS)
    desk.now += 5
    desk.decline("t1")
    desk.settle()

    assert await said(desk, "anna") == ("chosen", "was chosen")
    assert await said(desk, "anna", number=1) == (
        "skipped",
        "declined it, passed over until 14:14:25",
    )


async def test_who_handed_it_on_is_said_to_have() -> None:
    desk = desk_with("anna", "boris", rules=replace(RULES, queues=frozenset({"payments"})))
    desk.deal("t1", PAYMENTS)
    desk.accept("t1")
    desk.transfer("t1", to_queue="payments")
    desk.settle()

    assert await said(desk, "anna", number=1) == (
        "skipped",
        "had handed it on, passed over until 14:14:20",
    )


async def test_who_decided_a_disputed_ticket_is_said_to_have_from_then_on_only() -> None:
    desk = desk_with("anna", "boris", "clara")
    desk.deal("t1", PAYMENTS)
    desk.accept("t1")
    desk.reply("t1", "no refund")
    desk.now += 5
    desk.escalate("t1")
    desk.settle()
    assert desk.get("t1").agent == "boris"
    desk.accept("t1")
    desk.resolve("t1")
    desk.now += 5
    desk.escalate("t1")
    desk.settle()
    assert desk.get("t1").agent == "clara"

    decided = ("decided", "decided this ticket: a re-review goes to somebody else")
    assert await said(desk, "anna") == ("chosen", "was chosen")
    assert [await said(desk, "anna", number=number) for number in (1, 2)] == [decided, decided]
    assert await said(desk, "boris", number=1) == ("chosen", "was chosen")
    assert await said(desk, "boris", number=2) == decided


async def test_who_decided_a_ticket_is_said_to_have_whatever_else_keeps_them_from_it() -> None:
    desk = desk_with("anna", "boris")
    desk.deal("t1", PAYMENTS)
    desk.accept("t1")
    desk.state("boris", AgentState.BREAK)
    desk.escalate("t1")
    desk.state("anna", AgentState.BREAK)

    told = await desk.explain("t1", agent="anna")

    assert told.why_not is not None
    assert told.why_not.says == "decided this ticket: a re-review goes to somebody else"
    assert told.waiting[1] == (
        "nobody could take it now; 1 decided it before it came to re-review;"
        " 1 was not ready or not connected"
    )


async def test_who_decided_what_was_merged_into_a_ticket_is_said_to_have_decided_it() -> None:
    rules = replace(RULES, queues=frozenset({"payments"}))
    desk = desk_with("anna", "boris", "clara", rules=rules)
    desk.deal("part", PAYMENTS)
    desk.accept("part")
    desk.state("boris", AgentState.BREAK)
    desk.state("clara", AgentState.BREAK)
    desk.escalate("part")
    desk.open("t1", PAYMENTS, due=1.0)
    desk.state("anna", AgentState.BREAK)
    desk.state("boris")
    desk.accept("t1")
    desk.merge("t1", "part")
    desk.transfer("t1", to_queue="payments")
    desk.state("anna")
    desk.state("clara")

    assert await said(desk, "anna") == ("state", "on break since 14:13:20")
    assert (await said(desk, "anna", number=1))[0] == "decided"


async def test_a_candidate_of_the_record_lost_by_what_the_record_shows() -> None:
    desk = desk_with("boris")
    desk.hire("anna", {**ABLE, "lang.en": 4})
    desk.connect("anna", "boris", period=1e6)
    desk.state("anna")
    desk.deal("t1", PAYMENTS)
    assert await said(desk, "anna") == (
        "fit",
        "boris was the better fit: would leave 0 skill levels unused, anna 4",
    )


async def test_who_had_the_ticket_before_goes_first() -> None:
    desk = desk_with("anna", "boris")
    desk.deal("t1", PAYMENTS)
    desk.accept("t1")
    desk.resolve("t1")
    desk.finish("t1")
    desk.entry("t1")
    desk.settle()
    assert await said(desk, "boris", number=1) == ("sticky", "anna had it before")


async def test_who_came_after_all_that_are_named_is_told_by_what() -> None:
    desk = desk_with("boris", "cem", "deniz")
    desk.hire("anna", {**ABLE, "lang.en": 4})
    desk.connect("anna", "boris", "cem", "deniz", period=1e6)
    desk.state("anna")
    desk.deal("t1", PAYMENTS)
    assert await said(desk, "anna") == (
        "fit",
        "could take it, but deniz was the better fit: would leave 0 skill levels unused, anna 4",
    )


async def test_a_reserve_that_withheld_a_slot_is_named() -> None:
    spare = Reserve(name="vip-desk", slots=1, tier="vip", among=(Need("vip"),))
    desk = desk_with("boris", rules=replace(RULES, reserves=(spare,)))
    desk.hire("anna", {**ABLE, "vip": 1})
    desk.connect("anna", "boris", period=1e6)
    desk.state("anna")
    desk.deal("t1", PAYMENTS)
    assert await said(desk, "anna") == (
        "reserve:vip-desk",
        "their free slot was withheld by the reserve vip-desk",
    )


async def test_somebody_of_another_desk_is_not_of_this_one() -> None:
    desk = desk_with("boris")
    desk.deal("t1", PAYMENTS)
    assert (await said(desk, "nobody"))[0] == "unrecorded"


async def test_who_is_hired_later_was_not_known_yet() -> None:
    desk = desk_with("boris")
    desk.deal("t1", PAYMENTS)
    desk.now += 60
    desk.hire("anna", ABLE)
    rule, says = await said(desk, "anna")
    assert rule == "unrecorded"
    assert "not known yet" in says


async def test_what_has_aged_out_is_said_to_have() -> None:
    desk = desk_with("anna", "boris")
    desk.state("anna", AgentState.BREAK)
    desk.deal("t1", PAYMENTS)
    desk.now += 60
    kept = len(desk.changes)
    desk.state("anna")
    desk.changes = [
        each
        for number, each in enumerate(desk.changes)
        if number >= kept or each["about"] == "ticket"
    ]
    rule, says = await said(desk, "anna")
    assert rule == "unrecorded"
    assert says.startswith("cannot be told")


async def test_a_hand_is_known_though_all_that_came_before_the_last_change_has_aged_out() -> None:
    desk = desk_with("anna", capacity=2.0)
    desk.deal("t8", PAYMENTS)
    desk.accept("t8")
    desk.now += 30
    kept = len(desk.changes)
    desk.connect()
    desk.connect("anna")
    desk.deal("t9", PAYMENTS)
    desk.hire("boris", ABLE)
    desk.connect("anna", "boris", period=1e6)
    desk.state("boris")
    desk.changes = desk.changes[kept:]
    desk.deal("t1", PAYMENTS)

    assert await said(desk, "anna") == ("capacity", "2 of 2 slots taken")


def decision_of(effects: list[Any]) -> Decision | None:
    found = [each.decision for each in effects if isinstance(each, TicketStepped) and each.decision]
    return found[0] if found else None


async def test_a_decision_names_as_many_candidates_as_explanations_take_for_all() -> None:
    desk = desk_with(*"abcdef")
    desk.open("t1", PAYMENTS)
    decision = decision_of(desk.settle())
    assert decision is not None
    assert len(decision.best) == LISTED


skills = st.dictionaries(
    st.sampled_from(["lang.ru", "lang.tr", "payments"]), st.integers(1, 5), max_size=3
)
crews = st.lists(
    st.tuples(
        skills,
        st.sampled_from([1.0, 2.0]),
        st.sampled_from([*AgentState] + [AgentState.READY] * 8),
        st.booleans() | st.just(True),
        st.sampled_from([None, frozenset({"web"}), frozenset({"email"})]),
        st.integers(0, 2),
        st.sampled_from([None, None, (-60.0, 60.0), (-60.0, 900.0), (60.0, 900.0)]),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=150)
@given(crew=crews, weight=st.sampled_from([0.5, 1.0, 1.5]))
def test_exclusions_agree_with_what_the_core_counts_for_every_desk(
    crew: list[Any], weight: float
) -> None:
    desk = Driver(replace(RULES, offer_seconds=1e6, guards=Guards(300.0)))
    names = [f"a{number}" for number in range(len(crew))]
    for name, (able, capacity, _, _, _, held, shift) in zip(names, crew, strict=True):
        shifts = None if shift is None else ((desk.now + shift[0], desk.now + shift[1]),)
        desk.hire(name, able, capacity=capacity, shifts=shifts)
        for number in range(held):
            desk.desk.adopt_ticket(held_ticket(desk, f"{name}-{number}", name), now=desk.now)
    desk.connect(*(name for name, each in zip(names, crew, strict=True) if each[3]), period=1e6)
    for name, (_, _, state, _, channels, *_) in zip(names, crew, strict=True):
        desk.state(name, state, channels)
    needs = requirement(Need("lang.ru", 2), Need("payments", 3, hard=False), weight=weight)
    desk.open("t1", needs)
    waiting = desk.get("t1")
    found = {name: exclusion(desk.desk, waiting, name, now=desk.now) for name in names}

    decision = decision_of(desk.settle())

    able_now = {name for name, why in found.items() if why is None}
    if decision is None:
        assert not able_now
        return
    counted = Counter(why.rule for why in found.values() if why is not None)
    assert counted == dict(decision.excluded)
    assert {one.agent for one in decision.best} <= able_now
    assert len(decision.best) == min(LISTED, len(able_now))


def held_ticket(desk: Driver, name: str, agent: str) -> Ticket:
    return desk.ticket(name, version=2, state=TicketState.ACCEPTED, agent=agent)
