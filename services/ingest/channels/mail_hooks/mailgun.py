"""`POST /v1/mailgun/{account}`: a Mailgun route that forwards to us, parsed or whole.

A whole mail comes as `body-mime`, where the URL that the route calls ends in `mime`.

Mailgun signs a timestamp and a token, and not the mail. Whoever saw one request could so post any
mail with its signature; for a day, after which we take it no more. Therefore the id of the event is
made of what is signed and nothing else: the same token with the same mail is Mailgun's retry, and
the sorter drops it; with another mail it is a replay, and the sorter puts it aside. So that the
recipient, which is not signed either, cannot lead it to another mailbox, an account of this door
has one mailbox.

The price: a mail that comes by SMTP, too, is two messages, and so is one that Mailgun posts for two
addresses of a mailbox, with a token for each.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, Self

import orjson
from pydantic import TypeAdapter, ValidationError, model_validator

from services.ingest.channels.adapter import FORM, MULTIPART, ChannelAdapter, Door, RawRequest
from services.ingest.channels.mail import Mail, Parts, read_mail, understand
from services.ingest.channels.mail.charsets import decoded
from services.ingest.channels.mail.headers import Headers
from services.ingest.channels.mail.mime import MAX_BODY_BYTES
from services.ingest.channels.mail_hooks.account import BODY_BYTES, MailHookAccount, events_of
from services.ingest.channels.mail_hooks.form import Form, read_form
from services.ingest.errors import Unauthenticated
from services.ingest.secrets import Secrets, matches
from shared.contracts.inbound import InboundEvent

# Mailgun repeats for eight hours, and may sign only once.
MAX_AGE_SECONDS: Final = 24 * 3600
_AHEAD_SECONDS: Final = 300

_HEADERS: Final = TypeAdapter(list[tuple[str, str]])


class MailgunAccount(MailHookAccount):
    """secrets: the HTTP webhook signing key."""

    secrets: Secrets

    @model_validator(mode="after")
    def _has_one_mailbox(self) -> Self:
        if len(self.mailboxes.names) != 1:
            raise ValueError("mailboxes: one for each route, since Mailgun signs no recipient")
        return self


class MailgunChannel(ChannelAdapter):
    """The door for routes."""

    section: ClassVar = "mailgun"
    account: ClassVar = MailgunAccount
    names: ClassVar[tuple[str, ...]] = ()  # its events are of the channel `mail`
    channel: Final = "mailgun"
    door: Final = Door(
        path="/v1/mailgun/{account}",
        summary="Mail by a Mailgun route",
        body_bytes=BODY_BYTES,
        media=(FORM, MULTIPART),
    )

    def __init__(self, accounts: Mapping[str, MailgunAccount]) -> None:
        self._hooks: Final = accounts

    def verify(self, request: RawRequest) -> str:
        # an unknown account takes the same path as a wrong signature
        hook = self._hooks.get(request.account)
        secrets = hook.secrets.valid() if hook is not None else ()
        if _signed(_form(request), secrets, request.received_at) is None:
            raise Unauthenticated("the signature is not Mailgun's for this account, or too old")
        return request.account

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        form, hook = _form(request), self._hooks[account]
        signed = _signed(form, hook.secrets.valid(), request.received_at)
        assert signed is not None, "verified before"
        return events_of(
            _mail(form, request.received_at),
            hook,
            form.text("recipient").split(","),
            message_id=f"mailgun.{hashlib.sha256(signed).hexdigest()[:40]}",
        )


def _form(request: RawRequest) -> Form:
    return read_form(request.headers.get("content-type", ""), request.body)


def _signed(form: Form, secrets: Sequence[bytes], now: datetime) -> bytes | None:
    """What Mailgun signed; None where it did not.

    A mail's own headers are fields of the form, too, so one of them may be called `token`: the
    last of a name is Mailgun's, or else the first.
    """
    for which in (-1, 0):
        found = [form.all(name)[which:][:1] for name in ("timestamp", "token", "signature")]
        timestamp, token, signature = (each[0] if each else b"" for each in found)
        signed = timestamp + token
        expected = [hmac.new(each, signed, "sha256").hexdigest().encode() for each in secrets]
        if (
            _is_fresh(timestamp, now)
            and 0 < len(token) <= 256
            and matches(signature.decode("latin-1").lower(), expected)
        ):
            return signed
    return None


def _is_fresh(timestamp: bytes, now: datetime) -> bool:
    # Ten digits: with fewer or more, a digit of the token could be taken for one of the time's.
    if not re.fullmatch(rb"[0-9]{10}", timestamp):
        return False
    return -_AHEAD_SECONDS <= now.timestamp() - int(timestamp) <= MAX_AGE_SECONDS


def _mail(form: Form, received_at: datetime) -> Mail:
    sender = form.text("sender") if form.all("sender") else None
    raw = form.first("body-mime")
    if raw is not None:
        return read_mail(raw, mail_from=sender, received_at=received_at)
    headers = _headers(form)
    parts = Parts(
        headers=headers,
        plain=decoded(form.first("body-plain") or b"", "utf-8", limit=MAX_BODY_BYTES),
        html=decoded(form.first("body-html") or b"", "utf-8", limit=MAX_BODY_BYTES),
        attachments=tuple(file for _, file in form.files),
        media_type=headers.tokens("content-type"),
    )
    return understand(parts, mail_from=sender, received_at=received_at)


def _headers(form: Form) -> Headers:
    """Of the mail; where they are not there, what the other fields say of them."""
    try:
        fields: list[Any] = _HEADERS.validate_python(
            orjson.loads(form.first("message-headers") or b"[]")
        )
    except (orjson.JSONDecodeError, ValidationError):
        fields = []
    fields.append(("From", form.text("from")))
    fields.append(("Subject", form.text("subject")))
    return Headers(fields)
