"""Every place at our doors where a customer can write, for tests that a card number stays outside.

A door adds itself by a line in DOORS: its name → what sends one text through it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiosmtpd.smtp import Envelope

from tests.fakes.ingest_doors import IngestDoors, message

Send = Callable[[IngestDoors, str], Awaitable[bool]]


def _form(**fields: Any) -> Send:
    """A form's body; `{}` in the fields stands for the text."""

    async def send(doors: IngestDoors, text: str) -> bool:
        return (await doors.post(message(**_filled(fields, text)))).status_code == 202

    return send


def _transcript(by: str) -> Send:
    async def send(doors: IngestDoors, text: str) -> bool:
        body = {"kind": "transcript", "message_id": "m-1", "sender": "u-7"}
        turns = [{"by": by, "text": text}]
        return (await doors.post({**body, "turns": turns})).status_code == 202

    return send


async def _edit(doors: IngestDoors, text: str) -> bool:
    body = {"kind": "edit", "message_id": "m-2", "sender": "u-7", "of": "m-1", "text": text}
    return (await doors.post(body)).status_code == 202


def _telegram(fields: Mapping[str, Any], kind: str = "message") -> Send:
    async def send(doors: IngestDoors, text: str) -> bool:
        person = {"id": 7, "first_name": "Ann"}
        said = {"message_id": 1, "chat": {"id": 7, "type": "private"}, "from": person, "date": 1}
        update = {"update_id": 1, kind: {**said, **_filled(dict(fields), text)}}
        return (await doors.telegram(update)).status_code == 200

    return send


def _mail(template: str) -> Send:
    """A mail as it comes; `{}` stands for the text."""

    async def send(doors: IngestDoors, text: str) -> bool:
        envelope = Envelope()
        envelope.mail_from = "ann@example.lt"
        envelope.rcpt_tos = ["support@croupier.test"]
        written = template.replace("{}", text).replace("\n", "\r\n")
        envelope.original_content = written.encode()
        answer = await doors.mail_door().handle_DATA(None, None, envelope)  # type: ignore[arg-type]
        return answer.startswith("250")

    return send


def _filled(value: Any, text: str) -> Any:
    match value:
        case str():
            return value.replace("{}", text)
        case dict():
            return {key: _filled(item, text) for key, item in value.items()}
        case list():
            return [_filled(item, text) for item in value]
        case _:
            return value


_FILE: Final = {"file_id": "f", "file_name": "{}.pdf"}
_FROM: Final = "From: Ann <ann@example.lt>\n"
_ATTACHED: Final = (
    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
    "Content-Type: text/plain; charset=utf-8\n\nhello\n--b\n"
)

DOORS: Final[Mapping[str, Send]] = {
    "form text": _form(text="card {} thanks"),
    "form subject": _form(subject="{}"),
    "form sender's name": _form(sender_name="Ann {}"),
    "form file name": _form(attachments=[{"name": "{}.jpg"}]),
    "form media type": _form(attachments=[{"media_type": "{}"}]),
    "form edit": _edit,
    "form transcript, customer": _transcript("customer"),
    "form transcript, bot": _transcript("bot"),
    "telegram text": _telegram({"text": "{}"}),
    "telegram edit": _telegram({"text": "{}"}, "edited_message"),
    "telegram caption": _telegram({"caption": "{}", "photo": [{"file_id": "f"}]}),
    "telegram contact's number": _telegram({"contact": {"phone_number": "{}", "first_name": "A"}}),
    "telegram contact's name": _telegram({"contact": {"phone_number": "1", "first_name": "{}"}}),
    "telegram file name": _telegram({"document": _FILE}),
    "telegram media type": _telegram({"document": {"file_id": "f", "mime_type": "{}"}}),
    "telegram sender's name": _telegram({"text": "hi", "from": {"id": 7, "first_name": "{}"}}),
    "mail subject": _mail(_FROM + "Subject: {}\n\nhello"),
    "mail text": _mail(_FROM + "Content-Type: text/plain; charset=utf-8\n\n{} is my card"),
    "mail html": _mail(_FROM + "Content-Type: text/html; charset=utf-8\n\n<p>my <b>{}</b></p>"),
    "mail sender's name": _mail("From: Ann {} <ann@example.lt>\n\nhello"),
    "mail file name": _mail(
        _FROM + _ATTACHED + 'Content-Disposition: attachment; filename="{}.pdf"\n\nx\n--b--'
    ),
}
