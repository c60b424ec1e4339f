"""VK's notifications, in the shapes VK sends."""

from typing import Any

import pytest

from services.ingest.channels.adapter import Channel, RawRequest
from services.ingest.channels.vk.door import VkAccount, VkChannel
from services.ingest.secrets import Secrets
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.clock import utc
from shared.runtime.metrics import MESSAGES
from tests.fakes.chat_providers import VK, sample, samples
from tests.fakes.ingest_doors import NOW, IngestDoors


def new(**message: Any) -> dict[str, Any]:
    given = sample("vk", "message_new")
    changed = {**given["object"], "message": {**given["object"]["message"], **message}}
    return {**given, "object": changed}


async def received(given: dict[str, Any]) -> MessageReceived:
    doors = IngestDoors()
    answer = await VK.post(doors, given)
    assert (answer.status_code, answer.text) == (200, "ok")
    [event] = doors.publisher.events
    assert isinstance(event.data, MessageReceived)
    return event.data


async def test_a_confirmation_is_answered_with_the_string_of_that_community() -> None:
    doors = IngestDoors()
    answer = await VK.post(doors, sample("vk", "confirmation"))
    assert (answer.status_code, answer.text) == (200, "62dfc19d")
    assert answer.headers["content-type"].startswith("text/plain")
    assert doors.publisher.confirmed == []


@pytest.mark.parametrize(("group", "account"), [(5, "lucky_vk"), (203_071_234, "nobodys")])
async def test_a_confirmation_for_another_community_learns_nothing(
    group: int, account: str
) -> None:
    asked = {**sample("vk", "confirmation"), "group_id": group}
    answer = await VK.post(IngestDoors(), asked, account=account)
    assert answer.status_code == 401
    assert "62dfc19d" not in answer.text


def test_the_confirmation_string_does_not_show_when_an_account_is_printed() -> None:
    account = VkAccount(secrets=Secrets.of("x" * 16), group_id=1, confirmation="62dfc19d")
    assert "62dfc19d" not in repr(account)


async def test_the_secret_of_our_community_does_not_vouch_for_another() -> None:
    doors = IngestDoors()
    answer = await VK.post(doors, {**VK.text(), "group_id": 5})
    assert answer.status_code == 401
    assert doors.publisher.confirmed == []


@pytest.mark.parametrize(
    "body",
    [
        {"type": "message_new"},
        {"group_id": 203_071_234},
        {"type": "message_new", "group_id": "ours"},
        {"type": ["message_new"], "group_id": 203_071_234},
    ],
)
async def test_a_body_that_says_not_whose_it_is_is_answered_401(body: dict[str, Any]) -> None:
    assert (await VK.post(IngestDoors(), body)).status_code == 401


def test_a_secret_in_any_letters_opens() -> None:
    secret = "секрет нашего сообщества"
    account = VkAccount(secrets=Secrets.of(secret), group_id=203_071_234, confirmation="62dfc19d")
    channel: Channel = VkChannel
    body = VK.raw(VK.text(), secret)
    assert channel({"ours": account}).verify(RawRequest("ours", {}, body, utc(NOW))) == "ours"


async def test_a_body_that_is_no_json_is_refused_before_any_secret() -> None:
    assert (await VK.post(IngestDoors(), b"{half")).status_code == 400


async def test_a_text_keeps_who_wrote_it_and_when() -> None:
    message = await received(sample("vk", "message_new"))
    assert (message.channel, message.account, message.sender) == ("vk", "lucky_vk", "159526001")
    assert (message.message_id, message.in_reply_to) == ("159526001.115", "159526001.112")
    assert (message.text, message.sent_at) == ("Где мои деньги?", utc(1_794_999_990))


async def test_a_message_has_one_id_whichever_notification_brings_it() -> None:
    again = {**new(id=77), "event_id": "0" * 40}
    assert (await received(again)).message_id == (await received(new())).message_id


async def test_files_are_referred_to_by_url_or_by_their_id_at_vk() -> None:
    message = await received(sample("vk", "message_new_files"))
    assert message.text == "смотрите"
    assert [(each.media_type, each.ref) for each in message.attachments] == [
        ("image/jpeg", "vk:https://sun9-1.userapi.test/w.jpg"),
        ("application/octet-stream", "vk:https://vk.test/doc159526001_600123?hash=a1&dl=b2&api=1"),
        ("audio/ogg", "vk:https://psv4.userapi.test/v.ogg"),
        ("video/mp4", "vk:video159526001_456239017_ee01"),
        ("image/png", "vk:https://vk.test/sticker/14-512"),
        ("text/html", "vk:https://casino.test/promo"),
        ("text/html", "vk:wall-1_51"),
        ("application/octet-stream", None),
    ]
    assert [each.name for each in message.attachments] == [
        "photo", "выписка.pdf", "audio_message", "экран", "sticker", "Акция", "Новость недели",
        "graffiti",
    ]  # fmt: skip
    assert message.attachments[1].size_bytes == 120_034


async def test_a_file_whose_url_is_too_long_is_referred_to_by_its_id() -> None:
    doc = {"id": 6, "owner_id": 7, "title": "a.pdf", "url": "https://vk.test/" + "x" * 600}
    message = await received(new(attachments=[{"type": "doc", "doc": doc}]))
    assert message.attachments[0].ref == "vk:doc7_6"


@pytest.mark.parametrize(
    "attachment", [{"type": "photo"}, {"type": "photo", "photo": {"sizes": "none"}}, {"type": "x"}]
)
async def test_an_attachment_that_cannot_be_read_does_not_lose_the_message(
    attachment: dict[str, Any],
) -> None:
    message = await received(new(attachments=[attachment, {"no": "type"}]))
    assert [each.name for each in message.attachments] == [attachment["type"]]


async def test_more_files_than_an_event_holds_are_cut() -> None:
    message = await received(new(attachments=[{"type": "gift", "gift": {}}] * 40))
    assert len(message.attachments) == 32


async def test_a_place_and_forwarded_words_are_read_as_text() -> None:
    place = await received(sample("vk", "message_new_geo"))
    assert place.text == "55.755826, 37.617300"
    forwarded = await received(sample("vk", "message_new_forwarded"))
    assert forwarded.text == "> Ваш перевод отклонён"


async def test_two_edits_are_two_happenings_and_a_repetition_is_none() -> None:
    doors = IngestDoors()
    edit = sample("vk", "message_edit")
    for event_id in ("a1", "b2", "b2"):
        await VK.post(doors, {**edit, "event_id": event_id})
    edits = [event.data for event in doors.publisher.events]
    assert all(isinstance(each, MessageEdited) for each in edits)
    assert isinstance(edits[0], MessageEdited)
    assert (edits[0].of, edits[0].text) == ("159526001.115", "Где мои деньги??")
    assert edits[0].sent_at == utc(1_794_999_999)
    ids = [event.id for event in doors.publisher.events]
    assert ids[0] != ids[1] == ids[2]


async def test_who_allows_no_more_messages_has_left() -> None:
    doors = IngestDoors()
    await VK.post(doors, sample("vk", "message_deny"))
    [event] = doors.publisher.events
    assert isinstance(event.data, CustomerLeft)
    assert (event.data.sender, event.data.reason) == ("159526001", "blocked")
    assert event.data.sent_at == utc(NOW)
    assert event.data.message_id.endswith(sample("vk", "message_deny")["event_id"])


@pytest.mark.parametrize(
    "ignored",
    [
        *samples("vk", "message_new_chat", "message_reply"),
        *samples("vk", "message_allow", "message_typing_state"),
        {"type": "wall_post_new", "group_id": 203_071_234, "object": {"id": 1}},
        {"type": "like_add", "group_id": 203_071_234},
        new(text="", attachments=None, action={"type": "chat_title_update"}),
        new(from_id=-203_071_234, peer_id=-203_071_234),
        {**sample("vk", "message_edit"), "object": {**new()["object"]["message"], "from_id": -5}},
    ],
)
async def test_what_is_no_private_message_of_a_person_is_answered_ok_and_counted(
    ignored: dict[str, Any],
) -> None:
    doors = IngestDoors()
    answer = await VK.post(doors, ignored)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert doors.publisher.confirmed == []
    assert doors.count(MESSAGES, channel="vk", outcome="ignored") == 1


@pytest.mark.parametrize(
    "broken",
    [
        new(date=10**30),
        new(conversation_message_id=0),
        new(from_id=2**70),
        {**VK.text(), "object": {"text": "of before 5.103"}},
        {**VK.text(), "object": None},
        {**sample("vk", "message_edit"), "event_id": None},
        {**sample("vk", "message_deny"), "object": {"user_id": 0}},
    ],
)
async def test_a_shape_that_vk_does_not_send_is_refused(broken: dict[str, Any]) -> None:
    doors = IngestDoors()
    answer = await VK.post(doors, broken)
    assert answer.status_code == 422
    assert doors.publisher.confirmed == []
