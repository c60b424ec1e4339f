"""Whatever strangers send: an answer, never a 5xx of ours, never an acknowledged bad event."""

import asyncio
import json
import string
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.channels.mail import read_mail, to_event
from services.ingest.errors import BadInput
from shared.contracts import decode
from shared.runtime.clock import utc
from tests.fakes.ingest_doors import BOT_SECRET, NOW, SITE_KEY, IngestDoors, message

PATHS = {"/v1/messages": 202, "/v1/telegram/lucky_bot": 200}
SECRETS = {
    "X-Api-Key": SITE_KEY,
    "X-Telegram-Bot-Api-Secret-Token": BOT_SECRET,
    "Content-Type": "application/json",
}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(
        ["", "\0", "4111111111111111", "٤١١١ ١١١١ ١١١١ ١١١١", "2026-11-22T10:00:00Z"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)

FORM_FIELDS = (
    *("kind", "message_id", "sender", "text", "sent_at", "subject", "customer", "of", "more"),
    *("sender_name", "lang_hint", "in_reply_to", "attachments", "turns", "reason"),
)
form_bodies = st.fixed_dictionaries({}, optional=dict.fromkeys(FORM_FIELDS, json_values)).map(
    lambda changes: {**message(), **changes}
)

telegram_parts = st.fixed_dictionaries(
    {"message_id": st.just(1) | json_values, "chat": st.just({"id": 1, "type": "private"})},
    optional={
        "from": st.just({"id": 1}) | json_values,
        "date": st.just(1) | json_values,
        "text": st.text(max_size=40) | json_values,
        **{
            name: json_values | st.fixed_dictionaries({"file_id": st.text(max_size=300)})
            for name in ("photo", "document", "voice", "sticker", "contact", "location")
        },
        "reply_to_message": json_values,
        "edit_date": json_values,
    },
)
telegram_bodies = st.fixed_dictionaries(
    {"update_id": st.just(1) | json_values},
    optional={
        "message": telegram_parts | json_values,
        "edited_message": telegram_parts | json_values,
        "my_chat_member": json_values,
    },
)


def dumps(value: Any) -> bytes:
    """JSON as a careless sender writes it: NaN, huge numbers and lone surrogates included."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, orjson.JSONEncodeError):
        return json.dumps(value).encode()


def answer_to(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, IngestDoors]:
    async def ask() -> tuple[int, IngestDoors]:
        doors = IngestDoors()
        answer = await doors.post(content=body, path=path, headers=headers)
        return answer.status_code, doors

    return asyncio.run(ask())


def assert_honest(path: str, body: bytes, headers: dict[str, str] = SECRETS) -> None:
    status, doors = answer_to(path, body, headers)
    assert status == PATHS[path] or 400 <= status < 500
    if status >= 400:
        assert doors.publisher.confirmed == []
    for record in doors.publisher.confirmed:
        event = decode(record.value)
        assert record.key == event.data.key.encode()
        words = event.data.model_dump(include={"text", "subject", "sender_name", "turns"})
        assert "4111111111111111" not in str(words)


@given(body=form_bodies)
@settings(max_examples=150)
def test_any_form_body_is_accepted_whole_or_refused(body: dict[str, Any]) -> None:
    assert_honest("/v1/messages", dumps(body))


@given(body=telegram_bodies)
@settings(max_examples=150)
def test_any_telegram_update_is_accepted_whole_or_refused(body: dict[str, Any]) -> None:
    assert_honest("/v1/telegram/lucky_bot", dumps(body))


@given(body=st.binary(max_size=400), path=st.sampled_from(list(PATHS)))
@settings(max_examples=100)
def test_any_bytes_are_answered(body: bytes, path: str) -> None:
    assert_honest(path, body)


CORPUS = {
    "truncated": b'{"message_id": "1", "sender": "u", "te',
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep lists": b'{"text":' + b"[" * 10_000,
    "huge integer": b'{"message_id": ' + b"9" * 5_000 + b"}",
    "huge exponent": b'{"size": 1e99999}',
    "not a number": b'{"text": NaN}',
    "infinity": b'{"text": Infinity}',
    "lone surrogate": b'{"message_id": "1", "sender": "u", "text": "\\ud83d"}',
    "nul": b'{"message_id": "1\\u0000", "sender": "u", "text": "a"}',
    "raw nul": b'{"text": "a\x00"}',
    "overlong utf-8": b'{"text": "\xc0\xaf"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"text": "a"}'.encode("utf-16"),
    "twice": b"{}{}",
    "null": b"null",
    "gzip": b"\x1f\x8b\x08\x00",
    "many keys": b"{" + b",".join(b'"%d":1' % n for n in range(3_000)) + b"}",
}


@pytest.mark.parametrize("name", CORPUS)
@pytest.mark.parametrize("path", PATHS)
def test_malformed_json_is_refused(path: str, name: str) -> None:
    status, doors = answer_to(path, CORPUS[name], SECRETS)
    assert 400 <= status < 500
    assert doors.publisher.confirmed == []


@given(
    secret=st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=80),
    path=st.sampled_from(list(PATHS)),
)
@settings(max_examples=100)
def test_no_forged_secret_opens_a_door(secret: str, path: str) -> None:
    raw = secret.encode("latin-1")
    forged: Any = {
        "X-Api-Key": raw,
        "Authorization": b"Bearer " + raw,
        "X-Telegram-Bot-Api-Secret-Token": raw,
    }
    status, doors = answer_to(path, orjson.dumps(message()), forged)
    assert status == 401
    assert doors.publisher.confirmed == []


header_names = st.sampled_from(
    [
        *("From", "Subject", "Date", "Message-ID", "Content-Type", "Content-Disposition", "To"),
        *("Content-Transfer-Encoding", "Auto-Submitted", "MIME-Version", "Precedence"),
    ]
)
header_values = st.text(string.printable, max_size=60) | st.sampled_from(
    [
        "=?utf-8?b?////?=",
        "=?x-none?q?=FF?=",
        "a@b.c, <",
        '"unclosed <a@b.c>',
        "multipart/mixed; boundary=b",
        'multipart/mixed; boundary=""',
        "text/html; charset=\xff",
        "text/plain; charset=utf-7",
        "attachment; filename*=utf-8''%ff%fe",
        "message/rfc822",
        "base64",
        "uuencode",
        "Mon, 99 Foo 99999 99:99:99 +9999",
        "<>",
    ]
)
lines = st.tuples(header_names, header_values).map(
    lambda pair: f"{pair[0]}: {pair[1]}".encode("latin-1", "replace")
)


@given(headers=st.lists(lines, max_size=8), body=st.binary(max_size=300))
@settings(max_examples=300)
def test_any_mail_is_understood_or_refused(headers: list[bytes], body: bytes) -> None:
    raw = b"\r\n".join([*headers, b"", body, b"--b", b"", body, b"--b--"])
    try:
        mail = read_mail(raw, mail_from="a@b.c", received_at=utc(NOW))
    except BadInput:
        return
    event = to_event(mail, "support")
    assert event.sent_at <= utc(NOW)
    assert len(event.text) <= 65_536
