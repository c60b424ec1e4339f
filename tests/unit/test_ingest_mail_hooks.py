"""Mail by webhooks: whichever way it comes, it is the mail that SMTP would have brought."""

import base64
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.channels.mail import read_mail
from services.ingest.channels.mail_hooks.form import read_form
from services.ingest.errors import BadInput
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.clock import utc
from shared.runtime.metrics import MESSAGES
from tests.fakes.ingest_doors import NOW, IngestDoors
from tests.fakes.mail_posts import (
    BOUNDARY,
    RAW,
    Posted,
    by_mailgun,
    by_postmark,
    by_sendgrid,
    envelope,
    mailgun_parsed,
    postmark_mail,
    sendgrid_parsed,
    sendgrid_raw,
    signed_by_mailgun,
)

MULTIPART_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
Post = Callable[[IngestDoors], Awaitable[httpx.Response]]
SMTP_ID = read_mail(RAW, mail_from="jonas@example.lt", received_at=utc(NOW)).message_id

WAYS: dict[str, Post] = {
    "sendgrid, whole": lambda doors: by_sendgrid(doors, sendgrid_raw()),
    "sendgrid, parsed": lambda doors: by_sendgrid(doors, sendgrid_parsed()),
    "mailgun, parsed": lambda doors: by_mailgun(doors, mailgun_parsed()),
    "mailgun, multipart": lambda doors: by_mailgun(doors, mailgun_parsed(), multipart=True),
    "mailgun, whole": lambda doors: by_mailgun(
        doors, mailgun_parsed({"body-mime": RAW, "message-headers": b""})
    ),
    "postmark": lambda doors: by_postmark(doors, postmark_mail()),
    "postmark, whole": lambda doors: by_postmark(
        doors, postmark_mail(RawEmail=RAW.decode(), TextBody="")
    ),
}


async def received(post: Post) -> MessageReceived:
    doors = IngestDoors()
    answer = await post(doors)
    assert answer.status_code == 200, answer.text
    [event] = doors.publisher.events
    assert isinstance(event.data, MessageReceived)
    assert answer.json() == {"accepted": [event.data.entry_id]}
    return event.data


@pytest.mark.parametrize("way", WAYS)
async def test_a_mail_is_the_same_whichever_way_it_comes(way: str) -> None:
    event = await received(WAYS[way])
    assert (event.channel, event.account, event.sender) == ("mail", "support", "jonas@example.lt")
    assert (event.subject, event.text) == ("Money", "Kur mano pinigai?")
    assert (event.sender_name, event.auto_reply) == ("Jonas", False)
    assert event.sent_at.isoformat() == "2026-11-18T08:00:00+00:00"
    if "mailgun" not in way:  # which signs no more than a token
        assert event.message_id == SMTP_ID


@pytest.mark.parametrize("way", WAYS)
async def test_a_repetition_is_the_same_message(way: str) -> None:
    assert (await received(WAYS[way])).entry_id == (await received(WAYS[way])).entry_id


@pytest.mark.parametrize("way", WAYS)
async def test_a_mail_that_is_not_durable_is_answered_503(way: str) -> None:
    doors = IngestDoors()
    doors.publisher.mode = "fail"
    assert (await WAYS[way](doors)).status_code == 503


async def test_each_mailbox_of_the_envelope_gets_the_mail_once() -> None:
    doors = IngestDoors()
    to = envelope("Support+7@croupier.test", "help@croupier.test", "complaints@croupier.test")
    await by_sendgrid(doors, sendgrid_raw(envelope=to))
    accounts = [event.data.model_dump()["account"] for event in doors.publisher.events]
    assert accounts == ["support", "complaints"]


async def test_a_mail_to_none_of_the_mailboxes_is_ignored_or_for_the_one_that_takes_others() -> (
    None
):
    doors = IngestDoors()
    answer = await by_sendgrid(doors, sendgrid_raw(envelope=envelope("sales@croupier.test")))
    assert (answer.status_code, doors.publisher.confirmed) == (200, [])
    assert doors.count(MESSAGES, channel="sendgrid", outcome="ignored") == 1
    others = await received(
        lambda doors: by_postmark(doors, postmark_mail(ToFull=[], OriginalRecipient="x@y.z"))
    )
    assert others.account == "support"


@pytest.mark.parametrize("broken", [b"", b"{}x", b'{"to": 7}', b"[]"])
async def test_without_an_envelope_the_head_says_whose_mail_it_is(broken: bytes) -> None:
    posted = sendgrid_raw(envelope=broken, to=b"Help <help@croupier.test>")
    assert (await received(lambda doors: by_sendgrid(doors, posted))).account == "support"


async def test_a_bounce_and_a_loop_are_known_as_automatic() -> None:
    bounce = sendgrid_raw(envelope=envelope(sender=""))
    assert (await received(lambda doors: by_sendgrid(doors, bounce))).auto_reply
    ours = RAW.replace(b"jonas@example.lt", b"complaints@croupier.test")
    assert (await received(lambda doors: by_sendgrid(doors, sendgrid_raw(ours)))).auto_reply


@pytest.mark.parametrize(
    ("charset", "words"),
    [("koi8-r", "Где деньги"), ("windows-1257", "Kur pinigų žūklė"), ("iso-8859-9", "Paramı şu")],
)
async def test_sendgrids_text_is_in_the_charset_it_names(charset: str, words: str) -> None:
    charsets = f'{{"text": "{charset}", "html": "{charset}"}}'.encode()
    plain = sendgrid_parsed(text=words.encode(charset), charsets=charsets)
    assert (await received(lambda doors: by_sendgrid(doors, plain))).text == words
    html = sendgrid_parsed(text=b"", html=f"<p>{words}</p>".encode(charset), charsets=charsets)
    assert (await received(lambda doors: by_sendgrid(doors, html))).text == words


async def test_sendgrids_files_keep_the_names_of_the_mail() -> None:
    info = '{"attachment1": {"filename": "выписка.pdf", "type": "application/pdf"}}'.encode()
    posted = sendgrid_parsed(**{"attachment-info": info, "attachments": b"1"})
    posted.files.append(("attachment1", "_.pdf", "application/octet-stream", b"x" * 9))
    [file] = (await received(lambda doors: by_sendgrid(doors, posted))).attachments
    assert (file.name, file.media_type, file.size_bytes) == ("выписка.pdf", "application/pdf", 9)


@pytest.mark.parametrize("multipart", [False, True])
async def test_mailguns_text_is_utf_8(multipart: bool) -> None:
    posted = mailgun_parsed({"body-plain": "Где мои деньги?".encode()})
    event = await received(lambda doors: by_mailgun(doors, posted, multipart=multipart))
    assert event.text == "Где мои деньги?"


async def test_mailguns_files_are_listed() -> None:
    posted = mailgun_parsed({"attachment-count": b"1"})
    posted.files.append(("attachment-1", "a b.png", "image/png", b"\r\n--\r\nx"))
    event = await received(lambda doors: by_mailgun(doors, posted, multipart=True))
    [file] = event.attachments
    assert (file.name, file.media_type, file.size_bytes) == ("a b.png", "image/png", 7)


async def test_postmarks_files_are_listed_however_large() -> None:
    content = base64.b64encode(bytes(100_001)).decode()
    files = [{"Name": "a.pdf", "ContentType": "application/pdf", "Content": content}]
    event = await received(lambda doors: by_postmark(doors, postmark_mail(Attachments=files)))
    [file] = event.attachments
    assert (file.name, file.media_type, file.size_bytes) == ("a.pdf", "application/pdf", 100_001)


async def test_a_mail_without_a_message_id_has_that_of_postmark() -> None:
    async def id_of(postmarks: str) -> str:
        mail = postmark_mail(Headers=[], MessageID=postmarks)
        return (await received(lambda doors: by_postmark(doors, mail))).message_id

    ids = [await id_of(each) for each in ("one", "one", "two")]
    assert ids[0] == ids[1] != ids[2]


async def test_what_else_postmark_tells_is_ignored() -> None:
    doors = IngestDoors()
    answer = await by_postmark(doors, {"RecordType": "Bounce", "Email": "a@b.c"})
    assert (answer.status_code, doors.publisher.confirmed) == (200, [])


async def test_a_mail_from_nobody_is_refused_by_name_of_the_field() -> None:
    raw = RAW.replace(b"From: Jonas <jonas@example.lt>\r\n", b"")
    answer = await by_sendgrid(IngestDoors(), sendgrid_raw(raw, envelope=envelope(sender="")))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "From")


async def test_a_mail_of_thirty_megabytes_is_taken_and_one_above_the_limit_is_not() -> None:
    file = base64.encodebytes(bytes(20 * 1024 * 1024)).replace(b"\n", b"\r\n")
    mixed = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfilm\r\n--b\r\n"
        b"Content-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    raw = RAW.partition(b"Content-Type")[0] + mixed + file + b"--b--\r\n"
    event = await received(lambda doors: by_sendgrid(doors, sendgrid_raw(raw)))
    assert event.attachments[0].size_bytes == 20 * 1024 * 1024
    large = sendgrid_raw(bytes(36 * 1024 * 1024))
    assert (await by_sendgrid(IngestDoors(), large)).status_code == 413


@pytest.mark.parametrize(
    "broken", ["", "--x", f"--{BOUNDARY}\r\n", f"--{BOUNDARY}\r\nX: y\r\n\r\nz"]
)
async def test_a_form_that_is_none_is_refused(broken: str) -> None:
    body = broken.encode()
    answer = await by_sendgrid(IngestDoors(), Posted([]), body=body)
    assert answer.status_code == 401  # it was not signed
    with pytest.raises(BadInput):
        read_form(MULTIPART_TYPE, body)


def test_a_form_of_too_many_fields_is_refused() -> None:
    many = Posted([("a", b"")] * 1_001)
    with pytest.raises(BadInput):
        read_form(MULTIPART_TYPE, many.multipart())
    with pytest.raises(BadInput):
        read_form("application/x-www-form-urlencoded", b"&".join([b"a="] * 1_001))


@given(body=st.binary(max_size=300), around=st.booleans())
def test_any_bytes_are_a_form_or_are_not(body: bytes, around: bool) -> None:
    dashes = b"--" + BOUNDARY.encode()
    whole = dashes + b"\r\n" + body + b"\r\n" + dashes + b"--\r\n" if around else body
    for media in (MULTIPART_TYPE, "application/x-www-form-urlencoded"):
        with suppress(BadInput):
            read_form(media, whole)


words = st.text(max_size=30) | st.sampled_from(
    ["", "\0", "a@b.c", "=?utf-8?b?//?=", "<" * 20, "[]"]
)
FIELDS = (
    *("headers", "text", "html", "envelope", "charsets", "attachment-info", "email", "from"),
    *("subject", "message-headers", "body-mime", "body-plain", "sender", "recipient"),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


def honest(answer: httpx.Response, doors: IngestDoors) -> None:
    assert answer.status_code == 200 or 400 <= answer.status_code < 500
    assert answer.status_code == 200 or doors.publisher.confirmed == []


@given(fields=st.dictionaries(st.sampled_from(FIELDS), words, max_size=8))
async def test_any_fields_are_taken_whole_or_refused(fields: dict[str, str]) -> None:
    changes = {name: value.encode("utf-8", "replace") for name, value in fields.items()}
    doors = IngestDoors()
    honest(await by_sendgrid(doors, sendgrid_parsed(**changes)), doors)
    doors = IngestDoors()
    honest(await by_mailgun(doors, mailgun_parsed(changes)), doors)


@given(changes=st.dictionaries(st.sampled_from(list(postmark_mail())), json_values, max_size=4))
async def test_any_json_of_postmark_is_taken_whole_or_refused(changes: dict[str, Any]) -> None:
    doors = IngestDoors()
    honest(await by_postmark(doors, postmark_mail(**changes)), doors)


async def test_a_header_of_the_mail_called_token_does_not_hide_mailguns() -> None:
    posted = mailgun_parsed()
    proof = [each for each in posted.fields if each[0] in ("timestamp", "token", "signature")]
    rest = [each for each in posted.fields if each not in proof]
    theirs = [("token", b"from a header"), ("signature", b"Jonas")]
    for fields in ([*theirs, *rest, *proof], [*proof, *rest, ("timestamp", b"1"), *theirs]):
        event = await received(lambda doors, f=fields: by_mailgun(doors, Posted(f)))  # type: ignore[misc]
        assert event.message_id == (await received(WAYS["mailgun, parsed"])).message_id


async def test_a_token_played_again_with_another_mail_is_no_other_message() -> None:
    genuine = await received(lambda doors: by_mailgun(doors, mailgun_parsed()))
    forged = await received(
        lambda doors: by_mailgun(doors, mailgun_parsed({"body-plain": b"Pay me", "from": b"a@b.c"}))
    )
    assert forged.entry_id == genuine.entry_id  # and the sorter puts the second body aside
    elsewhere = IngestDoors()
    moved = mailgun_parsed({"recipient": b"complaints@croupier.test"})
    await by_mailgun(elsewhere, moved)
    assert elsewhere.publisher.confirmed == []


async def test_digits_moved_between_time_and_token_are_no_other_proof() -> None:
    posted = signed_by_mailgun(Posted([]), token="1" * 50)
    fields = dict(posted.fields)
    for at in (-1, 1):
        both = fields["timestamp"] + fields["token"]
        moved = {**fields, "timestamp": both[: 10 + at], "token": both[10 + at :]}
        answer = await by_mailgun(IngestDoors(), Posted(list(moved.items())))
        assert answer.status_code == 401
