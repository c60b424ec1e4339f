"""Mail's way out: a mail server that takes it by SMTP (a smarthost).

Mail has no idempotency key: a mail that came twice has one Message-ID, by which some programs, but
not all, show it once. So a call in doubt is not made again.
"""

import re
from collections.abc import Mapping
from typing import ClassVar, Final

from services.ingest.channels.mail import CHANNEL
from services.ingest.courier.delivery import Delivery, Doubtful, Later, Outcome, Refused, Sent
from services.ingest.courier.sender import Letter, Pace, Reply, Way
from services.ingest.courier.senders.mail_text import address, message_id, written
from services.ingest.courier.smtp import COMMAND, MESSAGE_ID
from services.ingest.mailbox import Mailbox
from shared.contracts.base import MAX_TEXT

_BUSY: Final = 421
_ABOUT_CUSTOMER: Final = ("rcpt", "data", "message")
_ENHANCED: Final = re.compile(rb"\s*[245]\.(\d{1,3})\.(\d{1,3})\b")
# Of RFC 3463: subject and detail.
_REASONS: Final = {
    (1, 1): "there is no such mailbox",
    (1, 2): "there is no such domain",
    (1, 3): "that is no address",
    (1, 10): "the domain takes no mail",
    (2, 1): "the mailbox is closed",
    (2, 2): "the mailbox is full",
    (2, 3): "the message is too long",
    (3, 4): "the message is too long",
    (7, 1): "the server does not let us write there",
}


class MailSender(Way[Letter]):
    """For mailboxes that have a server for what goes out."""

    section: ClassVar = "mail"
    channel: Final = CHANNEL
    # a connection each: what a smarthost of one's own bears easily
    pace: Final = Pace(account=5.0, chat=1.0, most=MAX_TEXT, burst=3)
    repeatable: Final = False
    names_message: Final = True

    def __init__(self, accounts: Mapping[str, Mailbox]) -> None:
        self._mailboxes: Final = accounts

    def serves(self, account: str) -> bool:
        mailbox = self._mailboxes.get(account)
        return mailbox is not None and mailbox.outgoing is not None

    def call(self, delivery: Delivery, text: str) -> Letter:
        mailbox = self._mailboxes[delivery.account]
        out = mailbox.outgoing
        assert out is not None
        source, recipient = address(mailbox.sender), address(delivery.recipient)
        password = out.password.valid()[0] if out.password is not None else None
        return Letter(
            host=out.host,
            port=out.port,
            tls=out.tls,
            username=out.username,
            password=None if password is None else password.decode("utf-8", "replace"),
            source=source,
            recipient=recipient,
            id=message_id(delivery, source=source),
            content=written(
                delivery,
                text,
                source=source,
                recipient=recipient,
                name=out.name,
                otherwise=out.subject or "",
            ),
        )

    def outcome(self, reply: Reply) -> Outcome:
        command, code = reply.headers.get(COMMAND, ""), reply.status
        says = f"the mail server answered {code} to {command}"
        if command == "message" and not 200 <= code < 600:
            return Doubtful(says)
        if command == "message" and code < 300:
            return Sent(reply.headers.get(MESSAGE_ID, ""))
        if command not in _ABOUT_CUSTOMER or code == _BUSY:
            return Later(f"{says}: does it take mail from this mailbox?", ours=True)
        if 500 <= code < 600:
            return Refused(f"{says}: {_reason(reply.body)}")
        return Later(says)


def _reason(body: bytes) -> str:
    """In words of ours: a server's text may quote the customer's address."""
    found = _ENHANCED.match(body)
    kind = (int(found[1]), int(found[2])) if found is not None else (0, 0)
    return _REASONS.get(kind, "not accepted")
