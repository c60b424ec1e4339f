"""What providers say of our own messages, at their doors."""

import json
from typing import Any

import pytest

from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.provider_status_v1 import ProviderStatus
from shared.runtime.clock import utc
from shared.runtime.metrics import MASKED_AT_DOOR, MESSAGES, PUBLISH_FAILURES
from tests.fakes.chat_providers import VIBER, sample
from tests.fakes.ingest_doors import NOW, IngestDoors
from tests.fakes.meta import PATHS, deliver, deliver_sample, loaded
from tests.fakes.twilio import CUSTOMER, MESSAGE, Twilio, sms

USER = "9Xf3Kc0aQmZ7pVwT2uLd5A=="
TOKEN = "5741311803571722004"
SOMEWHEN = utc(1_794_999_992)


def published(doors: IngestDoors) -> list[ProviderStatus]:
    """All are statuses, on their topic, and counted as no messages."""
    statuses = []
    for record, event in zip(doors.publisher.confirmed, doors.publisher.events, strict=True):
        assert isinstance(event.data, ProviderStatus)
        assert (record.topic, record.key) == ("support.delivery.v1", event.data.key.encode())
        assert event.id == f"in:{event.data.entry_id}"
        statuses.append(event.data)
    return statuses


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [
        ("delivered", "delivered", None),
        ("seen", "read", None),
        ("failed", "failed", "viber: failure description"),
    ],
)
async def test_viber_names_the_message_by_its_token(
    name: str, status: str, error: str | None
) -> None:
    doors = IngestDoors()
    answer = await VIBER.post(doors, sample("viber", name))
    assert (answer.status_code, answer.text) == (200, "")
    [said] = published(doors)
    assert (said.key, said.provider_id) == (f"viber:lucky_viber:{USER}", TOKEN)
    assert (said.status, said.error, said.at, said.reply) == (status, error, SOMEWHEN, None)
    assert doors.count(MESSAGES, channel="viber", outcome="status") == 1


async def whatsapp(*statuses: dict[str, Any], name: str = "status_delivered") -> IngestDoors:
    body, doors = loaded(f"whatsapp_{name}"), IngestDoors()
    if statuses:
        value = body["entry"][0]["changes"][0]["value"]
        value["statuses"] = [{**value["statuses"][0], **each} for each in statuses]
    answer = await deliver(doors, json.dumps(body).encode(), PATHS["whatsapp"])
    assert answer.status_code == 200
    return doors


async def test_whatsapp_says_whose_message_it_is_as_a_reply_is_addressed() -> None:
    [said] = published(await whatsapp())
    assert said.key == "whatsapp:lucky_phone:LT.13491208655302741918"
    assert (said.provider_id, said.status, said.reply) == ("wamid.HBgOURS0001", "delivered", None)
    assert said.at == utc(1_794_999_991)


async def test_whatsapp_says_why_a_message_failed() -> None:
    [said] = published(await whatsapp(name="status_failed"))
    assert said.key == "whatsapp:lucky_phone:37060012345"
    assert (said.status, said.error) == ("failed", "whatsapp: 131026: Message undeliverable: x")


async def test_whatsapp_hands_our_id_of_the_reply_back() -> None:
    [said] = published(await whatsapp({"biz_opaque_callback_data": "cmd:lina:c-1:reply"}))
    assert said.reply == "cmd:lina:c-1:reply"


async def test_one_status_that_cannot_be_read_loses_no_other() -> None:
    doors = await whatsapp(
        {"id": None}, {"timestamp": "long ago"}, {"status": "read", "errors": "?"}, {"status": 7}
    )
    assert [each.status for each in published(doors)] == ["read"]


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "deleted"},
        {"status": "warning"},
        {"recipient_type": "group", "recipient_id": "g-1"},
        {"recipient_id": None, "recipient_user_id": None},
    ],
)
async def test_of_other_statuses_of_whatsapp_nothing_comes(changed: dict[str, Any]) -> None:
    doors = await whatsapp(changed)
    assert published(doors) == []
    assert doors.count(MESSAGES, channel="whatsapp", outcome="ignored") == 1


async def test_a_status_beside_a_message_keeps_it_from_nothing() -> None:
    body, doors = loaded("whatsapp_text"), IngestDoors()
    more = loaded("whatsapp_status_delivered")["entry"][0]["changes"][0]["value"]
    body["entry"][0]["changes"][0]["value"]["statuses"] = more["statuses"]
    await deliver(doors, json.dumps(body).encode(), PATHS["whatsapp"])
    assert [type(event.data) for event in doors.publisher.events] == [
        MessageReceived,
        ProviderStatus,
    ]
    assert doors.count(MESSAGES, channel="whatsapp", outcome="accepted") == 1


async def test_a_status_for_a_number_that_is_not_listed_is_left_alone() -> None:
    body, doors = loaded("whatsapp_status_delivered"), IngestDoors()
    body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "7"
    await deliver(doors, json.dumps(body).encode(), PATHS["whatsapp"])
    assert published(doors) == []


@pytest.mark.parametrize(
    ("name", "status"), [("messenger_delivery", "delivered"), ("instagram_seen", "read")]
)
async def test_messenger_and_instagram_name_the_messages_they_speak_of(
    name: str, status: str
) -> None:
    doors = IngestDoors()
    assert (await deliver_sample(doors, name)).status_code == 200
    item = loaded(name)["entry"][0]["messaging"][0]
    [said] = published(doors)
    named = item["read"]["mid"] if "read" in item else item["delivery"]["mids"][0]
    assert (said.provider_id, said.status) == (named, status)
    assert said.sender == item["sender"]["id"]
    assert said.at == utc(1_794_999_990.123)


async def test_a_delivery_without_a_time_of_its_own_has_that_of_its_watermark() -> None:
    body, doors = loaded("messenger_delivery"), IngestDoors()
    item = body["entry"][0]["messaging"][0]
    del item["timestamp"]
    item["delivery"]["mids"] += ["m_2", 7, None]
    await deliver(doors, json.dumps(body).encode(), PATHS["messenger"])
    assert [each.at for each in published(doors)] == [utc(1_794_999_990)] * 2


@pytest.mark.parametrize(
    "changed", [{"delivery": {"watermark": 1_794_999_990_000}}, {"sender": {"id": ""}}]
)
async def test_a_delivery_that_names_nothing_or_nobody_is_left_alone(
    changed: dict[str, Any],
) -> None:
    body, doors = loaded("messenger_delivery"), IngestDoors()
    item = body["entry"][0]["messaging"][0]
    body["entry"][0]["messaging"][0] = {**item, **changed}
    answer = await deliver(doors, json.dumps(body).encode(), PATHS["messenger"])
    assert (answer.status_code, published(doors)) == (200, [])


def told(**changes: str) -> dict[str, str]:
    """What Twilio says of a text message of ours."""
    return sms(From="+37052000000", To=CUSTOMER, MessageStatus="delivered", **changes)


@pytest.mark.parametrize(
    ("says", "status", "error"),
    [
        ({"MessageStatus": "sent"}, "sent", None),
        ({"MessageStatus": "delivered"}, "delivered", None),
        ({"MessageStatus": "read"}, "read", None),
        (
            {"MessageStatus": "undelivered", "ErrorCode": "30003"},
            "failed",
            "twilio: undelivered (30003: the phone cannot be reached)",
        ),
        ({"MessageStatus": "failed", "ErrorCode": "30099"}, "failed", "twilio: failed (30099)"),
        ({"MessageStatus": "failed"}, "failed", "twilio: failed"),
    ],
)
async def test_twilio_says_what_became_of_a_message_under_our_id_of_the_reply(
    says: dict[str, str], status: str, error: str | None
) -> None:
    twilio = Twilio()
    answer = await twilio.post("/status?reply=cmd%3Alina%3Ac-1%3Areply", {**told(), **says})
    assert answer.status_code == 200
    [said] = published(twilio.doors)
    assert (said.key, said.provider_id) == (f"sms:line:{CUSTOMER}", MESSAGE)
    assert (said.status, said.error, said.reply) == (status, error, "cmd:lina:c-1:reply")
    assert said.at == utc(NOW)


async def test_twilio_speaks_of_whatsapp_by_the_address() -> None:
    twilio = Twilio()
    await twilio.post("/status", told() | {"To": f"whatsapp:{CUSTOMER}"})
    [said] = published(twilio.doors)
    assert (said.key, said.reply) == (f"whatsapp:line:{CUSTOMER}", None)


@pytest.mark.parametrize("reply", ["", "%00", "x" * 513])
async def test_what_cannot_be_an_id_of_ours_is_none(reply: str) -> None:
    twilio = Twilio()
    assert (await twilio.post(f"/status?reply={reply}", told())).status_code == 200
    [said] = published(twilio.doors)
    assert said.reply is None


@pytest.mark.parametrize("path", ["/status?reply=r-2", "/status"])
async def test_the_reply_s_id_is_part_of_what_twilio_signs(path: str) -> None:
    twilio = Twilio()
    signed = await twilio.post("/status?reply=r-1", told())
    header = signed.request.headers["x-twilio-signature"]
    answer = await twilio.post(path, told(), **{"X-Twilio-Signature": header})
    assert (signed.status_code, answer.status_code) == (200, 401)


@pytest.mark.parametrize(
    "says",
    [
        *({"MessageStatus": each} for each in ("queued", "accepted", "sending", "new-one")),
        {"To": "rcs:brand"},
    ],
)
async def test_what_twilio_says_on_the_way_is_answered_200_and_left_alone(
    says: dict[str, str],
) -> None:
    twilio = Twilio()
    assert (await twilio.post("/status", {**told(), **says})).status_code == 200
    assert twilio.events == []
    assert twilio.doors.count(MESSAGES, channel="twilio", outcome="ignored") == 1


async def test_a_repetition_is_the_same_event() -> None:
    doors = IngestDoors()
    for _ in range(2):
        await VIBER.post(doors, sample("viber", "seen"))
    first, second = doors.publisher.events
    assert first.id == second.id == f"in:viber:lucky_viber:{TOKEN}:read"


async def test_a_card_number_in_an_error_is_masked_and_counted() -> None:
    doors = IngestDoors()
    failed = sample("viber", "failed") | {"desc": "bad text: 4111 1111 1111 1111"}
    await VIBER.post(doors, failed)
    [said] = published(doors)
    assert said.error == "viber: bad text: [card …1111]"
    assert doors.count(MASKED_AT_DOOR, channel="viber") == 1


async def test_a_status_is_answered_only_when_it_is_durable() -> None:
    doors = IngestDoors()
    doors.publisher.mode = "fail"
    assert (await VIBER.post(doors, sample("viber", "seen"))).status_code == 503
    assert doors.count(PUBLISH_FAILURES, topic="support.delivery.v1") == 1
