"""What a policy says of protected queues, and what it may not say."""

from pathlib import Path

import pytest

from services.router.policy import FileInvalid, load_policy, parse_policy
from services.router.policy.compare import differences

FOLDER = Path(__file__).parents[2] / "deploy/policy"
TEXT = """
version: 1
channels: [form]
skills: [licence, polite]
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
    queues:
      general: {targets: {"*": 10m}}
      care:
        needs: {licence: 2, polite: 1}
        targets: {"*": 5m}
        protected: true
        when_nobody: {en: Soon., lt: Netrukus.}
      laundering: {needs: {licence: 3}, targets: {"*": 1h}, protected: true, confidential: true}
    topics:
      responsible_gaming: {queue: care}
"""


def changed(was: str, becomes: str) -> str:
    assert TEXT.count(was) == 1
    return TEXT.replace(was, becomes)


def test_a_protected_queue_says_what_its_customers_are_told_and_when_somebody_is_paged() -> None:
    protected = parse_policy(TEXT).rules_for("main").protected

    assert protected.keys() == {"care", "laundering"}
    care = protected["care"]
    assert [care.reply_in(lang) for lang in ("lt", "en", "ru")] == ["Netrukus.", "Soon.", "Soon."]
    assert (care.page_seconds, care.confidential) == (60.0, False)
    laundering = protected["laundering"]
    assert (laundering.reply_in("en"), laundering.confidential) == (None, True)


def test_a_desk_pages_after_the_time_it_gives() -> None:
    given = parse_policy(changed("    hard:", "    page: {after: 3m}\n    hard:"))

    assert given.rules_for("main").protected["care"].page_seconds == 180.0


@pytest.mark.parametrize(
    ("was", "becomes", "field", "says"),
    [
        ("hard: [licence]", "hard: []", "care.protected", "a skill under `needs` that `hard`"),
        ("licence: 2, polite: 1", "polite: 1", "care.protected", "a skill under `needs`"),
        ("{en: Soon., lt: Netrukus.}", "{lt: Netrukus.}", "care.when_nobody", "add en"),
        ("en: Soon.,", 'en: " ",', "care.when_nobody.en", "match pattern"),
        (
            "confidential: true",
            "confidential: true, when_nobody: {en: Soon.}",
            "laundering.when_nobody",
            "would tip the customer off",
        ),
    ],
)
def test_a_protected_queue_that_could_not_keep_its_word_is_refused(
    was: str, becomes: str, field: str, says: str
) -> None:
    with pytest.raises(FileInvalid) as caught:
        parse_policy(changed(was, becomes))

    problem = caught.value.problems[0]
    assert problem.field == f"desks.main.queues.{field}"
    assert says in problem.says


def test_another_reply_is_a_difference_of_the_desk() -> None:
    old, new = parse_policy(TEXT), parse_policy(changed("Soon.", "At once."))

    [change] = differences(old, new)
    assert (change.of, change.what) == ("main", "protected")
    assert "en: Soon." in change.before
    assert "en: At once." in change.after


def test_every_language_of_the_betting_desks_has_its_own_reply() -> None:
    policy = load_policy(FOLDER / "betting.yaml")

    for desk in policy.desks():
        replies = policy.rules_for(desk).protected["integrity"].replies
        assert replies.keys() == policy.by_desk[desk].section.languages.keys()
