"""Who may post mail: what SendGrid, Mailgun and Postmark prove, and what they do not."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.ingest.channels.adapter import ChannelAdapter, RawRequest
from services.ingest.channels.mail_hooks.sendgrid import SendGridAccount, SendGridChannel
from services.ingest.errors import Unauthenticated
from services.ingest.mailboxes import Mailboxes
from shared.runtime.clock import utc
from tests.fakes.ingest_doors import (
    ADDRESSES,
    NOW,
    OLD_MAILGUN_KEY,
    OLD_POSTMARK_LOGIN,
    OLD_SENDGRID_KEY,
    POSTMARK_LOGIN,
    IngestDoors,
)
from tests.fakes.mail_posts import (
    Posted,
    by_mailgun,
    by_postmark,
    by_sendgrid,
    mailgun_parsed,
    postmark_mail,
    sendgrid_raw,
    signed_by_mailgun,
)

# From the tests of SendGrid's own Python library: key, signature, time and body.
THEIR_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+"
    "2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
)
THEIR_SIGNATURE = (
    "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtE"
    "ZtM="
)
THEIR_TIME = "1600112502"
THEIR_BODY = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)


def sent_by_sendgrid(**changes: Any) -> RawRequest:
    fields: dict[str, Any] = {"body": THEIR_BODY, "at": int(THEIR_TIME), **changes}
    headers = {
        "x-twilio-email-event-webhook-signature": THEIR_SIGNATURE,
        "x-twilio-email-event-webhook-timestamp": THEIR_TIME,
    }
    return RawRequest("inbound", headers, fields["body"], utc(fields["at"]))


def test_what_sendgrid_itself_signed_is_genuine_and_nothing_else_is() -> None:
    account = SendGridAccount(mailboxes=Mailboxes(ADDRESSES), public_keys=[THEIR_KEY])
    made: Callable[..., ChannelAdapter] = SendGridChannel
    channel = made({"inbound": account})
    assert channel.verify(sent_by_sendgrid()) == "inbound"
    assert channel.verify(sent_by_sendgrid(at=int(THEIR_TIME) + 300)) == "inbound"
    for changes in ({"body": THEIR_BODY[:-2]}, {"at": int(THEIR_TIME) + 301}):
        with pytest.raises(Unauthenticated):
            channel.verify(sent_by_sendgrid(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": ""},
        {"signature": "AAAA"},
        {"signature": "подпись".encode()},
        {"signature": base64.b64encode(b"0" * 70).decode()},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"account": "other"},
        {"timestamp": str(int(NOW) - 301)},
        {"timestamp": str(int(NOW) + 301)},
        {"timestamp": "soon"},
        {"timestamp": f" {int(NOW)}x"},
        {"timestamp": "9" * 400},
        {"body": b"another"},
    ],
)
async def test_a_request_that_sendgrid_did_not_sign_is_answered_401(changes: Any) -> None:
    doors = IngestDoors()
    answer = await by_sendgrid(doors, sendgrid_raw(), **changes)
    assert (answer.status_code, doors.publisher.confirmed) == (401, [])


async def test_both_keys_of_sendgrid_count_while_one_is_replaced() -> None:
    answer = await by_sendgrid(IngestDoors(), sendgrid_raw(), key=OLD_SENDGRID_KEY)
    assert answer.status_code == 200


async def test_a_header_that_comes_twice_lets_nobody_in() -> None:
    doors = IngestDoors()
    posted = sendgrid_raw()
    async with doors.client() as client:
        name = "X-Twilio-Email-Event-Webhook-Signature"
        answer = await client.post(
            "/v1/sendgrid/inbound",
            content=posted.multipart(),
            headers=[
                ("Content-Type", "multipart/form-data; boundary=xYzZY"),
                (name, "AAAA"),
                (name, "BBBB"),
                ("X-Twilio-Email-Event-Webhook-Timestamp", str(int(NOW))),
            ],
        )
        twice = await client.post(
            "/v1/postmark/inbound",
            json=postmark_mail(),
            headers=[("Authorization", "Basic AAAA"), ("Authorization", "Basic BBBB")],
        )
    assert (answer.status_code, twice.status_code) == (401, 401)


@pytest.mark.parametrize("key", ["", "not base64!", THEIR_KEY[:-4], "AAAA", 7, "ed25519", "p384"])
def test_a_key_that_is_none_is_named_at_the_start(key: Any) -> None:
    if key == "p384":
        key = ec.generate_private_key(ec.SECP384R1()).public_key()
    with pytest.raises(ValueError, match=r"public_keys\.0|public key|P-256"):
        SendGridAccount(mailboxes=Mailboxes(ADDRESSES), public_keys=[key])


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": b""},
        {"signature": "подпись".encode()},
        {"token": b"another"},
        {"token": b""},
        {"timestamp": b"soon"},
        {"timestamp": b"9999999999"},
        {"timestamp": "１７９５００００００".encode()},
    ],
)
async def test_a_request_that_mailgun_did_not_sign_is_answered_401(
    changes: dict[str, bytes],
) -> None:
    doors = IngestDoors()
    posted = Posted(list({**dict(mailgun_parsed().fields), **changes}.items()))
    answer = await by_mailgun(doors, posted)
    assert (answer.status_code, doors.publisher.confirmed) == (401, [])


@pytest.mark.parametrize("absent", ["timestamp", "token", "signature"])
async def test_a_request_without_a_part_of_mailguns_proof_is_answered_401(absent: str) -> None:
    posted = Posted([each for each in mailgun_parsed().fields if each[0] != absent])
    assert (await by_mailgun(IngestDoors(), posted)).status_code == 401


@pytest.mark.parametrize(("age", "status"), [(0, 200), (86_400, 200), (86_401, 401), (-301, 401)])
async def test_mailguns_proof_counts_for_a_day(age: int, status: int) -> None:
    fields = [each for each in mailgun_parsed().fields if each[0] not in PROOF]
    posted = signed_by_mailgun(Posted(fields), token="b" * 50, timestamp=str(int(NOW) - age))
    assert (await by_mailgun(IngestDoors(), posted)).status_code == status


PROOF = ("timestamp", "token", "signature")


async def test_both_keys_of_mailgun_count_and_those_of_no_other_account() -> None:
    fields = [each for each in mailgun_parsed().fields if each[0] not in PROOF]
    posted = signed_by_mailgun(Posted(fields), token="c" * 50, key=OLD_MAILGUN_KEY)
    assert (await by_mailgun(IngestDoors(), posted)).status_code == 200
    assert (await by_mailgun(IngestDoors(), posted, account="other")).status_code == 401


@pytest.mark.parametrize("login", ["", "postmark:", "postmark:wrong", b"\xff\xfe", "пароль"])
async def test_a_wrong_password_of_postmark_is_answered_401(login: Any) -> None:
    doors = IngestDoors()
    answer = await by_postmark(doors, postmark_mail(), login=login)
    assert (answer.status_code, doors.publisher.confirmed) == (401, [])


@pytest.mark.parametrize("value", [b"Basic", b"Basic !!", b"Bearer abc", b"\xff\xff", b""])
async def test_credentials_that_are_none_are_answered_401(value: bytes) -> None:
    answer = await IngestDoors().post(
        postmark_mail(), path="/v1/postmark/inbound", headers={"Authorization": value}
    )
    assert answer.status_code == 401


async def test_both_passwords_of_postmark_count_and_those_of_no_other_account() -> None:
    old = await by_postmark(IngestDoors(), postmark_mail(), login=OLD_POSTMARK_LOGIN)
    assert old.status_code == 200
    other = await by_postmark(IngestDoors(), postmark_mail(), login=POSTMARK_LOGIN, account="other")
    assert other.status_code == 401
