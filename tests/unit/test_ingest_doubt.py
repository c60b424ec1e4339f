"""Whatever we doubt is 503 with Retry-After: the provider keeps the message and sends it again."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.messaging.records import Outgoing
from shared.runtime.metrics import MESSAGES, PUBLISH_FAILURES
from tests.fakes.ingest_doors import IngestDoors, message
from tests.fakes.publisher import FakePublisher


async def test_an_unconfirmed_publication_is_answered_503_with_retry_after() -> None:
    doors = IngestDoors()
    doors.publisher.mode = "fail"
    answer = await doors.post(message())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert doors.count(MESSAGES, channel="form", outcome="unavailable") == 1
    assert doors.count(PUBLISH_FAILURES, topic="support.inbound.v1") == 1


async def test_a_silent_broker_is_answered_503_within_the_deadline() -> None:
    doors = IngestDoors(answer_seconds=0.05)
    doors.publisher.mode = "hang"
    answer = await doors.post(message())
    assert answer.status_code == 503


async def test_an_error_nobody_foresaw_is_503_and_not_500() -> None:
    class Broken(FakePublisher):
        async def publish(self, outgoing: Sequence[Outgoing]) -> None:
            raise RuntimeError("a bug")

    doors = IngestDoors(publisher=Broken())
    answer = await doors.post(message())
    assert answer.status_code == 503


async def test_an_overload_is_answered_503_at_once_and_what_was_on_its_way_is_accepted() -> None:
    doors = IngestDoors(max_in_flight=1)
    doors.publisher.mode = "hold"
    first = asyncio.create_task(doors.post(message(message_id="first")))
    await doors.publisher.waiting.wait()
    second = await doors.post(message(message_id="second"))
    doors.publisher.release.set()
    assert second.status_code == 503
    assert (await first).status_code == 202
    assert (await doors.post(message(message_id="second"))).status_code == 202


async def test_no_answer_is_given_before_the_broker_has_confirmed() -> None:
    doors = IngestDoors()
    doors.publisher.mode = "hold"
    asking = asyncio.create_task(doors.post(message()))
    await doors.publisher.waiting.wait()
    assert not asking.done()
    doors.publisher.release.set()
    assert (await asking).status_code == 202


async def test_an_event_too_large_for_a_record_is_refused_with_413() -> None:
    doors = IngestDoors()
    turns = [{"by": "customer", "text": "я" * 60_000} for _ in range(3)]
    body = {"kind": "transcript", "message_id": "t", "sender": "u", "turns": turns}
    answer = await doors.post(body)
    assert answer.status_code == 413
    assert "262144" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{" + b" " * (1024 * 1024) + b"}", {}, 413),
        (b"{}", {"Content-Encoding": "gzip"}, 415),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b'{"a":' * 40 + b"1" + b"}" * 40, {}, 400),
        (b'{"a":' * 10_000, {}, 400),
        (b'{"text": "' + b"x" * 65_537 + b'"}', {}, 400),
        (b'{"list": [' + b"1," * 2_001 + b"1]}", {}, 400),
        (b'{"text": NaN}', {}, 400),
        (b'{"text": "\\ud800"}', {}, 400),
        (b'{"text": "half', {}, 400),
        (b"[1]", {}, 400),
        (b"", {}, 400),
        (b"\xff\xfe", {}, 400),
    ],
)
async def test_a_body_beyond_the_limits_is_refused_with_a_problem(
    content: bytes, headers: dict[str, str], status: int
) -> None:
    doors = IngestDoors()
    answer = await doors.post(content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert doors.publisher.confirmed == []


async def test_an_unknown_path_and_a_wrong_method_are_problems_too() -> None:
    doors = IngestDoors()
    async with doors.client() as client:
        missing, wrong = await client.get("/v2/messages"), await client.get("/v1/messages")
    assert (missing.status_code, wrong.status_code) == (404, 405)
    assert missing.headers["content-type"] == "application/problem+json"
