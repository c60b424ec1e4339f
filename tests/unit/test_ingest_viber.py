"""Viber's callbacks, in the shapes Viber sends."""

import json
from typing import Any

import pytest

from services.ingest.account import SecretAccount
from services.ingest.channels.adapter import Channel, RawRequest
from services.ingest.channels.viber import ViberChannel
from services.ingest.errors import Unauthenticated
from services.ingest.secrets import Secrets
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.clock import utc
from shared.runtime.metrics import MESSAGES
from tests.fakes.chat_providers import SAMPLES, VIBER, sample, samples
from tests.fakes.ingest_doors import NOW, IngestDoors

USER = "9Xf3Kc0aQmZ7pVwT2uLd5A=="
SIGNED = json.loads((SAMPLES / "viber/signed_by_viberbot.json").read_text("utf-8"))["signed"]


def of(name: str, **message: Any) -> dict[str, Any]:
    callback = sample("viber", name)
    return {**callback, "message": {**callback["message"], **message}}


async def received(callback: dict[str, Any]) -> MessageReceived:
    doors = IngestDoors()
    answer = await VIBER.post(doors, callback)
    assert answer.status_code == 200
    [event] = doors.publisher.events
    assert isinstance(event.data, MessageReceived)
    return event.data


@pytest.mark.parametrize("signed", SIGNED)
def test_what_vibers_own_library_signed_is_genuine(signed: dict[str, str]) -> None:
    channel: Channel = ViberChannel
    door = channel({"bot": SecretAccount(secrets=Secrets.of(signed["token"]))})

    def request(signature: str) -> RawRequest:
        headers = {"x-viber-content-signature": signature}
        return RawRequest("bot", headers, signed["body"].encode(), utc(NOW))

    assert door.verify(request(signed["signature"])) == "bot"
    with pytest.raises(Unauthenticated):
        door.verify(request(signed["signature"].upper()))


async def test_a_text_keeps_who_wrote_it_and_when() -> None:
    message = await received(sample("viber", "text"))
    assert (message.channel, message.account, message.sender) == ("viber", "lucky_viber", USER)
    assert (message.text, message.lang_hint) == ("Де мої гроші?", "uk")
    assert message.sender_name == "Олена К."
    assert message.message_id == str(sample("viber", "text")["message_token"])
    assert message.sent_at == utc(1_794_999_990.123)
    assert message.customer is None


@pytest.mark.parametrize(
    ("name", "text", "file", "media_type", "size"),
    [
        ("picture", "дивіться", "scr.jpg", "image/jpeg", 58_213),
        ("video", "", "v.mp4", "video/mp4", 204_800),
        ("file", "", "statement.pdf", "application/octet-stream", 120_034),
        ("sticker", "", "sticker", "image/png", None),
    ],
)
async def test_a_file_is_referred_to_by_its_url(
    name: str, text: str, file: str, media_type: str, size: int | None
) -> None:
    message = await received(sample("viber", name))
    assert message.text == text
    [attachment] = message.attachments
    assert (attachment.name, attachment.media_type) == (file, media_type)
    assert attachment.size_bytes == size
    assert attachment.ref == f"viber:{sample('viber', name)['message']['media']}"


async def test_a_file_whose_url_is_too_long_for_a_reference_is_known_by_name() -> None:
    message = await received(of("picture", media="https://viber.test/" + "x" * 600))
    [attachment] = message.attachments
    assert (attachment.name, attachment.ref) == ("scr.jpg", None)


@pytest.mark.parametrize(
    ("callback", "text"),
    [
        (sample("viber", "contact"), "Олена 380501112233"),
        (sample("viber", "location"), "50.450001, 30.523333"),
        (sample("viber", "url"), "https://casino.test/promo?id=9"),
        (of("url", text="look: https://casino.test/promo?id=9"), None),
        (of("text", type="rich_media", text="of a kind to come"), "of a kind to come"),
    ],
)
async def test_what_can_be_said_in_words_is_text(callback: dict[str, Any], text: str) -> None:
    message = await received(callback)
    assert message.text == (text or callback["message"]["text"])
    assert message.attachments == ()


async def test_who_unsubscribes_has_left() -> None:
    doors = IngestDoors()
    await VIBER.post(doors, sample("viber", "unsubscribed"))
    [event] = doors.publisher.events
    assert isinstance(event.data, CustomerLeft)
    assert (event.data.sender, event.data.reason) == (USER, "blocked")
    assert event.data.message_id == f"left.{USER}.1794999991000"


@pytest.mark.parametrize(
    "ignored",
    [
        *samples("viber", "webhook", "subscribed", "conversation_started"),
        {"event": "client_status"},
        of("text", text=""),
        of("text", text=None),
    ],
)
async def test_what_says_nothing_to_an_agent_is_answered_200_and_counted(
    ignored: dict[str, Any],
) -> None:
    doors = IngestDoors()
    answer = await VIBER.post(doors, ignored)
    assert answer.status_code == 200
    assert doors.publisher.confirmed == []
    assert doors.count(MESSAGES, channel="viber", outcome="ignored") == 1


@pytest.mark.parametrize("name", ["conversation_started", "text", "webhook"])
async def test_an_answer_holds_nothing_that_viber_could_send_to_the_user(name: str) -> None:
    assert (await VIBER.post(IngestDoors(), sample("viber", name))).content == b""


@pytest.mark.parametrize(
    "broken",
    [
        {**sample("viber", "text"), "timestamp": 10**30},
        {**sample("viber", "text"), "message_token": "two words"},
        {**sample("viber", "text"), "sender": {"name": "nobody"}},
        of("location", location={"lat": 91, "lon": 0}),
        {"timestamp": 1},
    ],
)
async def test_a_shape_that_viber_does_not_send_is_refused(broken: dict[str, Any]) -> None:
    doors = IngestDoors()
    answer = await VIBER.post(doors, broken)
    assert answer.status_code == 422
    assert doors.publisher.confirmed == []
