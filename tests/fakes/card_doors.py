"""Every place at our doors where a customer can write, for tests that a card number stays outside.

Each sample of what a provider posts is walked: any string of it may be replaced by a text. A door
that joins tests/fakes/knocks.py joins here by a sample.
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
from aiosmtpd.smtp import Envelope

from tests.fakes import meta
from tests.fakes.chat_providers import PROVIDERS, SAMPLES, Provider, sample
from tests.fakes.ingest_doors import IngestDoors, message
from tests.fakes.mail_posts import (
    Posted,
    by_mailgun,
    by_postmark,
    by_sendgrid,
    mailgun_parsed,
    postmark_mail,
    sendgrid_parsed,
    sendgrid_raw,
)
from tests.fakes.twilio import RECORDING, RECORDING_URL, Twilio, call, sms

SMTP: Final = "smtp"


@dataclass(frozen=True)
class Answer:
    """taken: whether the provider need not come again. said: to the provider."""

    taken: bool
    said: str


Path = tuple[str | int, ...]
Post = Callable[[IngestDoors, Any], Awaitable[Answer]]


@dataclass(frozen=True)
class Sample:
    """What a provider posts at a door. body: JSON, or the parts that `post` makes a body of."""

    door: str
    name: str
    body: Any
    post: Post

    def __str__(self) -> str:
        return f"{self.door} {self.name}"

    def filled(self, text: str) -> Iterator[tuple[str, Any]]:
        """Each place where a string stands, and the body with the text there."""
        for at in _strings(self.body):
            yield ".".join(map(str, at)), put(self.body, at, text)


def put(value: Any, at: Path, new: object) -> Any:
    """The same value with `new` at that place."""
    if not at:
        return new
    changed = value.copy()
    changed[at[0]] = put(value[at[0]], at[1:], new)
    return changed


def _strings(value: Any, at: Path = ()) -> Iterator[Path]:
    match value:
        case str():
            yield at
        case dict():
            for key, item in value.items():
                yield from _strings(item, (*at, key))
        case list():
            for index, item in enumerate(value):
                yield from _strings(item, (*at, index))
        case _:
            pass


async def _form(doors: IngestDoors, body: Any) -> Answer:
    return _of(await doors.post(body))


async def _telegram(doors: IngestDoors, update: Any) -> Answer:
    return _of(await doors.telegram(update))


def _by(provider: Provider) -> Post:
    async def post(doors: IngestDoors, body: Any) -> Answer:
        return _of(await provider.post(doors, body))

    return post


def _meta(path: str) -> Post:
    async def post(doors: IngestDoors, body: Any) -> Answer:
        return _of(await meta.deliver(doors, json.dumps(body).encode(), path))

    return post


def _twilio(path: str) -> Post:
    async def post(doors: IngestDoors, params: Any) -> Answer:
        return _of(await Twilio(doors).post(path, params))

    return post


async def _smtp(doors: IngestDoors, parts: Any) -> Answer:
    envelope = Envelope()
    envelope.mail_from = "ann@example.lt"
    envelope.rcpt_tos = ["support@croupier.test"]
    envelope.original_content = _mime(parts)
    answer = await doors.mail_door().handle_DATA(None, None, envelope)  # type: ignore[arg-type]
    return Answer(answer.startswith("250"), answer)


async def _sendgrid_raw(doors: IngestDoors, parts: Any) -> Answer:
    return _of(await by_sendgrid(doors, sendgrid_raw(_mime(parts))))


async def _sendgrid(doors: IngestDoors, fields: Any) -> Answer:
    return _of(await by_sendgrid(doors, _posted(fields)))


async def _mailgun(doors: IngestDoors, fields: Any) -> Answer:
    changes = {name: value.encode() for name, value in fields.items() if name != "token"}
    return _of(await by_mailgun(doors, mailgun_parsed(changes, token=fields["token"])))


async def _postmark(doors: IngestDoors, mail: Any) -> Answer:
    return _of(await by_postmark(doors, mail))


def _of(answer: httpx.Response) -> Answer:
    return Answer(answer.is_success, answer.text)


def _posted(fields: Any) -> Posted:
    return Posted([(name, value.encode()) for name, value in fields.items()])


def _fields(posted: Posted, *without: str) -> dict[str, str]:
    return {name: value.decode() for name, value in posted.fields if name not in without}


_PARTS: Final = {
    "name": "Ann",
    "subject": "money",
    "id": "<1@example.lt>",
    "answers": "<0@example.lt>",
    "text": "where is it?",
    "html": "<p>where is <b>it</b>?</p>",
    "file": "scan.pdf",
    "media": "application/pdf",
}


def _mime(parts: Any) -> bytes:
    """A mail of these parts: one without a text has its HTML read."""
    words = {
        media: f"--b\nContent-Type: text/{media}; charset=utf-8\n\n{parts[field]}\n"
        for media, field in (("plain", "text"), ("html", "html"))
        if parts[field]
    }
    written = (
        f"From: {parts['name']} <ann@example.lt>\nSubject: {parts['subject']}\n"
        f"Message-ID: {parts['id']}\nIn-Reply-To: {parts['answers']}\nMIME-Version: 1.0\n"
        f"Content-Type: multipart/mixed; boundary=b\n\n{''.join(words.values())}"
        f"--b\nContent-Type: {parts['media']}\n"
        f'Content-Disposition: attachment; filename="{parts["file"]}"\n\nx\n--b--\n'
    )
    return written.replace("\n", "\r\n").encode()


def _update(**said: Any) -> dict[str, Any]:
    person = {"id": 7, "first_name": "Ann", "last_name": "Lee", "username": "ann"}
    about = {"message_id": 1, "chat": {"id": 7, "type": "private"}, "from": person, "date": 1}
    return {"update_id": 1, "message": {**about, **said}}


_FILE: Final = {"file_id": "f", "file_name": "scan.pdf", "mime_type": "application/pdf"}
_TELEGRAM: Final = {
    "text": _update(text="hello"),
    "caption": _update(caption="look", photo=[{"file_id": "f"}]),
    "document": _update(document=_FILE),
    "contact": _update(contact={"phone_number": "1", "first_name": "B", "last_name": "C"}),
    "edit": {"update_id": 1, "edited_message": _update(text="hello")["message"]},
}
_SAID: Final = {"message_id": "m-1", "sender": "u-7"}
_FORM: Final = {
    "message": message(subject="s", sender_name="Ann", attachments=[{"name": "n", "ref": "r"}]),
    "media type": message(attachments=[{"name": "n", "media_type": "text/plain"}]),
    "transcript": {
        "kind": "transcript",
        "turns": [{"by": "bot", "text": "b"}, {"by": "customer", "text": "c"}],
        **_SAID,
    },
    "rating": {**_SAID, "kind": "rating", "score": 2, "comment": "slow"},
    "edit": {**_SAID, "kind": "edit", "message_id": "m-2", "of": "m-1", "text": "t"},
}
_TRANSCRIBED: Final = call(
    RecordingSid=RECORDING, RecordingUrl=RECORDING_URL, TranscriptionStatus="completed",
    TranscriptionText="hello", TranscriptionSid="TR" + "4" * 32,
)  # fmt: skip
_PICTURE: Final = sms(
    NumMedia="1", MediaUrl0="https://api.twilio.com/m/1", MediaContentType0="image/png",
    ProfileName="Ann",
)  # fmt: skip

SAMPLES_AT_DOORS: Final[tuple[Sample, ...]] = (
    *(Sample("form", name, body, _form) for name, body in _FORM.items()),
    *(Sample("telegram", name, body, _telegram) for name, body in _TELEGRAM.items()),
    *(
        Sample(each.name, path.stem, sample(each.name, path.stem), _by(each))
        for each in PROVIDERS
        for path in sorted((SAMPLES / each.name).glob("*.json"))
    ),
    *(
        Sample(door, name, meta.loaded(name), _meta(path))
        for door, path in meta.PATHS.items()
        for name in meta.names(door)
    ),
    Sample("twilio", "sms", sms(), _twilio("")),
    Sample("twilio", "picture", _PICTURE, _twilio("")),
    Sample("twilio", "transcription", _TRANSCRIBED, _twilio("/voice/transcription")),
    Sample(SMTP, "mail", _PARTS, _smtp),
    Sample(SMTP, "HTML alone", {**_PARTS, "text": ""}, _smtp),
    Sample("sendgrid", "raw", _PARTS, _sendgrid_raw),
    Sample("sendgrid", "parsed", _fields(sendgrid_parsed()), _sendgrid),
    Sample(
        "mailgun",
        "parsed",
        _fields(mailgun_parsed(), "timestamp", "signature"),
        _mailgun,
    ),
    Sample("postmark", "mail", postmark_mail(), _postmark),
    Sample(
        "postmark",
        "file",
        postmark_mail(
            Attachments=[{"Name": "a.png", "Content": "eA==", "ContentType": "image/png"}]
        ),
        _postmark,
    ),
)

_VK: Final = ("object", "message")
_X: Final = ("direct_message_events", 0)
_WHATSAPP: Final = ("entry", 0, "changes", 0, "value", "messages", 0)
_META: Final = ("entry", 0, "messaging", 0, "message")

TALKS: Final[dict[str, tuple[str, Path, Path, str | int]]] = {
    "form": ("message", ("text",), ("message_id",), "m-9"),
    "telegram": ("text", ("message", "text"), ("message", "message_id"), 9),
    "viber": ("text", ("message", "text"), ("message_token",), 4_912_661_846_655_238_149),
    "vk": ("message_new", (*_VK, "text"), (*_VK, "conversation_message_id"), 999),
    "x": (
        "message",
        (*_X, "message_create", "message_data", "text"),
        (*_X, "id"),
        "954491830116155999",
    ),
    "slack": ("message_im", ("event", "text"), ("event", "ts"), "1794999991.000200"),
    "whatsapp": ("whatsapp_text", (*_WHATSAPP, "text", "body"), (*_WHATSAPP, "id"), "wamid.9"),
    "messenger": ("messenger_text", (*_META, "text"), (*_META, "mid"), "m_9"),
    "instagram": ("instagram_text", (*_META, "text"), (*_META, "mid"), "m_9"),
    "twilio": ("sms", ("Body",), ("MessageSid",), "SM" + "9" * 32),
    SMTP: ("mail", ("text",), ("id",), "<9@example.lt>"),
    "sendgrid": ("raw", ("text",), ("id",), "<9@example.lt>"),
    "mailgun": ("parsed", ("body-plain",), ("token",), "b" * 50),
    "postmark": ("mail", ("TextBody",), ("Headers", 0, "Value"), "<9@example.lt>"),
}
"""Door → the sample of a message, where its text and its id are, and another id."""


def talk(door: str, first: str, second: str) -> list[tuple[Post, Any]]:
    """Two messages of one customer at a door."""
    name, text, number, other = TALKS[door]
    [said] = [each for each in SAMPLES_AT_DOORS if (each.door, each.name) == (door, name)]
    again = put(put(said.body, text, second), number, other)
    return [(said.post, put(said.body, text, first)), (said.post, again)]
