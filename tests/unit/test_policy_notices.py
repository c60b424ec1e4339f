"""What a policy says customers are told without asking, and what it may not say."""

import pytest

from services.router.domain.notices import Notice
from services.router.policy import FileInvalid, parse_policy
from services.router.policy.compare import differences

TEXT = """
version: 1
channels: [form, mail]
skills: [licence]
priorities: {1: 1.0}
priority: 1
urgent: 1
accounts:
  - {brand: b, desk: main}
desks:
  main:
    languages: {en: 2, lt: 3}
    default_language: en
    hard: [licence]
    otherwise: general
    waiting: {nudge: 1h, resolve: 1d}
    notices:
      received:
        - {channels: [mail], tell: {en: We have your mail., lt: Gavome.}}
        - {tell: {en: We have it.}}
      closed:
        - {queues: [general], tell: {en: We open at nine.}}
      incident:
        - {queues: [general], until: 2026-11-24T18:00:00+02:00, tell: {en: Cards do not work.}}
      reminded: [{tell: {en: Still there.}}]
      rate: [{tell: {en: "How was it, 1 to 5?"}}]
    queues:
      general:
        targets: {"*": 10m}
        hours: {zone: Europe/Vilnius, week: {mon-fri: 09:00-17:00}}
      around: {targets: {"*": 10m}}
      care: {needs: {licence: 2}, targets: {"*": 5m}, protected: true}
      laundering: {needs: {licence: 3}, targets: {"*": 1h}, protected: true, confidential: true}
"""


def changed(was: str, becomes: str) -> str:
    assert TEXT.count(was) == 1
    return TEXT.replace(was, becomes)


def test_a_desk_says_what_its_customers_are_told() -> None:
    notices = parse_policy(TEXT).rules_for("main").notices

    assert notices.by_kind.keys() == {"received", "closed", "incident", "reminded", "rate"}
    assert notices.by_kind["received"] == (
        Notice({"en": "We have your mail.", "lt": "Gavome."}, "en", frozenset({"mail"})),
        Notice({"en": "We have it."}, "en"),
    )
    [incident] = notices.by_kind["incident"]
    assert (incident.queues, incident.until) == (frozenset({"general"}), 1_795_536_000.0)
    assert notices.hours.keys() == {"general"}


def test_a_desk_that_says_nothing_tells_nothing() -> None:
    before, after = TEXT.index("    notices:"), TEXT.index("    queues:\n")

    assert not parse_policy(TEXT[:before] + TEXT[after:]).rules_for("main").notices


@pytest.mark.parametrize(
    ("was", "becomes", "field", "says"),
    [
        ("channels: [mail]", "channels: [fax]", "received.0.channels.0", "no channel 'fax'"),
        ("{queues: [general], tell", "{queues: [night], tell", "closed.0.queues.0", "no queue"),
        ("en: We have your mail., ", "", "received.0.tell", "add en"),
        ("lt: Gavome.", "fr: Reçu.", "received.0.tell.fr", "no language 'fr'"),
        ("tell: {en: Still there.}", "tell: {}", "reminded.0.tell", "at least 1"),
        ("{channels: [mail], tell", "{tell", "received.1", "put this one first"),
        ("{queues: [general], tell", "{queues: [around], tell", "closed.0.queues.0", "clock"),
        (
            "{tell: {en: Still",
            "{queues: [laundering], tell: {en: Still",
            "reminded.0.queues.0",
            "confidential",
        ),
        ("rate: [{tell", "rate: [{queues: [care], tell", "rate.0.queues.0", "protected"),
        ("nudge: 1h, ", "", "reminded", "waiting.nudge"),
        (
            "{queues: [general], until",
            "{since: 2026-12-01T00:00:00Z, until",
            "incident.0.until",
            "since",
        ),
        ("2026-11-24T18:00:00+02:00", "2026-11-24T18:00:00", "incident.0.until", "timezone"),
        ("2026-11-24T18:00:00+02:00", "tonight", "incident.0.until", "datetime"),
        ("We have it.", '"See {status}"', "received.1.tell.en", "another line"),
        ("We have it.", '"Dear {name}, we have it."', "received.1.tell.en", "other braces"),
        ("received:", "receved:", "receved", "spelling"),
    ],
)
def test_what_would_reach_nobody_is_refused(was: str, becomes: str, field: str, says: str) -> None:
    with pytest.raises(FileInvalid) as caught:
        parse_policy(changed(was, becomes))

    here = "desks.main.notices."
    found = {each.field.removeprefix(here): each.says for each in caught.value.problems}
    assert says in found[field], found


def test_closed_at_a_desk_that_never_closes_is_refused() -> None:
    text = changed("        hours: {zone: Europe/Vilnius, week: {mon-fri: 09:00-17:00}}\n", "")

    with pytest.raises(FileInvalid, match="open around the clock"):
        parse_policy(text)


def test_what_customers_are_told_otherwise_shows_as_a_change() -> None:
    after = changed("We have it.", "It is here.")

    [change] = differences(parse_policy(TEXT), parse_policy(after))

    assert (change.of, change.what) == ("main", "notices")
    assert (
        "received of mail: en: We have your mail., lt: Gavome.; received: en: We" in change.before
    )
    assert "incident of general until 2026-11-24 16:00Z: en: Cards" in change.before
    assert "received: en: It is here." in change.after
