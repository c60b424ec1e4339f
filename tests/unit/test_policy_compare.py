"""What a policy means, and what another one would change, in words."""

import pytest

from services.router.policy import parse_policy
from services.router.policy.compare import Change, described, differences, kinds
from services.router.policy.duration import as_written, seconds

POLICY = """
version: 1
channels: [form, chat]
skills: [payments]
tiers: [standard, vip]
priorities: {1: 0.5, 2: 1.0}
priority: 2
urgent: 1
accounts: [{brand: b, desk: main}]
desks:
  main:
    languages: {ru: 3, en: 2}
    default_language: en
    otherwise: general
    queues:
      payments: {needs: {payments: 2}, targets: {chat: 1m, "*": 1h30m}}
      general: {targets: {"*": 4h}}
    topics: {deposit: {queue: payments}}
"""


RELAXED = "after 1m lang.en 2, payments 2; after 2m lang.ru 3 or lang.en 2"


def changed(*replacements: tuple[str, str]) -> list[Change]:
    text = POLICY
    for before, after in replacements:
        assert before in text
        text = text.replace(before, after)
    return differences(parse_policy(POLICY), parse_policy(text))


def test_a_policy_does_not_differ_from_itself_but_for_its_number() -> None:
    assert changed(("version: 1", "version: 2")) == []


def test_a_change_of_many_kinds_is_told_once() -> None:
    assert changed(("payments: 2}", "payments: 3}")) == [
        Change("main: deposit * * *", "needs", "payments 2", "payments 3")
    ]


def test_only_those_whom_a_change_concerns_are_named() -> None:
    assert changed(("chat: 1m", "chat: 2m")) == [
        Change("main: deposit * chat * not urgent", "target", "1m", "2m"),
        Change("main: deposit * chat * urgent", "target", "30s", "1m"),
    ]


def test_a_desk_s_times_and_a_new_language_are_differences_too() -> None:
    assert changed(
        ("    languages: {ru: 3, en: 2}", "    offer: 30s\n    languages: {ru: 3, en: 2, lt: 2}")
    ) == [
        Change("main", "offer_seconds", "20", "30"),
        Change("main: * lt * *", "language", "lang.en 2", "lang.lt 2"),
    ]


def test_another_queue_of_re_reviews_is_a_difference() -> None:
    assert changed(("default_language: en", "default_language: en\n    review: general")) == [
        Change("main", "review_queue", "", "general")
    ]


def test_a_factor_of_a_tier_is_a_difference_where_no_target_names_it() -> None:
    assert changed(
        ("tiers: [standard, vip]", "tiers: {standard: {}, vip: {factor: 0.5}}"),
        ("{chat: 1m,", "{chat: {vip: 1m, '*': 1m},"),
    )[:2] == [
        Change("main: deposit * form vip not urgent", "target", "1h30m", "45m"),
        Change("main: deposit * form vip urgent", "target", "45m", "22m30s"),
    ]


def test_another_guard_is_a_difference() -> None:
    assert changed(
        (
            "    languages: {ru: 3, en: 2}",
            "    shifts: {guard: 10m}\n    languages: {ru: 3, en: 2}",
        ),
        ('{targets: {"*": 4h}}', '{targets: {"*": 4h}, guard: 0s}'),
    ) == [Change("main", "guards", "0s", "10m, general 0s")]


def test_letting_agents_choose_from_the_queue_is_a_difference() -> None:
    choosing = ("otherwise: general", "otherwise: general\n    pull: {most: 3, per: 1h}")
    assert changed(choosing) == [Change("main", "pull", "None", "3 per 1h")]


def test_what_falls_away_while_a_ticket_waits_is_a_difference() -> None:
    assert changed(
        ("{payments: 2}, targets", "{payments: 2}, relax: [{after: 2m, queue: general}], targets"),
        ("default_language: en", "default_language: en\n    fallbacks: {ru: {en: 1m}}"),
    ) == [
        Change("main: deposit ru * *", "later", "", RELAXED),
        Change("main: deposit en * *", "later", "", "after 2m nothing more"),
        Change("main: (other) ru * *", "later", "", "after 1m lang.en 2"),
    ]


OFFICE = (
    "hours: {zone: Europe/Vilnius, week: {mon-fri: 09:00-18:00, sat: [10:00-12:00, 13:00-24:00]}}"
)
OFFICE_IN_WORDS = "Europe/Vilnius mon-fri 09:00-18:00, sat 10:00-12:00 13:00-24:00"


def test_a_desk_that_is_not_open_around_the_clock_any_more_is_a_difference() -> None:
    assert changed(("default_language: en", f"default_language: en\n    {OFFICE}")) == [
        Change("main: * * * *", "hours", "always", OFFICE_IN_WORDS)
    ]


def test_hours_of_one_queue_concern_its_topics_only() -> None:
    assert changed(("{needs: {payments: 2}", f"{{{OFFICE}, needs: {{payments: 2}}")) == [
        Change("main: deposit * * *", "hours", "always", OFFICE_IN_WORDS)
    ]


def test_a_holiday_is_a_difference_to_those_it_closes() -> None:
    holidays = "holidays: {2026-12-25: closed, 2026-12-24: 09:00-12:00, 2026-12-26: closed}"
    both = parse_policy(
        POLICY.replace("default_language: en", f"default_language: en\n    {OFFICE}").replace(
            "general: {", "general: {hours: always, "
        )
    )
    closed = parse_policy(
        POLICY.replace(
            "default_language: en", f"default_language: en\n    {OFFICE}\n    {holidays}"
        ).replace("general: {", "general: {hours: always, ")
    )

    assert differences(both, closed) == [
        Change(
            "main: deposit * * *",
            "hours",
            OFFICE_IN_WORDS,
            f"{OFFICE_IN_WORDS}; 2026-12-24 09:00-12:00; closed 2026-12-25 2026-12-26",
        )
    ]


def test_a_reserve_is_told_by_its_name() -> None:
    assert changed(
        (
            "default_language: en",
            "default_language: en\n    reserves: [{name: vips, for: {tier: vip}, slots: 2}]",
        )
    ) == [Change("main", "reserves", "", "vips 2")]


def test_a_desk_that_goes_is_told_and_not_compared() -> None:
    gone = POLICY.replace("  main:\n", "  other:\n").replace("desk: main", "desk: other")

    assert differences(parse_policy(POLICY), parse_policy(gone)) == [
        Change("main", "desk", "there", ""),
        Change("other", "desk", "", "there"),
    ]


def test_a_treatment_is_told_in_the_words_of_the_file() -> None:
    policy = parse_policy(POLICY)
    first = next(iter(kinds(policy, "main")))

    assert described(policy.by_desk["main"].treat(first)) == {
        "queue": "payments",
        "priority": "2",
        "target": "1h30m",
        "next target": "",
        "clocks": "",
        "hours": "always",
        "language": "lang.ru 3",
        "needs": "payments 2",
        "prefers": "",
        "later": "",
        "weight": "1",
    }


@pytest.mark.parametrize("text", ["0s", "20s", "1m30s", "4h", "2d", "1d2h3m4s"])
def test_a_duration_is_written_as_it_is_read(text: str) -> None:
    assert as_written(seconds(text)) == text


def test_half_a_second_is_not_hidden() -> None:
    assert as_written(90.5) == "1m30s+0.5s"
