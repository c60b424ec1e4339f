"""`POST /v1/postmark/{account}`: Postmark's inbound webhook.

Postmark signs nothing: the name and password in the URL that it was given come back as HTTP Basic
credentials. The id is that of the mail, so whatever is played again is the same message; whoever
knows the password can post any mail.
"""

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.ingest.channels.adapter import BASIC, ChannelAdapter, Door, RawRequest
from services.ingest.channels.mail import Mail, Parts, read_mail, understand
from services.ingest.channels.mail.headers import Headers, one_line
from services.ingest.channels.mail.mime import MAX_BODY_BYTES
from services.ingest.channels.mail_hooks.account import BODY_BYTES, MailHookAccount, events_of
from services.ingest.errors import Unauthenticated
from services.ingest.json_body import load_object
from services.ingest.secrets import Secrets, matches
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_received_v1 import Attachment

_INBOUND: Final = "Inbound"

Words = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class PostmarkAccount(MailHookAccount):
    """secrets: `name:password` of the URL that Postmark calls."""

    secrets: Secrets


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Person(_Part):
    email: Words = Field("", alias="Email")
    name: Words = Field("", alias="Name")


class Header(_Part):
    name: Words = Field("", alias="Name")
    value: Words = Field("", alias="Value")


class File(_Part):
    """content: base64."""

    name: Words = Field("", alias="Name")
    content: Words = Field("", alias="Content")
    media_type: Words = Field("", alias="ContentType")


class Inbound(_Part):
    """A mail. raw: the whole of it, where the server is set to send it along."""

    record_type: Words = Field(_INBOUND, alias="RecordType")
    sender: Words = Field("", alias="From")
    sender_full: Person | None = Field(None, alias="FromFull")
    to: tuple[Person, ...] = Field((), alias="ToFull")
    cc: tuple[Person, ...] = Field((), alias="CcFull")
    recipient: Words = Field("", alias="OriginalRecipient")
    subject: Words = Field("", alias="Subject")
    message_id: Words = Field("", alias="MessageID")
    date: Words = Field("", alias="Date")
    text: Words = Field("", alias="TextBody")
    html: Words = Field("", alias="HtmlBody")
    raw: Words = Field("", alias="RawEmail")
    headers: tuple[Header, ...] = Field((), alias="Headers")
    attachments: tuple[File, ...] = Field((), alias="Attachments")


class PostmarkChannel(ChannelAdapter):
    """The door for inbound servers."""

    section: ClassVar = "postmark"
    account: ClassVar = PostmarkAccount
    names: ClassVar[tuple[str, ...]] = ()  # its events are of the channel `mail`
    channel: Final = "postmark"
    door: Final = Door(
        path="/v1/postmark/{account}",
        summary="Mail by Postmark's inbound webhook",
        body_bytes=BODY_BYTES,
        proofs=((BASIC,),),
    )

    def __init__(self, accounts: Mapping[str, PostmarkAccount]) -> None:
        self._hooks: Final = accounts

    def verify(self, request: RawRequest) -> str:
        # an unknown account takes the same path as a wrong password
        hook = self._hooks.get(request.account)
        secrets = hook.secrets.valid() if hook is not None else ()
        if not matches(_credentials(request.headers), secrets):
            raise Unauthenticated("the name and password are not those of this account")
        return request.account

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        inbound = Inbound.model_validate(load_object(request.body, max_string=BODY_BYTES))
        if inbound.record_type != _INBOUND:
            return ()  # a bounce or an opening of a mail that we sent
        return events_of(_mail(inbound, request), self._hooks[account], _recipients(inbound))


def _credentials(headers: Mapping[str, str]) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(value.strip(), validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        return None


def _recipients(inbound: Inbound) -> Sequence[str]:
    """That of the envelope; where a forwarding mailbox hides it, those in the mail's head."""
    return (inbound.recipient, *(each.email for each in (*inbound.to, *inbound.cc)))


def _mail(inbound: Inbound, request: RawRequest) -> Mail:
    if inbound.raw:
        raw = inbound.raw.encode("utf-8", "replace")
        return read_mail(raw, mail_from=None, received_at=request.received_at)
    headers = Headers(_fields(inbound))
    parts = Parts(
        headers=headers,
        plain=inbound.text[:MAX_BODY_BYTES],
        html=inbound.html[:MAX_BODY_BYTES],
        attachments=tuple(_attachment(each) for each in inbound.attachments),
        media_type=headers.tokens("content-type"),
    )
    return understand(
        parts,
        mail_from=None,
        received_at=request.received_at,
        fallback_id=f"postmark:{inbound.message_id}",
    )


def _fields(inbound: Inbound) -> Iterator[tuple[str, str]]:
    yield from ((each.name, each.value) for each in inbound.headers)
    person = inbound.sender_full
    if person is not None and person.email:
        name = one_line(person.name.translate(_NO_QUOTES))
        yield "From", f'"{name}" <{person.email}>'
    else:
        yield "From", inbound.sender
    yield "Subject", inbound.subject
    yield "Date", inbound.date


_NO_QUOTES: Final = str.maketrans({'"': None, "\\": None})


def _attachment(file: File) -> Attachment:
    padding = len(file.content) - len(file.content.rstrip("="))
    return Attachment(
        name=one_line(file.name)[:256],
        media_type=one_line(file.media_type)[:128] or "application/octet-stream",
        size_bytes=max(0, len(file.content) * 3 // 4 - padding),
    )
