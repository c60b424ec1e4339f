"""A reply as a mail: RFC 5322, text in UTF-8 as quoted-printable. Everything in it is ASCII.

The headers are written here and not by `email.message`, which folds a long Message-ID into
something that is none.
"""

import quopri
import re
from email.header import Header
from email.utils import format_datetime, formataddr
from hashlib import sha256
from typing import Final

from services.ingest.channels.mail.headers import one_line
from services.ingest.courier.delivery import Delivery
from services.ingest.courier.sender import Unsendable
from shared.runtime.clock import utc

# Of RFC 5321 without quotes, comments and literals: those are hardly anybody's address, and read
# differently by every program.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_ANSWERED: Final = re.compile(
    r"^\s*(re|aw|sv|ynt|yan|отв|ответ|ats)\s*(\[\d+\])?\s*:", re.IGNORECASE
)
_MESSAGE_ID: Final = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,500}>")
_LONGEST_SUBJECT: Final = 900


def address(text: str) -> str:
    """As it goes into an envelope: a domain in letters of its own is written in ASCII. Raises
    Unsendable."""
    local, at, domain = text.strip().rpartition("@")
    try:
        found = f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        found = ""
    if not _ADDRESS.fullmatch(found) or len(found) > 254:
        raise Unsendable("that is no address that we can write to")
    return found


def message_id(delivery: Delivery, *, source: str) -> str:
    """The same however often it is sent, so that a repetition can be known as one."""
    named = sha256(f"{delivery.reply}:{delivery.part}".encode()).hexdigest()[:40]
    return f"<{named}@{source.rpartition('@')[2]}>"


def written(
    delivery: Delivery, text: str, *, source: str, recipient: str, name: str | None, otherwise: str
) -> bytes:
    """source, recipient: addresses. name: shown with the first. otherwise: a subject, where what
    is answered had none."""
    headers = [
        ("From", _from(one_line(name or ""), source)),
        ("To", recipient),
        ("Subject", _encoded("Subject", _subject(delivery.subject, otherwise))),
        ("Date", format_datetime(utc(delivery.asked_at))),
        ("Message-ID", message_id(delivery, source=source)),
    ]
    if _MESSAGE_ID.fullmatch(delivery.thread):
        headers += [("In-Reply-To", delivery.thread), ("References", delivery.thread)]
    if delivery.by != "agent":
        headers.append(("Auto-Submitted", "auto-replied"))
    headers += [
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "quoted-printable"),
    ]
    head = "".join(f"{header}: {value}\r\n" for header, value in headers)
    return head.encode("ascii") + b"\r\n" + _body(text)


def _subject(answered: str, otherwise: str) -> str:
    subject = one_line(answered)[:_LONGEST_SUBJECT] or otherwise
    return subject if _ANSWERED.match(subject) else f"Re: {subject}".rstrip()


def _from(name: str, source: str) -> str:
    return formataddr((name, source)) if name.isascii() else f"{_encoded('From', name)} <{source}>"


def _encoded(name: str, value: str) -> str:
    header = Header(value, None if value.isascii() else "utf-8", header_name=name)
    return header.encode(linesep="\r\n")


def _body(text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    encoded = quopri.encodestring(lines).replace(b"\n", b"\r\n")
    return encoded if encoded.endswith(b"\r\n") else encoded + b"\r\n"
