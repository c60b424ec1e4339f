"""What a policy says of later answers and of clocks, and what it may not say."""

import pytest

from services.router.domain.clocks import ClockRule
from services.router.domain.treatment import Kind, Treatment
from services.router.policy import FileInvalid, parse_policy
from services.router.policy.compare import differences

HOUR, DAY = 3_600.0, 86_400.0
TEXT = """
version: 1
channels: [form, mail]
tiers: {standard: {}, vip: {factor: 0.5}}
priorities: {1: 0.5, 2: 1.0}
priority: 2
urgent: 1
accounts:
  - {brand: b, desk: main}
desks:
  main:
    languages: {en: 2}
    default_language: en
    otherwise: general
    hours: {zone: UTC, week: {mon-fri: "09:00-17:00"}}
    clocks:
      card_dispute: {within: 15d, warn: 2d, topics: [dispute]}
      complaint: {within: 56d, queues: [general]}
    queues:
      general: {targets: {"*": 10m}}
      payments:
        targets: {"*": 10m}
        next_targets: {mail: 4h, "*": 20m}
        resolve_targets: {"*": {vip: 1h, "*": 2d}}
    topics:
      deposit: {queue: payments}
      dispute: {queue: payments}
"""


def changed(was: str, becomes: str) -> str:
    assert TEXT.count(was) == 1
    return TEXT.replace(was, becomes)


def treated(
    topic: str, *, channel: str = "form", tier: str = "standard", urgent: bool = False
) -> Treatment:
    return parse_policy(TEXT).treat("main", Kind(topic, "en", channel, tier, urgent))


def clocks(treatment: Treatment) -> dict[str, ClockRule]:
    return {rule.name: rule for rule in treatment.clocks}


def test_later_answers_have_their_own_target_shifted_as_the_first_one_is() -> None:
    assert treated("deposit").next_seconds == 20 * 60
    assert treated("deposit", channel="mail").next_seconds == 4 * HOUR
    assert treated("deposit", tier="vip", urgent=True).next_seconds == 5 * 60


def test_a_queue_that_gives_later_answers_no_target_treats_them_as_the_first() -> None:
    general = treated("bonus")
    assert general.next_seconds is None
    assert general.due_at(0.0, later=True) == general.due_at(0.0)


def test_the_resolution_runs_in_the_hours_of_its_queue() -> None:
    rule = clocks(treated("deposit"))["resolution"]
    assert (rule.seconds, rule.statutory, rule.hours is None) == (2 * DAY, False, False)
    assert clocks(treated("deposit", tier="vip"))["resolution"].seconds == HOUR


def test_a_clock_of_the_law_runs_around_the_clock_whoever_the_customer_is() -> None:
    law = ClockRule("card_dispute", 15 * DAY, 2 * DAY, statutory=True)
    for tier, urgent in (("standard", False), ("vip", True)):
        assert clocks(treated("dispute", tier=tier, urgent=urgent))["card_dispute"] == law


def test_a_ticket_has_the_clocks_of_its_topic_and_of_the_queue_it_is_in() -> None:
    policy = parse_policy(TEXT)
    moved = policy.treat("main", Kind("dispute", "en", "form", "standard", False, "general"))
    assert clocks(moved).keys() == {"card_dispute", "complaint"}
    assert clocks(treated("deposit")).keys() == {"resolution"}


def test_what_the_law_has_a_clock_for_stands_beside_the_customer_s_other_tickets() -> None:
    policy = parse_policy(TEXT)
    lanes = {
        topic: policy.lane(desk="main", topic=topic) for topic in ("deposit", "dispute", "bonus")
    }
    assert lanes == {"deposit": "", "dispute": "card_dispute", "bonus": "complaint"}
    assert policy.lanes() == ("card_dispute", "complaint")


def test_another_clock_is_a_difference_that_is_told_in_the_words_of_the_file() -> None:
    longer = parse_policy(changed("within: 15d", "within: 20d"))
    told = {
        (change.what, change.before, change.after)
        for change in differences(parse_policy(TEXT), longer)
    }
    assert told == {
        (
            "clocks",
            f"resolution {target}; card_dispute 15d, warned 2d before",
            f"resolution {target}; card_dispute 20d, warned 2d before",
        )
        for target in ("2d", "1d", "1h", "30m")
    }


@pytest.mark.parametrize(
    ("was", "becomes", "field", "says"),
    [
        ("{within: 56d, queues: [general]}", "{within: 56d}", "clocks.complaint", "add `topics`"),
        ("warn: 2d", "warn: 15d", "card_dispute.warn", "make it less than `within`"),
        ("within: 56d", "within: 0s", "complaint.within", "give it a time"),
        (
            "topics: [dispute]",
            "topics: [chargeback]",
            "card_dispute.topics.0",
            "no topic 'chargeback'",
        ),
        ("queues: [general]", "queues: [claims]", "complaint.queues.0", "no queue 'claims'"),
        ("      complaint:", "      resolution:", "clocks.resolution", "`resolve_targets` sets"),
        ("      complaint:", "      general:", "clocks.general", "a queue has this name"),
        ('{mail: 4h, "*": 20m}', "{mail: 4h}", "payments.next_targets", 'add "*"'),
        ('{"*": {vip: 1h, "*": 2d}}', '{"*": {vip: 1h}}', "payments.resolve_targets.*", 'add "*"'),
        ('{mail: 4h, "*": 20m}', '{fax: 4h, "*": 20m}', "next_targets.fax", "no channel 'fax'"),
    ],
)
def test_a_clock_that_could_not_be_kept_is_refused(
    was: str, becomes: str, field: str, says: str
) -> None:
    with pytest.raises(FileInvalid) as caught:
        parse_policy(changed(was, becomes))
    [problem] = caught.value.problems
    assert problem.field.endswith(field)
    assert says in problem.says
    assert problem.line
