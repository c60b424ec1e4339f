"""What WhatsApp sends becomes what an agent reads."""

import json
from collections.abc import Sequence

import pytest
from pywa.client import WhatsApp
from pywa.types.message import Message

from shared.contracts.inbound import InboundEvent
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.metrics import MESSAGES
from tests.fakes.ingest_doors import IngestDoors
from tests.fakes.meta import PATHS, deliver, deliver_sample, loaded, sample

PERSON = "LT.13491208655302741918"


def wamid(number: int) -> str:
    return f"wamid.HBgLMzcwNjAwMTIzNDUVAgASGBQzQTRBNjU5OUFFRTAzODEwMT{number:04d}"


async def happened(name: str) -> Sequence[InboundEvent]:
    doors = IngestDoors()
    assert (await deliver_sample(doors, f"whatsapp_{name}")).status_code == 200
    events = [event.data for event in doors.publisher.events]
    assert all(isinstance(each, InboundEvent) for each in events)
    return events  # type: ignore[return-value]


async def received(name: str) -> MessageReceived:
    [event] = await happened(name)
    assert isinstance(event, MessageReceived)
    return event


async def test_a_text_keeps_who_wrote_it_and_when() -> None:
    message = await received("text")
    assert (message.channel, message.account) == ("whatsapp", "lucky_phone")
    assert (message.sender, message.message_id) == (PERSON, wamid(1))
    assert message.sender_name == "Ayşe Yılmaz"
    assert message.text == "Param nerede? 💸 Çekim <3 gündür bekliyor / withdrawal"
    assert message.sent_at.timestamp() == 1_794_999_990
    assert message.customer is None
    assert message.in_reply_to is None


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("text", PERSON),
        ("text_without_number", PERSON),
        ("own_number_shared", PERSON),
        ("text_without_business_id", "37060012345"),
    ],
)
async def test_a_person_is_known_by_the_id_for_our_business_and_else_by_number(
    name: str, sender: str
) -> None:
    assert (await received(name)).sender == sender


@pytest.mark.parametrize(
    ("contacts", "name", "sender"),
    [
        ([], None, "37060012345"),
        ([{"profile": {"name": " "}, "wa_id": "other"}], None, "37060012345"),
        ([{"profile": {"name": "Jo"}, "user_id": "LT.1"}], "Jo", "LT.1"),
        ([{"wa_id": "1", "profile": {"name": "A"}}, {"wa_id": "2"}], None, "37060012345"),
        (
            [
                {"wa_id": "1", "profile": {"name": "A"}},
                {"wa_id": "37060012345", "profile": {"name": "B"}, "user_id": "LT.2"},
            ],
            "B",
            "LT.2",
        ),
        ("not a list", None, "37060012345"),
        ([{"profile": {"name": "N" * 300}}], "N" * 128, "37060012345"),
    ],
)
async def test_the_contact_that_belongs_to_a_message_names_its_author(
    contacts: object, name: str | None, sender: str
) -> None:
    body, doors = loaded("whatsapp_text_without_business_id"), IngestDoors()
    body["entry"][0]["changes"][0]["value"]["contacts"] = contacts
    await deliver(doors, json.dumps(body).encode(), PATHS["whatsapp"])
    [event] = doors.publisher.events
    assert isinstance(event.data, MessageReceived)
    assert (event.data.sender_name, event.data.sender) == (name, sender)


async def test_a_message_of_nobody_is_left_out() -> None:
    body, doors = loaded("whatsapp_text"), IngestDoors()
    value = body["entry"][0]["changes"][0]["value"]
    value["messages"][0].update({"from": "", "from_user_id": None})
    value["contacts"] = [{"wa_id": "a\nb", "user_id": 7}]
    answer = await deliver(doors, json.dumps(body).encode(), PATHS["whatsapp"])
    assert (answer.status_code, doors.publisher.confirmed) == (200, [])


@pytest.mark.parametrize(
    ("name", "text", "file", "media_type", "ref"),
    [
        ("image", "чек", "image", "image/jpeg", "1003383421387256"),
        ("video", "", "video", "video/mp4", "2003383421387256"),
        ("voice", "", "voice", "audio/ogg; codecs=opus", "1908647269898587"),
        ("audio", "", "audio", "audio/mpeg", "1908647269898588"),
        ("document", "sąskaita", "statement.pdf", "application/pdf", "1376223850470843"),
        ("sticker", "", "sticker", "image/webp", "1376223850470844"),
    ],
)
async def test_a_file_is_referred_to_and_its_caption_is_the_text(
    name: str, text: str, file: str, media_type: str, ref: str
) -> None:
    message = await received(name)
    assert message.text == text
    [found] = message.attachments
    assert (found.name, found.media_type, found.ref) == (file, media_type, f"whatsapp:{ref}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("location", "Gedimino 1\nGedimino pr. 1, Vilnius\n54.687157, 25.279652"),
        ("contacts", "Jonas Jonaitis +370 600 00000\nOna +370 600 00001"),
        ("own_number_shared", "+37060012345"),
        ("button", "Unsubscribe"),
        ("button_reply", "Cancel withdrawal"),
        ("list_reply", "Priority\nanswered within the hour"),
        ("form", "topic: withdrawal\namount: 120\nticked: bank, card"),
        ("order", "gift wrapped, please\n2 × di9ozbzfi4, 30.00 EUR\n1 × nqryix03ez, 25.50 EUR"),
    ],
)
async def test_what_is_no_text_is_read_as_text(name: str, text: str) -> None:
    message = await received(name)
    assert message.text == text
    assert message.attachments == ()


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("reply", "wamid.HBgOURS0001"),
        ("button", "wamid.HBgOURS0002"),
        ("button_reply", "wamid.HBgOURS0003"),
        ("forwarded", None),
    ],
)
async def test_a_reply_names_the_message_it_answers(name: str, of: str | None) -> None:
    assert (await received(name)).in_reply_to == of


@pytest.mark.parametrize(
    ("name", "stands_for"),
    [
        ("unsupported", "unsupported: poll_creation"),
        ("unavailable", "unsupported: unknown"),
        ("product", "unsupported: product"),
    ],
)
async def test_what_whatsapp_cannot_show_is_seen_to_have_come(name: str, stands_for: str) -> None:
    message = await received(name)
    assert message.text == ""
    [found] = message.attachments
    assert (found.name, found.ref) == (stands_for, None)


@pytest.mark.parametrize(
    ("name", "number", "of", "text"),
    [("edit_text", 23, 1, "Param nerede??"), ("edit_caption", 24, 6, "the receipt, sorry")],
)
async def test_an_edit_names_what_it_changes(name: str, number: int, of: int, text: str) -> None:
    [event] = await happened(name)
    assert isinstance(event, MessageEdited)
    assert (event.message_id, event.of, event.text) == (wamid(number), wamid(of), text)
    assert event.sender == PERSON


async def test_a_message_taken_back_names_itself() -> None:
    [event] = await happened("revoke")
    assert isinstance(event, MessageDeleted)
    assert (event.message_id, event.of, event.sender) == (wamid(25), wamid(1), PERSON)


@pytest.mark.parametrize(
    "name",
    [
        *("reaction", "unsupported_reaction", "call_permission", "group", "type_of_tomorrow"),
        *("number_changed", "user_id_changed"),
        *("account_errors", "template_status", "business_app_echo", "standby"),
    ],
)
async def test_what_asks_nothing_of_an_agent_is_answered_200_and_counted(name: str) -> None:
    doors = IngestDoors()
    assert (await deliver_sample(doors, f"whatsapp_{name}")).status_code == 200
    assert doors.publisher.confirmed == []
    assert doors.count(MESSAGES, channel="whatsapp", outcome="ignored") == 1


async def test_messages_under_another_field_are_not_read() -> None:
    """What the WhatsApp Business app wrote, and what another app answers, have fields of theirs."""
    body, doors = loaded("whatsapp_text"), IngestDoors()
    body["entry"][0]["changes"][0]["field"] = "history"
    answer = await deliver(doors, json.dumps(body).encode(), PATHS["whatsapp"])
    assert (answer.status_code, doors.publisher.confirmed) == (200, [])


async def test_what_cannot_be_understood_loses_nothing_else_of_its_batch() -> None:
    events = await happened("batch")
    messages = [each for each in events if isinstance(each, MessageReceived)]
    assert [each.text for each in messages] == ["first", "second", "third"]
    assert [each.sender_name for each in messages] == ["Ayşe Yılmaz", "Mehmet", "Ayşe Yılmaz"]
    assert [each.sender for each in messages] == [PERSON, "TR.7", PERSON]


async def test_an_account_that_lists_no_numbers_takes_those_of_all() -> None:
    doors = IngestDoors()
    await deliver(doors, sample("whatsapp_batch"), "/v1/whatsapp/any_phone")
    messages = [event.data for event in doors.publisher.events]
    texts = [each.text for each in messages if isinstance(each, MessageReceived)]
    assert texts == ["first", "second", "another number's", "third"]


async def test_a_repetition_is_the_same_event() -> None:
    doors = IngestDoors()
    first = (await deliver_sample(doors, "whatsapp_batch")).json()
    assert (await deliver_sample(doors, "whatsapp_batch")).json() == first
    ids = [event.id for event in doors.publisher.events]
    assert ids[:3] == ids[3:]


async def test_a_text_of_impossible_length_is_cut_and_takes_nothing_with_it() -> None:
    body, doors = loaded("whatsapp_batch"), IngestDoors()
    body["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"] = "\0" * 100_000
    answer = await deliver(doors, json.dumps(body).encode(), PATHS["whatsapp"])
    assert len(answer.json()["accepted"]) == 3
    assert all(len(record.value) < 262_144 for record in doors.publisher.confirmed)


CLIENT = WhatsApp(phone_id="106540352242922", token="no token")


@pytest.mark.parametrize(
    "name",
    [
        *("text", "text_without_number", "reply", "forwarded", "image", "video", "voice"),
        *("audio", "document", "sticker", "location", "contacts", "order", "unsupported"),
    ],
)
async def test_a_library_for_whatsapp_reads_the_same_message(name: str) -> None:
    theirs = Message.from_update(CLIENT, loaded(f"whatsapp_{name}"))
    ours = await received(name)
    assert (theirs.id, theirs.from_user.bsuid) == (ours.message_id, ours.sender)
    assert (theirs.from_user.name, theirs.timestamp) == (ours.sender_name, ours.sent_at)
    replied = theirs.reply_to_message
    assert (replied.id if replied is not None else None) == ours.in_reply_to
    if theirs.text or theirs.caption:
        assert ours.text == (theirs.text or theirs.caption)
    if theirs.has_media:
        assert theirs.media is not None
        assert ours.attachments[0].ref == f"whatsapp:{theirs.media.id}"
        assert ours.attachments[0].media_type == theirs.media.mime_type
