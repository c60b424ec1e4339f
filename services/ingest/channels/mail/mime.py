"""A mail as it is on the wire, taken apart. Files are listed, never opened."""

import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from typing import Final

from services.ingest.channels.mail.charsets import decoded
from services.ingest.channels.mail.headers import LENIENT, Headers, one_line, unfolded
from services.ingest.channels.mail.message import Mail, Parts, understand
from services.ingest.errors import BadInput, Complaint
from shared.contracts.message_received_v1 import Attachment

# Far above what is published of a text; a parser's time grows with what it is given.
MAX_BODY_BYTES: Final = 256 * 1024

_MAX_PARTS: Final = 1_000
_MAX_LINES: Final = 1_000_000
_MAX_MULTIPARTS: Final = 64
_MULTIPART: Final = re.compile(rb"multipart/", re.IGNORECASE)
_TNEF: Final = ("application/ms-tnef", "application/vnd.ms-tnef")


def read_mail(raw: bytes, *, mail_from: str | None, received_at: datetime) -> Mail:
    """Understand a mail as far as it can be. Raises BadInput when it says not who sent it, or is
    nested beyond reason. mail_from: as of `understand`."""
    # the library's parser compares every line with the end of every part it is in
    if raw.count(b"\n") > _MAX_LINES or len(_MULTIPART.findall(raw)) > _MAX_MULTIPARTS:
        raise BadInput(Complaint("body", "too many lines or nested parts"))
    try:
        parts = take_apart(raw)
    except RecursionError:
        raise BadInput(Complaint("body", "too many lines or nested parts")) from None
    return understand(parts, mail_from=mail_from, received_at=received_at)


def take_apart(raw: bytes) -> Parts:
    """Raises RecursionError."""
    message: Message = message_from_bytes(raw, policy=LENIENT)
    leaves = list(_leaves(message))
    return Parts(
        headers=Headers.of(message),
        plain=_bodies(leaves, "text/plain"),
        html=_bodies(leaves, "text/html"),
        attachments=tuple(_attachments(leaves)),
        media_type=message.get_content_type(),
    )


def _leaves(message: Message) -> Iterator[Message]:
    """Parts with content of their own; a forwarded mail counts as one attachment."""
    waiting, seen = [message], 0
    while waiting and seen < _MAX_PARTS:
        part = waiting.pop()
        seen += 1
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            inner = part.get_payload()  # of any other part it would decode a text, and may fail
            assert isinstance(inner, list)
            waiting += [each for each in reversed(inner) if isinstance(each, Message)]
        else:
            yield part


def _bodies(leaves: list[Message], media_type: str) -> str:
    """Joined: a program that puts a picture between two paragraphs sends three parts."""
    texts = (
        _text(part)
        for part in leaves
        if part.get_content_type() == media_type and not _is_attachment(part)
    )
    return "\n".join(text for text in texts if text.strip())


def _text(part: Message) -> str:
    raw = _bytes(part)
    return decoded(raw or b"", _charset(part), limit=MAX_BODY_BYTES)


def _bytes(part: Message) -> bytes | None:
    try:
        raw = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - a transfer encoding that email trips over
        return None
    return raw if isinstance(raw, bytes) else None


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:  # noqa: BLE001 - as in headers
        return None


def _is_attachment(part: Message) -> bool:
    return _disposition(part) == "attachment" or bool(_file_name(part))


def _disposition(part: Message) -> str | None:
    try:
        return part.get_content_disposition()
    except Exception:  # noqa: BLE001 - as in headers
        return None


def _attachments(leaves: list[Message]) -> Iterator[Attachment]:
    for part in leaves:
        kind = part.get_content_type()
        if _is_attachment(part) or kind == "text/calendar" or not kind.startswith("text/"):
            raw = _bytes(part)
            yield Attachment(
                name=(_file_name(part) or ("winmail.dat" if kind in _TNEF else ""))[:256],
                media_type=one_line(kind)[:128],
                size_bytes=len(raw) if raw is not None else None,
            )


def _file_name(part: Message) -> str:
    try:
        return unfolded(part.get_filename() or "")
    except Exception:  # noqa: BLE001 - as in headers
        return "unreadable name"
