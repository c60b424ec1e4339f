"""Telegram's updates, in the shapes Telegram sends."""

from typing import Any

import pytest

from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.metrics import MESSAGES
from tests.fakes.ingest_doors import BOT_SECRET, IngestDoors

PERSON = {"id": 42, "is_bot": False, "first_name": "Ayşe", "language_code": "tr-TR"}
CHAT = {"id": 42, "type": "private", "first_name": "Ayşe"}


def update(**message: Any) -> dict[str, Any]:
    return {"update_id": 900, "message": base(**message)}


def base(**message: Any) -> dict[str, Any]:
    return {"message_id": 7, "from": PERSON, "chat": CHAT, "date": 1_794_999_990, **message}


async def received(change: dict[str, Any]) -> MessageReceived:
    doors = IngestDoors()
    answer = await doors.telegram(change)
    assert answer.status_code == 200
    [event] = doors.publisher.events
    assert isinstance(event.data, MessageReceived)
    return event.data


async def test_a_text_keeps_who_wrote_it_and_when() -> None:
    message = await received(update(text="para nerede"))
    assert (message.account, message.sender, message.message_id) == ("lucky_bot", "42", "42.7")
    assert (message.text, message.lang_hint, message.sender_name) == ("para nerede", "tr", "Ayşe")
    assert message.sent_at.timestamp() == 1_794_999_990
    assert message.customer is None


@pytest.mark.parametrize(
    ("content", "text", "media_type"),
    [
        (
            {"photo": [{"file_id": "s"}, {"file_id": "L", "file_size": 9}], "caption": "see"},
            "see",
            "image/jpeg",
        ),
        ({"document": {"file_id": "L", "mime_type": "application/pdf"}}, "", "application/pdf"),
        ({"voice": {"file_id": "L", "duration": 3}}, "", "audio/ogg"),
        ({"sticker": {"file_id": "L", "emoji": "👍"}}, "👍", "image/webp"),
        ({"animation": {"file_id": "L"}, "document": {"file_id": "L"}}, "", "video/mp4"),
    ],
)
async def test_a_file_is_referred_to_and_its_caption_is_the_text(
    content: dict[str, Any], text: str, media_type: str
) -> None:
    message = await received(update(**content))
    assert message.text == text
    [file] = message.attachments
    assert (file.ref, file.media_type) == ("telegram:L", media_type)


async def test_a_shared_contact_and_a_place_are_read_as_text() -> None:
    contact = {"phone_number": "+37060000000", "first_name": "Jonas"}
    assert "+37060000000" in (await received(update(contact=contact))).text
    place = {"latitude": 54.687157, "longitude": 25.279652}
    assert (await received(update(location=place))).text == "54.687157, 25.279652"


async def test_a_reply_names_the_message_it_answers() -> None:
    message = await received(update(text="yes", reply_to_message={"message_id": 5}))
    assert message.in_reply_to == "42.5"


async def test_two_edits_of_one_message_are_two_happenings() -> None:
    doors = IngestDoors()
    for number in (901, 902):
        edited = base(text=f"edit {number}", edit_date=1_794_999_999)
        await doors.telegram({"update_id": number, "edited_message": edited})
    first, second = (event.data for event in doors.publisher.events)
    assert isinstance(first, MessageEdited)
    assert isinstance(second, MessageEdited)
    assert first.of == second.of == "42.7"
    assert first.message_id != second.message_id


async def test_a_customer_who_blocks_the_bot_has_left() -> None:
    doors = IngestDoors()
    change = {"chat": CHAT, "from": PERSON, "date": 1, "new_chat_member": {"status": "kicked"}}
    await doors.telegram({"update_id": 903, "my_chat_member": change})
    [event] = doors.publisher.events
    assert isinstance(event.data, CustomerLeft)
    assert event.data.reason == "blocked"


@pytest.mark.parametrize(
    "ignored",
    [
        {"update_id": 1, "poll": {"id": "1"}},
        {"update_id": 1, "channel_post": base(text="news")},
        update(text="in a group", chat={"id": -5, "type": "group"}),
        update(text="from a bot", **{"from": {**PERSON, "is_bot": True}}),
        update(new_chat_title="renamed"),
        {"update_id": 1},
    ],
)
async def test_an_update_that_says_nothing_to_an_agent_is_answered_200_and_counted(
    ignored: dict[str, Any],
) -> None:
    doors = IngestDoors()
    answer = await doors.telegram(ignored)
    assert answer.status_code == 200
    assert doors.publisher.confirmed == []
    assert doors.count(MESSAGES, channel="telegram", outcome="ignored") == 1


@pytest.mark.parametrize("secret", ["", "wrong", "секрет".encode()])
async def test_a_wrong_secret_is_answered_401(secret: Any) -> None:
    doors = IngestDoors()
    answer = await doors.telegram(update(text="forged"), secret=secret)
    assert answer.status_code == 401
    assert doors.publisher.confirmed == []


async def test_the_secret_of_one_bot_opens_no_other() -> None:
    doors = IngestDoors()
    answer = await doors.post(
        update(text="hi"),
        path="/v1/telegram/other_bot",
        headers={"X-Telegram-Bot-Api-Secret-Token": BOT_SECRET},
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "broken",
    [
        update(date=10**30),
        update(date="soon"),
        update(chat={"id": 2**70, "type": "private"}),
        {"message": base(text="no update id")},
    ],
)
async def test_a_shape_that_telegram_does_not_send_is_refused(broken: dict[str, Any]) -> None:
    doors = IngestDoors()
    answer = await doors.telegram(broken)
    assert answer.status_code in (400, 422)
