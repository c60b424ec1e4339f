"""A mail becomes a message.

The id is a hash of Message-ID, sender, subject and words: the same mail by another path is the same
message, and two mails under one Message-ID (broken senders, forgers) stay two. The sender is the
From address, which anybody can write: mail never vouches for a customer.

A mail names the mail it answers by Message-ID, from which no message's id can be told; so
`in_reply_to` stays empty. An answer of ours names it the same way, so the event says its Message-ID
(`thread`). A thread is held together by its sender, and so a forged In-Reply-To
cannot put a stranger's words into somebody's ticket.
"""

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from services.ingest.channels.html_text import html_to_text
from services.ingest.channels.mail.automatic import is_automatic
from services.ingest.channels.mail.headers import Headers, one_line
from services.ingest.channels.mail.quoting import may_quote, newly_written
from services.ingest.errors import BadInput, Complaint
from shared.contracts.message_received_v1 import Attachment, MessageReceived

CHANNEL: Final = "mail"

# A longer text is cut: refusing the mail would lose what its beginning says.
_MAX_TEXT: Final = 40_000
_CUT_MARK: Final = "\n[… cut]"
_MAX_ATTACHMENTS: Final = 32
# A Message-ID that we can write into a header of ours: RFC 5322's, and what is like it.
_MESSAGE_ID: Final = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,500}>")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Parts:
    """A mail taken apart, by us or by a provider.

    plain, html: the text as it is there, decoded; empty where there is none.
    media_type: of the whole mail.
    """

    headers: Headers = field(repr=False)
    plain: str = field(repr=False)
    html: str = field(repr=False)
    attachments: tuple[Attachment, ...] = ()
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Mail:
    """What we understand of a mail, before it is known which of our mailboxes it is for.

    text: what its sender newly wrote; the whole where that is nothing.
    thread: its Message-ID, with the brackets, where it has one.
    """

    sender: str
    sender_name: str | None = field(repr=False)
    message_id: str
    sent_at: datetime
    subject: str | None = field(repr=False)
    text: str = field(repr=False)
    attachments: tuple[Attachment, ...]
    auto_reply: bool
    thread: str | None = None


def understand(
    parts: Parts, *, mail_from: str | None, received_at: datetime, fallback_id: str = ""
) -> Mail:
    """Understand a mail as far as it can be. Raises BadInput when it says not who sent it.

    mail_from: the envelope's sender; None where it is not known.
    fallback_id: a provider's id, for a mail without a Message-ID.
    """
    name, address = parts.headers.address("From")
    sender = address or one_line((mail_from or "").strip("<>")).lower()
    if not 0 < len(sender) <= 256:
        raise BadInput(Complaint("From", "the mail says not who sent it"))
    subject = parts.headers.text("Subject")[:998]
    whole = _whole_text(parts)
    names_another = "in-reply-to" in parts.headers or "references" in parts.headers
    text = newly_written(whole) if may_quote(subject, names_another=names_another) else whole
    named = _MESSAGE_ID.search(parts.headers.text("Message-ID"))
    return Mail(
        sender=sender,
        sender_name=name[:128] or None,
        message_id=_digest(parts.headers.text("Message-ID") or fallback_id, sender, subject, whole),
        sent_at=_date(parts.headers.text("Date"), received_at),
        subject=subject or None,
        text=text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + _CUT_MARK,
        attachments=parts.attachments[:_MAX_ATTACHMENTS],
        thread=named.group() if named is not None else None,
        auto_reply=is_automatic(
            parts.headers, sender=sender, mail_from=mail_from, media_type=parts.media_type
        ),
    )


def to_event(mail: Mail, account: str, *, message_id: str | None = None) -> MessageReceived:
    """The mail as it arrived at one of our mailboxes. message_id: where it is not the mail's."""
    return MessageReceived(
        channel=CHANNEL,
        account=account,
        sender=mail.sender,
        message_id=message_id or mail.message_id,
        sent_at=mail.sent_at,
        auto_reply=mail.auto_reply,
        text=mail.text,
        subject=mail.subject,
        sender_name=mail.sender_name,
        attachments=mail.attachments,
        thread=mail.thread,
    )


def marked_loop(mail: Mail, *, is_ours: bool) -> Mail:
    """A mail that one of our own mailboxes sent comes from a machine of ours: a loop."""
    return replace(mail, auto_reply=True) if is_ours else mail


def _whole_text(parts: Parts) -> str:
    text = parts.plain if parts.plain.strip() else html_to_text(parts.html)
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def _date(value: str, received_at: datetime) -> datetime:
    """The mail's own date; where it has none, or one from the future, the time of arrival."""
    try:
        sent_at = parsedate_to_datetime(value)
        sent_at = sent_at.replace(tzinfo=UTC) if sent_at.tzinfo is None else sent_at
        return min(sent_at.astimezone(UTC), received_at)
    except (ValueError, TypeError, OverflowError, IndexError):
        return received_at


def _digest(message_id: str, sender: str, subject: str, text: str) -> str:
    """Blind to white space: providers break lines anew."""
    words = " ".join(text[:_MAX_TEXT].split())
    joined = "\0".join((message_id, sender, subject, words)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:40]
