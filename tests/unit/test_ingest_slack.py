"""Slack's events, in the shapes Slack sends."""

import json
from typing import Any

import pytest
from slack_sdk.signature import SignatureVerifier

from services.ingest.channels.adapter import Channel, RawRequest
from services.ingest.channels.slack.door import SlackAccount, SlackChannel
from services.ingest.channels.slack.text import plain
from services.ingest.secrets import Secrets
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.clock import utc
from shared.runtime.metrics import MESSAGES
from tests.fakes.chat_providers import SLACK, sample, samples, slack_headers
from tests.fakes.ingest_doors import NOW, SLACK_SECRETS, IngestDoors

ID = "T0PARTNER.C0DESK.1794999990.000200"
SENDER = "C0DESK:U0AYSE"

# the example of Slack's page on verifying requests, which its libraries are tested with
EXAMPLE_AT = 1_531_420_618
EXAMPLE_SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
EXAMPLE_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


def event(name: str, **changes: Any) -> dict[str, Any]:
    """A sample whose event is changed."""
    callback = sample("slack", name)
    return {**callback, "event": {**callback["event"], **changes}}


async def taken(callback: dict[str, Any]) -> Any:
    doors = IngestDoors()
    answer = await SLACK.post(doors, callback)
    assert answer.status_code == 200
    [published] = doors.publisher.events
    return published.data


def test_the_example_of_slacks_own_page_is_genuine() -> None:
    channel: Channel = SlackChannel
    door = channel({"desk": SlackAccount(secrets=Secrets.of(SLACK_SECRETS[0]))})
    headers = {
        "x-slack-signature": EXAMPLE_SIGNATURE,
        "x-slack-request-timestamp": str(EXAMPLE_AT),
    }
    assert door.verify(RawRequest("desk", headers, EXAMPLE_BODY, utc(EXAMPLE_AT))) == "desk"


async def test_what_we_take_slacks_own_library_takes_too() -> None:
    body = SLACK.raw(sample("slack", "message_channel"))
    headers = slack_headers(body, SLACK_SECRETS[0])

    class Clock:
        def now(self) -> float:
            return NOW

    verifier = SignatureVerifier(SLACK_SECRETS[0], Clock())  # type: ignore[arg-type]
    assert verifier.is_valid_request(body, dict(headers))
    assert (await SLACK.post(IngestDoors(), body, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("late", "status"), [(0, 200), (300, 200), (-300, 200), (301, 401), (-301, 401), (86_400, 401)]
)
async def test_what_was_signed_more_than_five_minutes_away_is_answered_401(
    late: int, status: int
) -> None:
    doors = IngestDoors()
    body = SLACK.raw(SLACK.text())
    headers = slack_headers(body, SLACK_SECRETS[0], sent_at=NOW - late)
    assert (await SLACK.post(doors, body, headers=headers)).status_code == status
    assert bool(doors.publisher.confirmed) == (status == 200)


@pytest.mark.parametrize(
    "time",
    ["", "soon", "-1", "1e9", " 1795000000", "01795000000", "1795000000.0", "9" * 5_000,
     "١٧٩٥٠٠٠٠٠٠".encode(), "1795000001"],
)  # fmt: skip
async def test_a_time_that_is_none_or_not_the_signed_one_is_answered_401(time: Any) -> None:
    doors = IngestDoors()
    body = SLACK.raw(SLACK.text())
    headers = {**slack_headers(body, SLACK_SECRETS[0]), "X-Slack-Request-Timestamp": time}
    assert (await SLACK.post(doors, body, headers=headers)).status_code == 401
    assert doors.publisher.confirmed == []


async def test_a_challenge_is_echoed_once_its_signature_is_verified() -> None:
    challenge = sample("slack", "url_verification")
    answer = await SLACK.post(IngestDoors(), challenge)
    assert (answer.status_code, answer.text) == (200, challenge["challenge"])
    assert answer.headers["content-type"].startswith("text/plain")
    forged = await SLACK.post(IngestDoors(), challenge, secret="not the secret of the app")
    assert forged.status_code == 401
    assert challenge["challenge"] not in forged.text


@pytest.mark.parametrize("challenge", [None, "", "two words", "<b>\n", "x" * 513, 5])
async def test_a_challenge_that_slack_does_not_send_is_not_echoed(challenge: Any) -> None:
    asked = {**sample("slack", "url_verification"), "challenge": challenge}
    assert (await SLACK.post(IngestDoors(), asked)).status_code == 422


async def test_a_customer_is_a_person_in_a_channel() -> None:
    message = await taken(sample("slack", "message_channel"))
    assert isinstance(message, MessageReceived)
    assert (message.channel, message.account, message.sender) == ("slack", "partners", SENDER)
    assert (message.message_id, message.text) == (ID, "Player 77 is stuck")
    assert message.sent_at == utc(1_794_999_990.0002)
    assert message.in_reply_to is None


async def test_a_direct_message_is_answered_in_its_own_channel() -> None:
    message = await taken(sample("slack", "message_im"))
    assert message.sender == "D0AYSE:U0AYSE"
    assert message.text == "5 < 6 & see the case (https://casino.test/w/77), @U0JONAS"


async def test_a_message_in_a_thread_answers_the_one_that_began_it() -> None:
    message = await taken(sample("slack", "message_in_thread"))
    assert (message.in_reply_to, message.sender) == (ID, SENDER)
    first = await taken(event("message_channel", thread_ts="1794999990.000200"))
    assert first.in_reply_to is None


async def test_a_file_is_referred_to_by_its_id_even_where_slack_says_no_more() -> None:
    message = await taken(sample("slack", "file_share"))
    known, shared = message.attachments
    assert (known.name, known.media_type, known.size_bytes, known.ref) == (
        "case.pdf",
        "application/pdf",
        120_034,
        "slack:F0CASE",
    )
    assert (shared.ref, shared.size_bytes) == ("slack:F0SHARED", None)


@pytest.mark.parametrize("subtype", [None, "thread_broadcast", "me_message"])
async def test_other_ways_to_say_something_are_messages(subtype: str | None) -> None:
    assert isinstance(await taken(event("message_channel", subtype=subtype)), MessageReceived)


async def test_an_edit_names_the_message_it_changed() -> None:
    edited = await taken(sample("slack", "message_changed"))
    assert isinstance(edited, MessageEdited)
    assert (edited.of, edited.text, edited.sender) == (ID, "Player 78 is stuck", SENDER)
    assert edited.message_id == f"{ID}.e1794999999.000000"
    assert edited.sent_at == utc(1_794_999_999)


@pytest.mark.parametrize("name", ["message_deleted", "message_deleted_with_thread"])
async def test_a_message_taken_back_is_named_also_where_a_thread_remains(name: str) -> None:
    deleted = await taken(sample("slack", name))
    assert isinstance(deleted, MessageDeleted)
    assert (deleted.of, deleted.message_id, deleted.sender) == (ID, f"{ID}.deleted", SENDER)
    assert deleted.sent_at == utc(1_794_999_999.0005)


async def test_a_retry_with_its_own_headers_is_the_same_event() -> None:
    doors = IngestDoors()
    body = SLACK.raw(SLACK.text())
    for number in ("0", "1"):
        headers = {**slack_headers(body, SLACK_SECRETS[0]), "X-Slack-Retry-Num": number}
        assert (await SLACK.post(doors, body, headers=headers)).status_code == 200
    first, second = doors.publisher.events
    assert first.id == second.id


@pytest.mark.parametrize(
    "ignored",
    [
        *samples("slack", "bot_message", "message_of_an_app", "message_of_ours", "slackbot"),
        *samples("slack", "message_replied", "message_changed_by_a_link", "channel_join"),
        *samples("slack", "app_uninstalled", "app_rate_limited", "reaction_added"),
        {**sample("slack", "message_channel"), "api_app_id": "A0OTHER"},
        {**sample("slack", "message_channel"), "team_id": "T0OTHER"},
        {**sample("slack", "message_channel"), "team_id": None},
        event("message_channel", text=""),
        event("message_channel", user=None),
        event("message_deleted", previous_message=None),
        event("message_deleted", previous_message={"user": "U0OURBOT", "ts": "1.2"}),
        event("message_changed", message=None),
        event("message_changed", message={"bot_id": "B1", "user": "U1", "ts": "1.2"}),
        {"type": "event_callback", "team_id": "T0PARTNER"},
    ],
)
async def test_what_no_customer_said_is_answered_200_and_counted(ignored: dict[str, Any]) -> None:
    doors = IngestDoors()
    answer = await SLACK.post(doors, ignored)
    assert answer.status_code == 200
    assert doors.publisher.confirmed == []
    assert doors.count(MESSAGES, channel="slack", outcome="ignored") == 1


async def test_where_no_workspace_is_listed_all_are_ours_and_their_ids_do_not_mix() -> None:
    doors = IngestDoors()
    for team in ("T1", "T2"):
        other = {**SLACK.text(), "team_id": team, "api_app_id": "A1"}
        assert (await SLACK.post(doors, other, account="anyone")).status_code == 200
    first, second = doors.publisher.events
    assert first.id != second.id


async def test_a_long_list_is_not_too_large_for_slacks_small_objects() -> None:
    item = {"type": "rich_text_section", "elements": [{"type": "text", "text": "one more"}]}
    listed = {"type": "rich_text_list", "elements": [item] * 500}
    blocks = [{"type": "rich_text", "elements": [listed]}]
    assert (await taken(event("message_channel", blocks=blocks))).text


@pytest.mark.parametrize(
    "broken",
    [
        event("message_channel", ts="soon"),
        event("message_channel", ts="1e9.1"),
        event("message_channel", channel="C0:DESK"),
        event("message_channel", user="U 1"),
        event("message_channel", event_ts=None),
        event("message_channel", files=["name"]),
        event("message_changed", message="text"),
        {**sample("slack", "message_channel"), "event": []},
        {"type": "x" * 65},
    ],
)
async def test_a_shape_that_slack_does_not_send_is_refused(broken: dict[str, Any]) -> None:
    doors = IngestDoors()
    answer = await SLACK.post(doors, broken)
    assert answer.status_code == 422
    assert doors.publisher.confirmed == []


async def test_a_message_of_no_workspace_is_refused() -> None:
    body = json.dumps({**SLACK.text(), "team_id": None}).encode()
    assert (await SLACK.post(IngestDoors(), body, account="anyone")).status_code == 422


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<https://a.test>", "https://a.test"),
        ("<https://a.test|https://a.test>", "https://a.test"),
        ("<https://a.test?x=1&amp;y=2|here>", "here (https://a.test?x=1&y=2)"),
        ("<mailto:a@b.test|a@b.test>", "a@b.test"),
        ("<tel:+37060000000|+37060000000>", "+37060000000"),
        ("<@U1> and <@U2|jonas> in <#C1|desk>, <#C2>", "@U1 and @jonas in #desk, #C2"),
        ("<!here> <!subteam^S1|@night> <!subteam^S2>", "@here @night @subteam"),
        ("<!date^1392734382^{date}|18 February>", "18 February"),
        ("<<<", "<<<"),
        ("1 < 2 and <unclosed", "1 < 2 and <unclosed"),
        ("<>", ""),
    ],
)
def test_markup_is_written_out_for_people(marked: str, shown: str) -> None:
    assert plain(marked) == shown
    assert len(shown) <= len(marked)
