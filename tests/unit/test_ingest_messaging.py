"""What Messenger and Instagram send becomes what an agent reads."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from shared.contracts.inbound import InboundEvent
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.metrics import MESSAGES
from tests.fakes.ingest_doors import IngestDoors
from tests.fakes.meta import PATHS, deliver, deliver_sample, loaded, sample

PSID = "6789012345678901"
IGSID = "987654321098765"
CDN = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id="


def mid(number: int) -> str:
    return f"m_1fTq8oLumEyIp3Q2MR-aY7IfLZDamVrALniheU{number:03d}"


def ig_mid(number: int) -> str:
    return f"aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQxNDA1ODIyMzA0OTE0OjM0MDI4MjM2Njg0{number:03d}"


async def happened(name: str) -> Sequence[InboundEvent]:
    doors = IngestDoors()
    assert (await deliver_sample(doors, name)).status_code == 200
    events = [event.data for event in doors.publisher.events]
    assert all(isinstance(each, InboundEvent) for each in events)
    return events  # type: ignore[return-value]


async def received(name: str) -> MessageReceived:
    [event] = await happened(name)
    assert isinstance(event, MessageReceived)
    return event


async def delivered(body: Any, path: str = PATHS["messenger"]) -> list[MessageReceived]:
    doors = IngestDoors()
    assert (await deliver(doors, json.dumps(body).encode(), path)).status_code == 200
    events = [event.data for event in doors.publisher.events]
    return [each for each in events if isinstance(each, MessageReceived)]


@pytest.mark.parametrize(
    ("name", "account", "sender", "message_id", "text"),
    [
        ("messenger_text", "lucky_page", PSID, mid(1), "Где мои деньги? 💸"),
        ("instagram_text", "lucky_gram", IGSID, ig_mid(1), "merhaba, çekimim nerede"),
    ],
)
async def test_a_text_keeps_who_wrote_it_and_when(
    name: str, account: str, sender: str, message_id: str, text: str
) -> None:
    message = await received(name)
    assert (message.channel, message.account) == (name.partition("_")[0], account)
    assert (message.sender, message.message_id, message.text) == (sender, message_id, text)
    assert message.sent_at.timestamp() == 1_794_999_990.123
    assert (message.customer, message.sender_name) == (None, None)


@pytest.mark.parametrize(
    ("name", "text", "of"),
    [
        ("messenger_quick_reply", "Withdrawals", None),
        ("messenger_reply", "that one", mid(900)),
        ("messenger_location", "54.687157, 25.279652", None),
        ("instagram_reply", "yes", ig_mid(900)),
    ],
)
async def test_a_message_has_its_text_and_what_it_answers(
    name: str, text: str, of: str | None
) -> None:
    message = await received(name)
    assert (message.text, message.in_reply_to, message.attachments) == (text, of, ())


FILES = [
    ("image", "image/jpeg"),
    ("file", "application/octet-stream"),
    ("audio", "audio/mp4"),
    ("video", "video/mp4"),
]


async def test_files_are_referred_to_by_their_urls() -> None:
    message = await received("messenger_files")
    assert message.text == "see"
    assert [(each.name, each.media_type) for each in message.attachments] == FILES
    refs = [each.ref or "" for each in message.attachments]
    assert all(each.startswith("messenger:https://") for each in refs)


@pytest.mark.parametrize(
    ("name", "file", "ref"),
    [
        ("messenger_long_url", "image", f"messenger:{mid(5)}#0"),
        ("messenger_sticker", "sticker", "messenger:https://scontent.xx.fbcdn.net/v/thumb.png"),
        ("messenger_shared_link", "House rules", "messenger:https://l.facebook.com/l.php?u=x"),
        ("messenger_shared_without_payload", "unsupported: fallback", None),
        ("instagram_story_mention", "story_mention", f"instagram:{CDN}2&signature=s"),
        ("instagram_reply_to_story", "story", f"instagram:{CDN}1&signature=s"),
        ("instagram_image", "image", f"instagram:{CDN}3&signature=s"),
        ("instagram_shared_reel", "Big win", f"instagram:{CDN}4&signature=s"),
        ("instagram_unsupported", "unsupported: unknown", None),
    ],
)
async def test_what_came_along_is_named_and_once_only(
    name: str, file: str, ref: str | None
) -> None:
    [found] = (await received(name)).attachments
    assert (found.name, found.ref) == (file, ref)


@pytest.mark.parametrize(
    ("name", "message_id", "text"),
    [
        ("messenger_postback", f"{mid(10)}.p1794999990123", "Get Started"),
        ("instagram_ice_breaker", f"{ig_mid(8)}.p1794999990123", "How do I withdraw?"),
    ],
)
async def test_a_pressed_button_says_its_title(name: str, message_id: str, text: str) -> None:
    message = await received(name)
    assert (message.message_id, message.text) == (message_id, text)


async def test_a_press_without_an_id_is_known_by_who_when_and_what() -> None:
    body = loaded("messenger_postback_without_mid")
    item = body["entry"][0]["messaging"][0]
    later = {**item, "timestamp": item["timestamp"] + 1}
    other = {**item, "postback": {**item["postback"], "title": "Bonus"}}
    body["entry"][0]["messaging"] = [item, later, other, item]
    ids = [each.message_id for each in await delivered(body)]
    assert len(ids) == 4
    assert len(set(ids)) == 3
    assert ids[0] == ids[3]


async def test_two_presses_of_one_button_are_two_happenings() -> None:
    body = loaded("messenger_postback")
    item = body["entry"][0]["messaging"][0]
    body["entry"][0]["messaging"] = [item, {**item, "timestamp": item["timestamp"] + 1}]
    assert len({each.message_id for each in await delivered(body)}) == 2


@pytest.mark.parametrize(
    ("name", "of", "number", "text"),
    [
        ("messenger_edit", mid(1), 1, "Где мои деньги?!"),
        ("instagram_edit", ig_mid(1), 2, "merhaba, bonusum nerede"),
    ],
)
async def test_an_edit_names_what_it_changes(name: str, of: str, number: int, text: str) -> None:
    [event] = await happened(name)
    assert isinstance(event, MessageEdited)
    assert (event.message_id, event.of, event.text) == (f"{of}.e{number}", of, text)


async def test_a_message_taken_back_names_itself() -> None:
    [event] = await happened("instagram_deleted")
    assert isinstance(event, MessageDeleted)
    assert (event.message_id, event.of) == (f"{ig_mid(1)}.deleted", ig_mid(1))
    assert event.sender == IGSID


@pytest.mark.parametrize(
    "name",
    [
        *("messenger_echo", "messenger_unmarked_echo", "messenger_read"),
        *("messenger_reaction", "messenger_optin", "messenger_standby", "messenger_nobody"),
        *("messenger_feed", "instagram_echo", "instagram_reaction"),
        *("instagram_referral", "instagram_comment", "instagram_edit_of_nothing"),
    ],
)
async def test_what_asks_nothing_of_an_agent_is_answered_200_and_counted(name: str) -> None:
    doors = IngestDoors()
    assert (await deliver_sample(doors, name)).status_code == 200
    assert doors.publisher.confirmed == []
    assert doors.count(MESSAGES, channel=name.partition("_")[0], outcome="ignored") == 1


async def test_a_body_about_something_else_is_not_read() -> None:
    body = {**loaded("messenger_text"), "object": "user"}
    assert await delivered(body, "/v1/messenger/any_page") == []


async def test_an_echo_under_an_id_of_ours_that_we_did_not_list_is_an_echo() -> None:
    body = loaded("instagram_echo")
    body["entry"][0]["messaging"][0]["sender"]["id"] = "25025320480000000"
    assert await delivered(body, PATHS["instagram"]) == []


@pytest.mark.parametrize(("number", "events"), [(0, 0), (1, 1)])
async def test_what_instagram_calls_the_edit_of_an_unchanged_message_is_none(
    number: int, events: int
) -> None:
    body, doors = loaded("instagram_edit"), IngestDoors()
    body["entry"][0]["messaging"][0]["message_edit"]["num_edit"] = number
    await deliver(doors, json.dumps(body).encode(), PATHS["instagram"])
    assert len(doors.publisher.confirmed) == events


async def test_an_edit_of_impossible_length_is_cut() -> None:
    body, doors = loaded("messenger_edit"), IngestDoors()
    body["entry"][0]["messaging"][0]["message_edit"]["text"] = "\0" * 100_000
    await deliver(doors, json.dumps(body).encode(), PATHS["messenger"])
    [event] = doors.publisher.events
    assert isinstance(event.data, MessageEdited)
    assert len(event.data.text) == 16_384


async def test_what_cannot_be_understood_loses_nothing_else_of_its_batch() -> None:
    events = await happened("messenger_batch")
    messages = [each for each in events if isinstance(each, MessageReceived)]
    assert [each.text for each in messages] == ["first", "second", "third"]
    assert [len(each.attachments) for each in messages] == [0, 1, 0]


async def test_an_account_that_lists_no_pages_takes_those_of_all() -> None:
    body = loaded("messenger_batch")
    texts = [each.text for each in await delivered(body, "/v1/messenger/any_page")]
    assert texts == ["first", "second", "another page's", "third"]


async def test_an_account_may_be_known_by_either_of_its_ids() -> None:
    """Instagram gives one account two ids, after how its owner logged in."""
    body = loaded("instagram_text")
    body["entry"][0]["id"] = "25025320480000000"
    assert len(await delivered(body, PATHS["instagram"])) == 1
    body["entry"][0]["messaging"][0]["recipient"]["id"] = "25025320480000000"
    assert await delivered(body, PATHS["instagram"]) == []


async def test_the_dashboards_test_button_works() -> None:
    [message] = await delivered(loaded("messenger_test_button"))
    assert message.text == "test_message"
    assert message.sent_at.timestamp() == 1_527_459_824


async def test_a_repetition_is_the_same_event() -> None:
    doors = IngestDoors()
    for name in ("messenger_batch", "messenger_batch"):
        await deliver(doors, sample(name), PATHS["messenger"])
    ids = [event.id for event in doors.publisher.events]
    assert ids[:3] == ids[3:]


async def test_more_files_than_an_event_holds_are_not_listed() -> None:
    body = loaded("messenger_files")
    many = [{"type": "image", "payload": {"url": f"https://x.test/{each}"}} for each in range(50)]
    body["entry"][0]["messaging"][0]["message"]["attachments"] = many
    [message] = await delivered(body)
    assert len(message.attachments) == 32


async def test_the_largest_message_there_can_be_fits_a_record() -> None:
    body = loaded("messenger_files")
    many = [
        {"payload": {"title": "\1" * 300, "url": f"https://x.test/{each:02}{'ж' * 475}"}}
        for each in range(32)
    ]
    message = {"mid": "ж" * 200, "text": "\1" * 60_000, "attachments": many}
    body["entry"][0]["messaging"][0]["message"] = message
    [event] = await delivered(body)
    assert len(event.text) == 16_384
    assert event.attachments[0].ref
    assert len(event.attachments) == 32


async def test_a_url_with_a_line_break_is_not_a_ref() -> None:
    body = loaded("messenger_files")
    broken = [{"type": "image", "payload": {"url": "https://x.test/\r\nb"}}]
    body["entry"][0]["messaging"][0]["message"]["attachments"] = broken
    [message] = await delivered(body)
    assert message.attachments[0].ref == f"messenger:{mid(4)}#0"
