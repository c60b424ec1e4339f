"""What a policy lets fall while a ticket waits, and what it never does."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.domain.fit import fit
from services.router.domain.requirement import Need, Requirement, Stage
from services.router.domain.reserve import Reserve
from services.router.domain.treatment import Kind
from services.router.policy import Policy, load_policy, parse_policy
from services.router.policy.compare import kinds

RU, LT, EN = Need("lang.ru", 3), Need("lang.lt", 4), Need("lang.en", 2)
BETTING = load_policy(Path(__file__).parents[2] / "deploy/policy/betting.yaml")
POLICY = """
version: 1
channels: [chat]
skills: [payments, licence, betting]
priorities: {1: 1.0}
priority: 1
urgent: 1
accounts: [{brand: b, desk: main}]
desks:
  main:
    languages: {ru: 3, lt: 4, en: 2}
    default_language: en
    fallbacks: {lt: {en: 3m, ru: 1m}}
    hard: [licence]
    otherwise: general
    queues:
      payments:
        needs: {payments: 3, licence: 1}
        relax: [{after: 4m, queue: betting}, {after: 2m, needs: {payments: 2}}]
        targets: {"*": 5m}
      betting: {needs: {betting: 2}, prefers: {payments: 2}, targets: {"*": 5m}}
      general: {targets: {"*": 5m}}
    topics:
      deposit: {queue: payments}
      withdrawal: {queue: payments, needs: {payments: 4}, relax: []}
      bonus: {queue: betting, needs: {licence: 1}, relax: [{after: 1m, needs: {betting: 0}}]}
"""


@pytest.fixture(scope="module")
def policy() -> Policy:
    return parse_policy(POLICY)


def needed(policy: Policy, topic: str, lang: str) -> Requirement:
    return policy.route(
        desk="main",
        topic=topic,
        lang=lang,
        channel="chat",
        tier="standard",
        urgent=False,
        waiting_since=0.0,
    ).requirement


def test_a_language_without_a_fallback_is_needed_always(policy: Policy) -> None:
    found = needed(policy, "feedback", "ru")
    assert (found.needs, found.stages) == ((RU,), ())


def test_other_languages_come_in_one_after_the_other(policy: Policy) -> None:
    found = needed(policy, "feedback", "lt")
    assert found.needs == ()
    assert found.stages == (Stage(0, ((LT,),)), Stage(60, ((RU,),)), Stage(180, ((EN,),)))


def test_steps_come_in_the_order_of_their_times_and_hard_skills_stay(policy: Policy) -> None:
    found = needed(policy, "deposit", "ru")
    assert found.needs == (RU, Need("licence"))
    assert found.stages == (
        Stage(0, ((Need("payments", 3),),)),
        Stage(120, ((Need("payments", 2),),)),
        Stage(240, ((Need("betting", 2),),)),
    )


def test_each_language_goes_with_each_level_that_will_do(policy: Policy) -> None:
    stages = needed(policy, "deposit", "lt").stages
    two, three, betting = Need("payments", 2), Need("payments", 3), Need("betting", 2)
    assert stages == (
        Stage(0, ((LT, three),)),
        Stage(60, ((RU, three),)),
        Stage(120, ((LT, two), (RU, two))),
        Stage(180, ((EN, two),)),
        Stage(240, ((betting, LT), (betting, RU), (betting, EN))),
    )


def test_a_topic_s_own_steps_stand_in_the_place_of_the_queue_s(policy: Policy) -> None:
    found = needed(policy, "withdrawal", "ru")
    assert (found.needs, found.stages) == ((RU, Need("licence"), Need("payments", 4)), ())


def test_a_skill_may_fall_altogether(policy: Policy) -> None:
    found = needed(policy, "bonus", "ru")
    assert found.needs == (RU, Need("licence"), Need("payments", 2, hard=False))
    assert found.stages == (Stage(0, ((Need("betting", 2),),)), Stage(60, ((),)))


def test_equal_requirements_with_stages_are_one_object(policy: Policy) -> None:
    assert needed(policy, "deposit", "lt") is needed(policy, "deposit", "lt")


def test_a_desk_says_how_it_shares_and_keeps_its_slots() -> None:
    rules = BETTING.rules_for("main")
    assert (rules.late_share, rules.sticky_seconds) == (0.25, 60.0)
    assert rules.reserves == (
        Reserve("lithuanian", 1, skill="lang.lt", among=(Need("lang.lt", 3),)),
        Reserve("turkish", 1, skill="lang.tr", among=(Need("lang.tr", 3),)),
    )


def test_a_reserve_for_a_queue_is_held_by_the_people_of_the_queue() -> None:
    held = "reserves: [{name: r, for: {queue: betting}, slots: 2, among: {licence: 1}}]"
    text = POLICY.replace("    hard:", f"    {held}\n    hard:")
    [reserve] = parse_policy(text).rules_for("main").reserves
    assert reserve == Reserve("r", 2, queue="betting", among=(Need("betting", 2), Need("licence")))


def test_a_desk_that_gives_the_late_every_slot_has_one_order_by_deadline() -> None:
    rules = parse_policy(POLICY.replace("    hard:", "    late: 100%\n    hard:")).rules_for("main")
    assert rules.late_share is None


LEVELS = st.dictionaries(
    st.sampled_from(sorted(BETTING.skills | {f"lang.{name}" for name in ("ru", "lt", "tr", "en")})),
    st.integers(1, 5),
)
EVERY_KIND = [(desk, kind) for desk in BETTING.desks() for kind in kinds(BETTING, desk)]


@given(levels=LEVELS, asked=st.sampled_from(EVERY_KIND), stage=st.integers(0, 6))
def test_however_long_a_ticket_waits_what_is_hard_never_falls(
    levels: dict[str, int], asked: tuple[str, Kind], stage: int
) -> None:
    desk, kind = asked
    section = BETTING.by_desk[desk].section
    requirement = BETTING.by_desk[desk].treat(kind).requirement
    if fit(levels, requirement, stage) is None:
        return
    lang = kind.lang
    spoken = [lang, *section.fallbacks.get(lang, {})]
    assert any(levels.get(f"lang.{each}", 0) >= section.languages[each] for each in spoken)
    topic = section.topics.get(kind.topic)
    queue = section.queues[requirement.queue]
    for skill in section.hard:
        needs = (queue.needs, topic.needs if topic else {})
        assert levels.get(skill, 0) >= max(each.get(skill, 0) for each in needs)


@given(levels=LEVELS, asked=st.sampled_from(EVERY_KIND), stage=st.integers(0, 6))
def test_whoever_may_take_a_ticket_still_may_when_it_has_waited(
    levels: dict[str, int], asked: tuple[str, Kind], stage: int
) -> None:
    desk, kind = asked
    requirement = BETTING.by_desk[desk].treat(kind).requirement
    if (now := fit(levels, requirement, stage)) is not None:
        assert fit(levels, requirement, stage + 1) == now
