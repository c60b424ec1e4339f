"""What `croupier conform` says of topics, of records, and in which form."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.conform.topics import _complaint
from cli.conform.verdict import Verdict, Verdicts, as_json
from cli.conform.watch import Watch
from cli.main import app
from deploy.stack.topics import Topic
from services.router.sorter.reading import HOP
from shared.messaging.partition import partition_of
from shared.messaging.records import Headers, Record

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
DAY_MS = 86_400_000


def watch() -> Watch:
    return Watch("kiosk", "vilnius", 12)


def record(
    message: str = "m-1",
    *,
    headers: Headers = (("producer", b"kiosk"),),
    key: bytes | None = None,
    value: bytes | None = None,
    **data: Any,
) -> Record:
    said = {
        "channel": "kiosk", "account": "vilnius", "sender": "c:1", "message_id": message,
        "sent_at": AT.isoformat(), "text": "Sveiki", **data,
    }  # fmt: skip
    event = {"id": message, "type": "MessageReceived", "version": 1, "at": AT.isoformat()}
    under = key if key is not None else b"kiosk:vilnius:c:1"
    bytes_ = value if value is not None else orjson.dumps({**event, "data": said})
    at = int(AT.timestamp() * 1000)
    where = partition_of(under, 12)
    return Record("support.inbound.v1", where, 7, under, bytes_, at, headers)


def rules(watched: Watch) -> list[str]:
    return [rule for rule, _ in watched.violations]


def test_what_is_right_is_counted_by_type() -> None:
    watched = watch()
    others = record(account="kaunas", text="4111111111111111")
    for each in (record(), record(), record("m-2"), others):
        watched.take(each)
    assert (watched.ok, watched.seen, dict(watched.types)) == (True, 3, {"MessageReceived": 3})


def test_where_nothing_was_published_nothing_is_right() -> None:
    assert not watch().ok


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (record(key=b"kiosk:vilnius:c:2"), "wrong_key"),
        (record()._replace(partition=(record().partition + 1) % 12), "wrong_partition"),
        (record(text="4111 1111 1111 1111"), "unmasked_card"),
        (record(sender_name="4111-1111-1111-1111"), "unmasked_card"),
        (record(attachments=[{"name": "4111111111111111.pdf"}]), "unmasked_card"),
        (record(sent_at=(AT + timedelta(minutes=6)).isoformat()), "sent_in_future"),
        (record(text=1), "unreadable"),
        (record(value=b"\xff"), "unreadable"),
        (record(value=b"x" * 262_145), "too_large"),
        (
            record(value=b'{"data": {"channel": "kiosk", "account": "vilnius"}}', key=b""),
            "unreadable",
        ),
    ],
)
def test_a_violation_has_its_rule_and_its_place(wrong: Record, rule: str) -> None:
    watched = watch()
    watched.take(wrong)
    watched.take(wrong)
    assert rules(watched) == [rule]
    [violation] = watched.violations.values()
    assert (violation.how_often, violation.first) == (2, f"{wrong.partition}/7")
    assert not watched.ok


def test_an_id_has_one_body_and_one_envelope() -> None:
    watched = watch()
    value = orjson.loads(record().value or b"") | {"id": "another"}
    for each in (record(), record(text="Labas"), record(value=orjson.dumps(value))):
        watched.take(each)
    assert rules(watched) == ["other_body", "other_event_id"]


def test_a_missing_producer_is_advice_and_no_violation() -> None:
    watched = watch()
    watched.take(record(headers=()))
    assert (rules(watched), watched.ok) == (["no_producer"], True)


def test_what_the_router_sent_on_is_not_the_integration_s() -> None:
    watched = watch()
    watched.take(record(headers=((HOP, b"1"),)))
    assert (watched.seen, watched.sent_on) == (0, 1)


@given(value=st.binary(max_size=200), key=st.none() | st.binary(max_size=40))
def test_no_record_ends_the_watch(value: bytes, key: bytes | None) -> None:
    watched = watch()
    watched.take(record(value=value)._replace(key=key))


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"cleanup.policy": "delete", "retention.ms": str(7 * DAY_MS)}, None),
        ({}, None),
        ({"cleanup.policy": "compact"}, "cleanup.policy is compact, not delete"),
        ({"retention.ms": "-1"}, "retention.ms is -1"),
        ({"retention.ms": str(29 * DAY_MS)}, "more than 28 days"),
    ],
)
def test_a_topic_is_kept_as_documented(settings: dict[str, str], wrong: str | None) -> None:
    said = _complaint(settings, Topic(partitions=1, retention_days=14))
    assert (said is None) if wrong is None else wrong in str(said)


def test_verdicts_are_told_at_once_and_all_of_them_in_json() -> None:
    told: list[Verdict] = []
    verdicts = Verdicts(told.append)
    verdicts.passed("one")
    verdicts.of("two", None, "fine")
    verdicts.skipped("three", "no agent")
    assert verdicts.ok
    verdicts.of("four", "not so")
    assert told == verdicts.all
    report = json.loads(as_json(verdicts.all, ok=verdicts.ok))
    assert not report["ok"]
    outcomes = [each["outcome"] for each in report["checks"]]
    assert outcomes == ["passed", "passed", "skipped", "failed"]


@pytest.mark.parametrize("whom", ["kiosk", "kiosk:", ":a", "kiosk:a:b"])
def test_whom_to_watch_is_said_as_channel_and_account(whom: str) -> None:
    ran = CliRunner().invoke(app, ["conform", "--kafka", "127.0.0.1:9", "--watch", whom])
    assert (ran.exit_code, "CHANNEL:ACCOUNT" in ran.output) == (1, True)


def test_a_broker_that_is_away_is_a_failed_check() -> None:
    ran = CliRunner().invoke(app, ["conform", "--kafka", "127.0.0.1:9", "--json"])
    assert ran.exit_code == 1
    [check] = json.loads(ran.stdout)["checks"]
    assert (check["check"], check["outcome"]) == ("the broker answers", "failed")


def test_the_help_has_an_example() -> None:
    assert "croupier conform --watch kiosk:vilnius-1" in CliRunner().invoke(
        app, ["conform", "--help"]
    ).output.replace("\n", " ")
