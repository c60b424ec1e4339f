"""POST /v1/messages: who may, what is taken, what is answered."""

import asyncio
from typing import Any

import pytest

from shared.contracts.bot_transcript_v1 import BotTranscript
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.customer_rated_v1 import CustomerRated
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.metrics import MASKED_AT_DOOR, MESSAGES, OVER_LIMIT
from tests.fakes.ingest_doors import OLD_SITE_KEY, PARTNER_KEY, SITE_KEY, IngestDoors, message

CARD = "4111 1111 1111 1111"


async def test_a_message_is_answered_202_when_it_is_published() -> None:
    doors = IngestDoors()
    answer = await doors.post(message(subject="Deposit", lang_hint="lt", customer="p-1"))
    assert answer.status_code == 202
    assert answer.json() == {"accepted": ["form:website:m-1"]}
    [event] = doors.publisher.events
    assert isinstance(event.data, MessageReceived)
    assert (event.data.channel, event.data.account, event.data.sender) == ("form", "website", "u-7")
    assert event.data.customer == "p-1"
    assert doors.publisher.confirmed[0].key == b"form:website:u-7"
    assert doors.count(MESSAGES, channel="form", outcome="accepted") == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"kind": "edit", "of": "m-0", "text": "hello again"}, MessageEdited),
        ({"kind": "delete", "of": "m-0"}, MessageDeleted),
        ({"kind": "left", "reason": "hung_up"}, CustomerLeft),
        ({"kind": "transcript", "turns": [{"by": "bot", "text": "Hi!"}]}, BotTranscript),
        ({"kind": "rating", "score": 5, "comment": "thanks"}, CustomerRated),
        ({"text": "no kind is a message"}, MessageReceived),
    ],
)
async def test_each_kind_becomes_its_event(body: dict[str, Any], kind: type[InboundEvent]) -> None:
    doors = IngestDoors()
    answer = await doors.post({"message_id": "m-1", "sender": "u-7", **body})
    assert answer.status_code == 202
    assert isinstance(doors.publisher.events[0].data, kind)


async def test_a_retried_message_is_accepted_again_as_the_same_event() -> None:
    doors = IngestDoors()
    first, second = await doors.post(message()), await doors.post(message())
    assert (first.status_code, second.status_code) == (202, 202)
    assert len({event.id for event in doors.publisher.events}) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Api-Key": SITE_KEY},
        {"X-Api-Key": OLD_SITE_KEY},
        {"Authorization": f"Bearer {SITE_KEY}"},
    ],
)
async def test_both_keys_are_valid_during_rotation(headers: dict[str, str]) -> None:
    doors = IngestDoors()
    answer = await doors.post(message(), key="", headers=headers)
    assert answer.status_code == 202


@pytest.mark.parametrize("key", ["", "wrong", SITE_KEY[:-1], SITE_KEY + "x", "ключ".encode()])
async def test_a_wrong_key_is_answered_401_and_publishes_nothing(key: Any) -> None:
    doors = IngestDoors()
    answer = await doors.post(message(), key=key)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert doors.publisher.confirmed == []


async def test_only_failed_authentications_are_limited() -> None:
    doors = IngestDoors()
    statuses = [(await doors.post(message(), key="wrong")).status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert (await doors.post(message())).status_code == 202
    doors.clock.time += 1.0
    assert (await doors.post(message(), key="wrong")).status_code == 401


async def test_an_integration_that_is_not_trusted_cannot_vouch_for_a_customer() -> None:
    doors = IngestDoors()
    answer = await doors.post(message(customer="p-1"), key=PARTNER_KEY)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "customer"
    assert doors.publisher.confirmed == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"priority": 1}, "priority"),
        ({"text": None}, "text"),
        ({"text": 5}, "text"),
        ({"sender": ""}, "sender"),
        ({"sender": "a\nb"}, "sender"),
        ({"message_id": "x" * 257}, "message_id"),
        ({"lang_hint": "english"}, "lang_hint"),
        ({"sent_at": "yesterday"}, "sent_at"),
        ({"sent_at": 1795000000}, "sent_at"),
        ({"kind": "shout"}, "kind"),
        ({"kind": ["message"]}, "kind"),
        ({"attachments": [{"size_bytes": -1}]}, "attachments.0.size_bytes"),
    ],
)
async def test_the_problem_document_names_the_wrong_field(
    changes: dict[str, Any], field: str
) -> None:
    doors = IngestDoors()
    answer = await doors.post(message(**changes))
    assert answer.status_code == 422
    problem = answer.json()
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["status"] == 422
    assert doors.publisher.confirmed == []


async def test_a_complaint_never_quotes_the_customer() -> None:
    doors = IngestDoors()
    answer = await doors.post(message(text={"secret words": CARD}, lang_hint="secret words"))
    assert "secret" not in answer.text
    assert "4111" not in answer.text


async def test_card_numbers_are_masked_wherever_a_customer_can_write_them() -> None:
    doors = IngestDoors()
    await doors.post(
        message(
            text=f"my card {CARD}",
            subject=CARD,
            sender_name=CARD,
            attachments=[{"name": f"{CARD}.png"}],
        )
    )
    await doors.post({"message_id": "e", "sender": "u", "kind": "edit", "of": "m", "text": CARD})
    turns = [{"by": "customer", "text": "4111 1111"}, {"by": "customer", "text": "1111 1111"}]
    await doors.post({"message_id": "t", "sender": "u", "kind": "transcript", "turns": turns})
    published = b"".join(record.value for record in doors.publisher.confirmed)
    assert b"1111 1111" not in published
    assert "[card …1111]".encode() in published
    assert doors.count(MASKED_AT_DOOR, channel="form") == 6


async def test_a_card_sent_in_pieces_is_masked_and_its_retry_gives_the_same_bytes() -> None:
    doors = IngestDoors()
    await doors.post(message(message_id="a", text="4111 1111"))
    second = message(message_id="b", text="1111 1111", sent_at="2026-11-18T10:00:00Z")
    await doors.post(second)
    await doors.post(second)
    texts = [event.data.model_dump()["text"] for event in doors.publisher.events]
    assert "1111 1111" not in texts[1]
    assert texts[1] == texts[2]


async def test_a_sender_above_the_limit_is_counted_and_not_refused() -> None:
    doors = IngestDoors()
    for number in range(32):
        answer = await doors.post(message(message_id=str(number)))
        assert answer.status_code == 202
    assert doors.count(OVER_LIMIT, channel="form") == 2


async def test_a_text_made_to_be_hard_to_read_holds_up_nobody_else() -> None:
    doors = IngestDoors()
    hard = ("4111 1111 1111 1111 " + "4111&#" * 11_000)[:60_000]

    answers = await asyncio.gather(
        doors.post(message(text=hard)), doors.post(message(message_id="m-2"))
    )

    assert [answer.status_code for answer in answers] == [202, 202]
    assert [event.data.message_id for event in doors.publisher.events] == ["m-2", "m-1"]  # type: ignore[attr-defined]
