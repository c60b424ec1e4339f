"""A mail becomes a message.

The id is a hash of Message-ID, sender, subject and text: the same mail by another path is the same
message, and two mails under one Message-ID (broken senders, forgers) stay two. The sender is the
From address, which anybody can write: mail never vouches for a customer.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from email.utils import parseaddr, parsedate_to_datetime
from typing import Final

from services.ingest.channels.html_text import html_to_text
from services.ingest.errors import BadInput, Complaint
from shared.contracts.message_received_v1 import Attachment, MessageReceived

CHANNEL: Final = "mail"

# A longer text is cut: refusing the mail would lose what its beginning says.
_MAX_TEXT: Final = 40_000
_CUT_MARK: Final = "\n[… cut]"
_MAX_ATTACHMENTS: Final = 32
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Mail:
    """What we understand of a mail, before it is known which of our mailboxes it is for."""

    sender: str
    sender_name: str | None = field(repr=False)
    message_id: str
    sent_at: datetime
    subject: str | None = field(repr=False)
    text: str = field(repr=False)
    attachments: tuple[Attachment, ...]
    auto_reply: bool


def read_mail(raw: bytes, *, mail_from: str, received_at: datetime) -> Mail:
    """Understand a mail as far as it can be. Raises BadInput when it says not who sent it."""
    message = message_from_bytes(raw, policy=default_policy)
    assert isinstance(message, EmailMessage)
    name, address = parseaddr(_header(message, "From"))
    sender = _one_line(address or mail_from.strip("<>")).lower()
    if not 0 < len(sender) <= 256:
        raise BadInput(Complaint("From", "the mail says not who sent it"))
    subject = _one_line(_header(message, "Subject"))[:998]
    text = _text(message)
    return Mail(
        sender=sender,
        sender_name=_one_line(name)[:128] or None,
        message_id=_digest(_header(message, "Message-ID").strip(), sender, subject, text),
        sent_at=_date(_header(message, "Date"), received_at),
        subject=subject or None,
        text=text,
        attachments=tuple(_attachments(message))[:_MAX_ATTACHMENTS],
        auto_reply=_is_automatic(message, mail_from),
    )


def to_event(mail: Mail, account: str) -> MessageReceived:
    """The mail as it arrived at one of our mailboxes."""
    return MessageReceived(
        channel=CHANNEL,
        account=account,
        sender=mail.sender,
        message_id=mail.message_id,
        sent_at=mail.sent_at,
        auto_reply=mail.auto_reply,
        text=mail.text,
        subject=mail.subject,
        sender_name=mail.sender_name,
        attachments=mail.attachments,
    )


def _header(message: EmailMessage, name: str) -> str:
    """A header as text; the parser of a structured header may fail on what strangers send."""
    try:
        return str(message.get(name, ""))
    except Exception:  # noqa: BLE001 - email's header parser raises whatever it trips over
        raw = dict(message.raw_items()).get(name, "")
        return str(raw)


def _one_line(value: str) -> str:
    return " ".join(_CONTROLS.sub(" ", value).split())


def _text(message: EmailMessage) -> str:
    plain = _first_body(message, "text/plain")
    if plain is not None:
        text = _decoded(plain)
    else:
        html = _first_body(message, "text/html")
        text = html_to_text(_decoded(html)) if html is not None else ""
    text = _CONTROLS.sub("", text.replace("\r\n", "\n")).strip()
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + _CUT_MARK


def _first_body(message: EmailMessage, media_type: str) -> EmailMessage | None:
    return next(
        (
            part
            for part in _leaves(message)
            if part.get_content_type() == media_type and not _is_attachment(part)
        ),
        None,
    )


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """Parts with content of their own; a forwarded mail counts as one attachment."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting += [each for each in reversed(inner) if isinstance(each, EmailMessage)]
        else:
            yield part


def _decoded(part: EmailMessage) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    for charset in (part.get_content_charset(), "utf-8"):
        try:
            return raw.decode(charset or "utf-8")
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")


def _is_attachment(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    for part in _leaves(message):
        if _is_attachment(part) or part.get_content_maintype() != "text":
            raw = part.get_payload(decode=True)
            yield Attachment(
                name=_file_name(part)[:256],
                media_type=_one_line(part.get_content_type())[:128],
                size_bytes=len(raw) if isinstance(raw, bytes) else None,
            )


def _file_name(part: EmailMessage) -> str:
    try:
        return _one_line(part.get_filename() or "")
    except Exception:  # noqa: BLE001 - as in _header
        return "unreadable name"


def _date(value: str, received_at: datetime) -> datetime:
    """The mail's own date; where it has none, or one from the future, the time of arrival."""
    try:
        sent_at = parsedate_to_datetime(value)
        sent_at = sent_at.replace(tzinfo=UTC) if sent_at.tzinfo is None else sent_at
        return min(sent_at.astimezone(UTC), received_at)
    except (ValueError, TypeError, OverflowError, IndexError):
        return received_at


def _is_automatic(message: EmailMessage, mail_from: str) -> bool:
    """RFC 3834, and what senders did before it."""
    submitted = _header(message, "Auto-Submitted").strip().lower()
    return (
        submitted not in ("", "no")
        or mail_from.strip("<>") == ""
        or _header(message, "Precedence").strip().lower() in ("auto_reply", "bulk", "junk")
        or bool(_header(message, "X-Autoreply") or _header(message, "X-Autorespond"))
    )


def _digest(*parts: str) -> str:
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:40]
