"""What a policy says is done for those who wait and wait, and what it may not say."""

import pytest

from services.router.domain.ladder import Rung
from services.router.policy import FileInvalid, parse_policy
from services.router.policy.compare import differences

TEXTS = {"en": "Call us.", "lt": "Skambinkite."}
TEXT = """
version: 1
channels: [form]
skills: [licence, payments]
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
      payments:
        needs: {payments: 2}
        targets: {"*": 5m}
        escalate:
          - {after: 10m, page: lead}
          - {after: 20m, queue: general}
          - {after: 40m, tell: {en: Call us., lt: Skambinkite.}}
      general: {targets: {"*": 10m}}
      overflow:
        targets: {"*": 10m}
        escalate: [{after: 30m, page: oncall}]
      care: {needs: {licence: 2}, targets: {"*": 5m}, protected: true}
      senior: {needs: {licence: 3}, targets: {"*": 5m}, protected: true}
      laundering: {needs: {licence: 3}, targets: {"*": 1h}, protected: true, confidential: true}
    topics:
      responsible_gaming: {queue: care}
      dispute: {queue: care, needs: {licence: 3}}
"""
GENERAL = 'general: {targets: {"*": 10m}'
CARE = "protected: true}\n      senior"


def changed(was: str, becomes: str) -> str:
    assert TEXT.count(was) == 1
    return TEXT.replace(was, becomes)


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(FileInvalid) as caught:
        parse_policy(text)
    here = "desks.main.queues."
    return [(each.field.removeprefix(here), each.says) for each in caught.value.problems]


def test_a_queue_says_what_is_done_step_by_step() -> None:
    ladders = parse_policy(TEXT).rules_for("main").escalations

    assert ladders.keys() == {"payments", "overflow"}
    assert ladders["payments"] == (
        Rung(600.0, page="lead", default_language="en"),
        Rung(1_200.0, queue="general", default_language="en"),
        Rung(2_400.0, texts=TEXTS, default_language="en"),
    )


@pytest.mark.parametrize(
    ("was", "becomes", "field", "says"),
    [
        ("{after: 10m, page: lead}", "{page: lead}", "0.after", "missing: add it"),
        ("{after: 10m, page", "{after: 0s, page", "0.after", "give it a time"),
        ("{after: 20m, queue", "{after: 10m, queue", "1.after", "in the order of their times"),
        ("{after: 10m, page: lead}", "{after: 10m}", "0", "give it page, queue, desk or tell"),
        ("page: lead}", "page: lead, tell: {en: Soon.}}", "0", "page and tell a step each"),
        ("queue: general}", "queue: genral}", "1.queue", "no queue 'genral' under `queues`"),
        ("queue: general}", "queue: payments}", "1.queue", "payments → payments: name another"),
        ("queue: general}", "queue: overflow}", "2", "a ticket is in overflow and goes by"),
        ("queue: general}", "queue: care}", "1.queue", "only care is protected"),
        ("{en: Call us., lt", "{lt", "2.tell", "add en: it is what customers of other"),
        ("lt: Skambinkite.}", "de: Rufen Sie an.}", "2.tell.de", "no language 'de'"),
        ("page: lead", "page: Team Lead", "0.page", "match pattern"),
    ],
)
def test_steps_that_could_not_be_taken_are_refused(
    was: str, becomes: str, field: str, says: str
) -> None:
    [(where, told)] = faults(changed(was, becomes))

    assert where == f"payments.escalate.{field}"
    assert says in told


@pytest.mark.parametrize(
    ("becomes", "says"),
    [
        ("general", "only care is protected: name a queue that is as care in this"),
        ("laundering", "only laundering is confidential"),
        ("care", "care → care: name another queue"),
    ],
)
def test_a_protected_ticket_moves_on_to_the_like_only(becomes: str, says: str) -> None:
    move = f", escalate: [{{after: 5m, queue: {becomes}}}]"
    text = changed(CARE, f"protected: true{move}}}\n      senior")

    [(where, told)] = faults(text)
    assert (where, says in told) == ("care.escalate.0.queue", True)


def test_a_hard_skill_is_needed_wherever_a_ticket_moves_on_to() -> None:
    move = CARE.replace("true}", "true, escalate: [{after: 5m, queue: senior}]}")
    assert parse_policy(changed(CARE, move))

    lower = changed(CARE, move).replace(
        "senior: {needs: {licence: 3}", "senior: {needs: {licence: 2}"
    )
    [(where, told)] = faults(lower)
    assert where == "care.escalate.0.queue"
    assert "'licence' never falls, says `hard`: name a queue that needs it at 3, too" in told


def test_tickets_may_not_go_round_in_a_circle() -> None:
    back = changed(GENERAL, f"{GENERAL}, escalate: [{{after: 1h, queue: payments}}]")
    circle = back.replace("          - {after: 40m, tell: {en: Call us., lt: Skambinkite.}}\n", "")

    [(where, told)] = faults(circle)
    assert where == "general.escalate.0.queue"
    assert "a ticket would go round in a circle, general → payments → general" in told


def test_a_later_step_does_not_move_a_ticket_back_to_where_it_was() -> None:
    [(where, told)] = faults(changed("tell: {en: Call us., lt: Skambinkite.}", "queue: payments"))

    assert where == "payments.escalate.2.queue"
    assert "general → payments → general" in told


def test_of_a_confidential_queue_nobody_tells_the_customer_but_somebody_may_be_paged() -> None:
    def with_step(step: str) -> str:
        return changed(
            "confidential: true", f"confidential: true, escalate: [{{after: 1h, {step}}}]"
        )

    assert parse_policy(with_step("page: officer")).rules_for("main").escalations["laundering"]
    [(where, told)] = faults(with_step("tell: {en: Soon.}"))
    assert (where, "tip the customer off" in told) == ("laundering.escalate.0.tell", True)


def test_another_step_is_a_difference_of_the_desk() -> None:
    old, new = parse_policy(TEXT), parse_policy(changed("10m, page: lead", "15m, page: head"))

    [change] = differences(old, new)
    assert (change.of, change.what) == ("main", "escalations")
    after = (
        "payments after 15m page head, after 20m move on to general, after 40m tell en: Call us."
    )
    assert change.before.startswith("payments after 10m page lead, after 20m move on to general")
    assert change.after.startswith(after)


ELSEWHERE = """  vip:
    languages: {en: 2}
    default_language: en
    hard: [licence]
    otherwise: general
    queues:
      general: {targets: {"*": 10m}}
      care: {needs: {licence: 2}, targets: {"*": 5m}, protected: true}
      laundering: {needs: {licence: 3}, targets: {"*": 1h}, protected: true}
"""
"""Another desk."""


def with_vip(step: str, *, queue: str = "", vip: str = ELSEWHERE) -> str:
    """The step instead of payments' second, or as the only one of the queue."""
    if not queue:
        text = changed("{after: 20m, queue: general}", f"{{after: 20m, {step}}}")
        return text.replace("          - {after: 40m, tell", "      #   - {after: 40m, tell") + vip
    line = next(each for each in TEXT.splitlines() if each.startswith(f"      {queue}: {{"))
    return changed(line, f"{line[:-1]}, escalate: [{{after: 20m, {step}}}]}}") + vip


@pytest.mark.parametrize(("step", "queue"), [("desk: vip", ""), ("desk: vip, queue: care", "care")])
def test_a_step_may_move_a_ticket_on_to_another_desk(step: str, queue: str) -> None:
    rules = parse_policy(with_vip(step)).rules_for("main")

    assert rules.escalations["payments"][1] == Rung(
        1_200.0, queue=queue, desk="vip", default_language="en"
    )


@pytest.mark.parametrize(
    ("step", "queue", "field", "says"),
    [
        ("desk: nowhere", "", "payments.escalate.1.desk", "no desk"),
        ("desk: main", "", "payments.escalate.1.desk", "at this desk"),
        ("desk: vip, queue: nowhere", "", "payments.escalate.1.queue", "no queue"),
        ("desk: vip, page: lead", "", "payments.escalate.1", "one thing"),
        ("desk: vip, queue: general", "care", "care.escalate.0.desk", "remove `queue`"),
        ("desk: vip", "senior", "senior.escalate.0.desk", "is protected here"),
        ("desk: vip", "laundering", "laundering.escalate.0.desk", "is confidential here"),
    ],
)
def test_a_step_to_another_desk_leads_where_a_ticket_may_go(
    step: str, queue: str, field: str, says: str
) -> None:
    [(where, told)] = faults(with_vip(step, queue=queue))
    assert (where, says in told) == (field, True), told


def test_no_step_follows_one_to_another_desk() -> None:
    text = changed("{after: 20m, queue: general}", "{after: 20m, desk: vip}") + ELSEWHERE
    [(where, told)] = faults(text)
    assert (where, "the desk vip" in told) == ("payments.escalate.2", True)


def test_steps_of_desks_do_not_lead_back() -> None:
    back = ELSEWHERE.replace("10m}}", "10m}, escalate: [{after: 1h, desk: main}]}")
    found = dict(faults(with_vip("desk: vip", vip=back)))
    assert "go round in a circle" in found["payments.escalate.1.desk"]
