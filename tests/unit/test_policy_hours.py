"""Opening hours of a policy: until when a ticket is to be answered, queue by queue."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from cli.main import app
from services.router.policy import FileInvalid, Policy, parse_policy
from services.router.policy.schema import MOST_HOLIDAYS

VILNIUS = ZoneInfo("Europe/Vilnius")
TEXT = """
version: 1
channels: [mail]
priorities: {1: 0.5, 2: 1.0}
priority: 2
urgent: 1
accounts: [{brand: b, desk: main}]
desks:
  main:
    hours:
      zone: Europe/Vilnius
      week:
        mon-fri: 09:00-18:00
        sun: 00:00-06:00
    holidays: {2026-12-24: 09:00-12:00, 2026-12-25: closed}
    languages: {en: 2}
    default_language: en
    otherwise: general
    queues:
      general: {targets: {"*": 1h}}
      night: {targets: {"*": 1h}, hours: {zone: Asia/Tokyo, week: {mon-sun: 00:00-06:00}}}
      always: {targets: {"*": 1h}, hours: always}
    topics: {dispute: {queue: night}, responsible_gaming: {queue: always}}
"""
TOPICS = {"general": "feedback", "night": "dispute", "always": "responsible_gaming"}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return parse_policy(TEXT)


def local(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=VILNIUS).timestamp()


def due(policy: Policy, since: str, *, queue: str = "general", urgent: bool = False) -> float:
    return policy.route(
        desk="main",
        topic=TOPICS[queue],
        lang="en",
        channel="mail",
        tier="standard",
        urgent=urgent,
        waiting_since=local(since),
    ).due_at


def test_a_message_of_friday_evening_is_due_after_the_weekend(policy: Policy) -> None:
    assert due(policy, "2026-11-20T17:30") == local("2026-11-22T00:30")
    assert due(policy, "2026-11-22T05:30") == local("2026-11-23T09:30")


def test_a_more_urgent_message_takes_its_share_of_the_open_time(policy: Policy) -> None:
    assert due(policy, "2026-11-22T05:45", urgent=True) == local("2026-11-23T09:15")


def test_a_holiday_is_closed_and_a_short_day_is_short(policy: Policy) -> None:
    assert due(policy, "2026-12-24T11:30") == local("2026-12-27T00:30")


def test_queues_of_one_desk_have_their_own_hours(policy: Policy) -> None:
    evening = "2026-11-20T20:00"

    assert due(policy, evening, queue="night") == local("2026-11-20T21:00")
    assert due(policy, "2026-11-20T22:30", queue="night") == local("2026-11-21T17:30")
    assert due(policy, "2026-11-21T10:00", queue="night") == local("2026-11-21T18:00")
    assert due(policy, evening, queue="always") == local("2026-11-20T21:00")


def test_holidays_are_those_of_each_queue_s_own_zone_but_for_what_is_always_open(
    policy: Policy,
) -> None:
    in_tokyo_it_is_christmas = "2026-12-24T20:00"

    assert due(policy, in_tokyo_it_is_christmas, queue="night") == local("2026-12-25T18:00")
    assert due(policy, in_tokyo_it_is_christmas, queue="always") == local("2026-12-24T21:00")


def test_the_night_that_summer_time_begins_is_an_hour_shorter(policy: Policy) -> None:
    spring, autumn = "2026-03-29T02:30", "2026-10-25T02:30"

    assert due(policy, spring) == local("2026-03-29T04:30")
    assert due(policy, autumn) - local(autumn) == 3600.0
    assert due(policy, "2026-03-29T05:30") == local("2026-03-30T09:30")


def test_dates_alone_are_closed() -> None:
    listed = parse_policy(
        TEXT.replace("{2026-12-24: 09:00-12:00, 2026-12-25: closed}", "[2026-11-23, 2026-11-24]")
    )

    assert due(listed, "2026-11-22T05:30") == local("2026-11-25T09:30")


def test_however_many_the_holidays_every_target_that_passes_the_check_is_due_some_day() -> None:
    week = "        mon-fri: 09:00-18:00\n        sun: 00:00-06:00\n"
    mondays = [f"{local('2026-11-23') + 7 * 86_400 * n + 7_200:.0f}" for n in range(MOST_HOLIDAYS)]
    dates = [f"{datetime.fromtimestamp(float(each), VILNIUS):%Y-%m-%d}" for each in mondays]
    scarce = TEXT.replace(week, "        mon: 09:00-10:00\n").replace(
        "{2026-12-24: 09:00-12:00, 2026-12-25: closed}", f"[{', '.join(dates)}]"
    )
    most = scarce.replace('general: {targets: {"*": 1h}}', 'general: {targets: {"*": 52h}}')

    assert due(parse_policy(most), "2026-11-22T05:30") > local("2034-01-01")
    with pytest.raises(FileInvalid, match=r"targets\.\*: longer than what is open in a year"):
        parse_policy(most.replace("52h", "53h"))


def test_a_zone_s_files_are_not_to_be_reached_by_other_names() -> None:
    for zone in ("../etc/passwd", "/etc/passwd", "Europe", "1", "''"):
        with pytest.raises(FileInvalid, match=r"hours\.zone: no time zone"):
            parse_policy(TEXT.replace("zone: Europe/Vilnius", f"zone: {zone}"))


@pytest.mark.parametrize(
    ("was", "becomes", "field", "says"),
    [
        ("2026-12-25: closed", "2026-13-25: closed", "holidays.2026-13-25", "not a date"),
        ("2026-12-25: closed", "2026-12-25: shut", "holidays.2026-12-25", "or closed"),
        ("      week:\n", "      weeks:\n", "hours.weeks", "unknown field"),
        ("      zone: Europe/Vilnius", "      # no zone", "hours.zone", "missing: add it"),
    ],
)
def test_faults_of_many_lines_are_told_by_field(
    was: str, becomes: str, field: str, says: str
) -> None:
    with pytest.raises(FileInvalid) as caught:
        parse_policy(TEXT.replace(was, becomes))

    told = {problem.field: problem.says for problem in caught.value.problems}
    assert says in told[f"desks.main.{field}"]


def test_policy_show_tells_the_hours_of_the_queues_below_the_table(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(TEXT, "utf-8")

    shown = CliRunner().invoke(app, ["policy", "show", str(tmp_path / "policy.yaml")]).output

    words = " ".join(shown.split())
    assert "general: Europe/Vilnius mon-fri 09:00-18:00, sun 00:00-06:00; 2026-12-24" in words
    assert "night: Asia/Tokyo mon-sun 00:00-06:00;" in words
    assert "always:" not in words
