"""X's account activity, in the shapes X sends."""

from typing import Any

import httpx
import pytest

from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.clock import utc
from shared.runtime.metrics import MESSAGES
from tests.fakes.chat_providers import X, sample, samples
from tests.fakes.ingest_doors import X_SECRETS, IngestDoors

# made with `openssl dgst -sha256 -hmac the_consumer_secret_of_our_app -binary | base64`
CRC_TOKEN = "MTc5NDk5OTk5MC4yMDM"
CRC_RESPONSE = "sha256=SkZVlWlJLnZCpXsdQ03ucJR+HAuTs3NZ9KhwSVUhga0="
BODY = b'{"for_user_id":"4337869222"}'
BODY_SIGNATURE = "sha256=tIELRtAjPD2SYL+QWcVOaFnGSJmos5Ir+AjxtqyMbTo="


def data(**changes: Any) -> dict[str, Any]:
    """A message whose `message_data` is changed."""
    activity = sample("x", "message")
    activity["direct_message_events"][0]["message_create"]["message_data"].update(changes)
    return activity


async def greeted(query: str, account: str = "lucky_x") -> httpx.Response:
    async with IngestDoors().client() as client:
        return await client.get(f"/v1/x/{account}?{query}")


async def received(activity: dict[str, Any]) -> MessageReceived:
    doors = IngestDoors()
    answer = await X.post(doors, activity)
    assert answer.status_code == 200
    [event] = doors.publisher.events
    assert isinstance(event.data, MessageReceived)
    return event.data


async def test_a_challenge_is_answered_with_its_hash_by_the_apps_secret() -> None:
    answer = await greeted(f"crc_token={CRC_TOKEN}&nonce=Mjk")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"response_token": CRC_RESPONSE}


async def test_a_signature_made_by_another_program_is_genuine() -> None:
    doors = IngestDoors()
    signed = {X.header: BODY_SIGNATURE}
    assert (await X.post(doors, BODY, headers=signed)).status_code == 200
    assert (await X.post(doors, BODY + b"\n", headers=signed)).status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        "", "crc_token=", "nonce=1", "crc_token=a&crc_token=b", "crc_token=" + "a" * 513,
        "crc_token=%FF", "crc_token=%D0%B0", "crc_token=a%00b",
        "crc_token=%7B%22for_user_id%22%3A%224337869222%22%7D",
    ],
)  # fmt: skip
async def test_the_handshake_signs_nothing_that_could_be_posted_as_a_body(query: str) -> None:
    answer = await greeted(query)
    assert answer.status_code == 422
    assert "sha256=" not in answer.text


async def test_an_account_we_do_not_have_is_not_greeted() -> None:
    assert (await greeted(f"crc_token={CRC_TOKEN}", "nobodys")).status_code == 401


async def test_the_handshake_is_answered_with_the_first_of_two_secrets() -> None:
    expected = X.prove(b"abc", X_SECRETS[0])[X.header]
    assert (await greeted("crc_token=abc")).json()["response_token"] == expected


async def test_a_text_keeps_who_wrote_it_and_when() -> None:
    message = await received(sample("x", "message"))
    assert (message.channel, message.account, message.sender) == ("x", "lucky_x", "3001969111")
    assert (message.message_id, message.sender_name) == ("954491830116155396", "Jordan B.")
    assert message.sent_at == utc(1_794_999_990.557)


async def test_the_text_is_as_it_was_written() -> None:
    message = await received(sample("x", "message"))
    assert message.text == "Where is my money? 5 < 6 &amp; 7 > 2"


@pytest.mark.parametrize(
    ("name", "text", "kind", "media_type", "ref"),
    [
        ("message_photo", "see", "photo", "image/jpeg", "x:https://ton.twimg.test/dm/1/a.jpg"),
        ("message_video", "", "video", "video/mp4", "x:https://video.twimg.test/dm/2-832.mp4"),
    ],
)
async def test_a_file_is_referred_to_and_its_link_is_no_text(
    name: str, text: str, kind: str, media_type: str, ref: str
) -> None:
    message = await received(sample("x", name))
    assert message.text == text
    [file] = message.attachments
    assert (file.name, file.media_type, file.ref) == (kind, media_type, ref)


async def test_a_place_is_read_as_text_with_latitude_first() -> None:
    message = await received(sample("x", "message_location"))
    assert message.text == "I am here\n54.687157, 25.279652"


@pytest.mark.parametrize("users", [{}, {"3001969111": "Jordan"}, {"3001969111": {"name": 5}}])
async def test_a_message_of_somebody_x_does_not_describe_has_no_name(users: Any) -> None:
    message = await received({**sample("x", "message"), "users": users})
    assert message.sender_name is None


@pytest.mark.parametrize(
    "ignored",
    [
        *samples("x", "message_sent_by_us", "typing", "mark_read", "tweet_create", "user_revoke"),
        {**sample("x", "message"), "for_user_id": "5"},
        {**sample("x", "message"), "for_user_id": None},
        {**sample("x", "message"), "direct_message_events": [{"type": "participants_join"}]},
        data(text=""),
        {},
    ],
)
async def test_what_is_no_message_to_our_user_is_answered_200_and_counted(
    ignored: dict[str, Any],
) -> None:
    doors = IngestDoors()
    answer = await X.post(doors, ignored)
    assert answer.status_code == 200
    assert doors.publisher.confirmed == []
    assert doors.count(MESSAGES, channel="x", outcome="ignored") == 1


@pytest.mark.parametrize("broken", [5, None, "text", {"type": "message_create"}, {"type": {}}])
async def test_an_event_that_cannot_be_understood_does_not_lose_the_others(broken: Any) -> None:
    doors = IngestDoors()
    activity = sample("x", "message")
    second = {**activity["direct_message_events"][0], "id": "2"}
    activity["direct_message_events"] = [*activity["direct_message_events"], broken, second]
    assert (await X.post(doors, activity)).status_code == 200
    assert [event.id[-2:] for event in doors.publisher.events] == ["96", ":2"]


@pytest.mark.parametrize(
    "broken",
    [
        {**sample("x", "message"), "direct_message_events": [{"type": "message_create"}]},
        {**sample("x", "message"), "direct_message_events": {}},
        data(text=["a"]),
        data(attachment={"location": {"shared_coordinate": {"coordinates": {"coordinates": [1]}}}}),
        data(
            attachment={
                "location": {"shared_coordinate": {"coordinates": {"coordinates": [0, 91]}}}
            }
        ),
    ],
)
async def test_a_shape_that_x_does_not_send_is_refused(broken: dict[str, Any]) -> None:
    doors = IngestDoors()
    answer = await X.post(doors, broken)
    assert answer.status_code == 422
    assert doors.publisher.confirmed == []
