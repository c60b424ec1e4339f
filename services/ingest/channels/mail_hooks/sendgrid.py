"""`POST /v1/sendgrid/{account}`: SendGrid's Inbound Parse, with whole mails or parsed ones.

The request is signed where a security policy is attached to the Parse setting, which we ask for:
ECDSA on P-256 with SHA-256 over the timestamp's characters and the raw body. Each mail is signed
as a whole, and its id is that of the mail: a request that is played again is the same message.

Text comes in the charset that its sender used; the field `charsets` names it.
"""

import binascii
import hashlib
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from email.utils import getaddresses
from typing import Annotated, Any, ClassVar, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, TypeAdapter, ValidationError

from services.ingest.channels.adapter import MULTIPART, ChannelAdapter, Door, RawRequest
from services.ingest.channels.mail import Mail, Parts, read_mail, understand
from services.ingest.channels.mail.charsets import decoded
from services.ingest.channels.mail.headers import Headers, one_line
from services.ingest.channels.mail.mime import MAX_BODY_BYTES
from services.ingest.channels.mail_hooks.account import BODY_BYTES, MailHookAccount, events_of
from services.ingest.channels.mail_hooks.form import Form, read_form
from services.ingest.errors import NotJson, Unauthenticated
from services.ingest.json_body import load_object
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_received_v1 import Attachment

SIGNATURE_HEADER: Final = "x-twilio-email-event-webhook-signature"
TIMESTAMP_HEADER: Final = "x-twilio-email-event-webhook-timestamp"


def _public_key(value: object) -> ec.EllipticCurvePublicKey:
    key = value if isinstance(value, ec.EllipticCurvePublicKey) else _loaded(value)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a key on the curve P-256")  # noqa: TRY004 - pydantic wants it
    return key


def _loaded(value: object) -> object:
    try:
        return load_der_public_key(
            b64decode(value if isinstance(value, str) else "", validate=True)
        )
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("not a public key: base64 of DER, as SendGrid shows it") from None


PublicKey = Annotated[ec.EllipticCurvePublicKey, PlainValidator(_public_key)]


class SendGridAccount(MailHookAccount):
    """public_keys: of the security policy; two where it is being replaced. They are no secrets.
    clock_seconds: how far the signed time may be from ours, either way."""

    public_keys: Annotated[list[PublicKey], Field(min_length=1, max_length=2)]
    clock_seconds: Annotated[int, Field(ge=1, le=7 * 86_400)] = 300


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    to: Annotated[tuple[str, ...], Field(max_length=1_000)] = ()
    sender: Annotated[str, Field(max_length=512)] | None = Field(None, alias="from")


class _FileInfo(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    filename: str = ""
    name: str = ""
    type: str = ""


_MAX_NAMED: Final = 8_192  # characters of To and of Cc
_FILES: Final[TypeAdapter[dict[str, _FileInfo]]] = TypeAdapter(dict[str, _FileInfo])
_CHARSETS: Final[TypeAdapter[dict[str, str]]] = TypeAdapter(dict[str, str])


class SendGridChannel(ChannelAdapter):
    """The door for Inbound Parse."""

    section: ClassVar = "sendgrid"
    account: ClassVar = SendGridAccount
    names: ClassVar[tuple[str, ...]] = ()  # its events are of the channel `mail`
    channel: Final = "sendgrid"
    door: Final = Door(
        path="/v1/sendgrid/{account}",
        summary="Mail by SendGrid's Inbound Parse",
        body_bytes=BODY_BYTES,
        media=(MULTIPART,),
        proofs=((SIGNATURE_HEADER, TIMESTAMP_HEADER),),
    )

    def __init__(self, accounts: Mapping[str, SendGridAccount]) -> None:
        self._hooks: Final = accounts

    def verify(self, request: RawRequest) -> str:
        # an unknown account takes the same path as a wrong signature
        hook = self._hooks.get(request.account)
        timestamp = request.headers.get(TIMESTAMP_HEADER, "")
        if (
            hook is None
            or not re.fullmatch(r"[0-9]{1,12}", timestamp)
            or abs(request.received_at.timestamp() - int(timestamp)) > hook.clock_seconds
            or not _is_signed(request, timestamp, hook.public_keys)
        ):
            raise Unauthenticated("the signature is not SendGrid's for this account, or too old")
        return request.account

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        form = read_form(request.headers.get("content-type", ""), request.body)
        envelope = _envelope(form)
        raw = form.first("email")
        if raw is not None:
            mail = read_mail(raw, mail_from=envelope.sender, received_at=request.received_at)
        else:
            mail = _parsed(form, envelope, request)
        return events_of(mail, self._hooks[account], envelope.to)


def _is_signed(
    request: RawRequest, timestamp: str, keys: Sequence[ec.EllipticCurvePublicKey]
) -> bool:
    try:
        signature = b64decode(request.headers.get(SIGNATURE_HEADER, ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    signed = hashlib.sha256(timestamp.encode("ascii"))
    signed.update(request.body)
    return any(_is_by(key, signature, signed.digest()) for key in keys)


def _is_by(key: ec.EllipticCurvePublicKey, signature: bytes, digest: bytes) -> bool:
    try:
        key.verify(signature, digest, ec.ECDSA(utils.Prehashed(SHA256())))
    except InvalidSignature:
        return False
    return True


def _envelope(form: Form) -> _Envelope:
    """Who it was sent to; where SendGrid says it not, whom its head names."""
    try:
        envelope = _Envelope.model_validate(load_object(form.first("envelope") or b"{}"))
    except (NotJson, ValidationError):
        envelope = _Envelope()
    if envelope.to:
        return envelope
    named = getaddresses([form.text("to")[:_MAX_NAMED], form.text("cc")[:_MAX_NAMED]])
    return envelope.model_copy(update={"to": tuple(address for _, address in named)})


def _parsed(form: Form, envelope: _Envelope, request: RawRequest) -> Mail:
    charsets = _lenient(_CHARSETS, form.first("charsets"))
    headers = Headers.of_bytes((form.first("headers") or b"").strip() + b"\r\n\r\n")
    if not headers.text("From"):
        headers = Headers([("From", form.text("from")), ("Subject", form.text("subject"))])
    parts = Parts(
        headers=headers,
        plain=decoded(form.first("text") or b"", charsets.get("text"), limit=MAX_BODY_BYTES),
        html=decoded(form.first("html") or b"", charsets.get("html"), limit=MAX_BODY_BYTES),
        attachments=_attachments(form),
        media_type=headers.tokens("content-type"),
    )
    return understand(parts, mail_from=envelope.sender, received_at=request.received_at)


def _attachments(form: Form) -> tuple[Attachment, ...]:
    infos = _lenient(_FILES, form.first("attachment-info"))
    return tuple(_described(file, infos.get(name, _FileInfo())) for name, file in form.files)


def _described(file: Attachment, info: _FileInfo) -> Attachment:
    """The mail's own names; those of the form's part may have been made harmless."""
    return Attachment(
        name=one_line(info.filename or info.name)[:256] or file.name,
        media_type=one_line(info.type)[:128] or file.media_type,
        size_bytes=file.size_bytes,
    )


def _lenient(model: TypeAdapter[Any], raw: bytes | None) -> Any:
    """A field that only helps; empty where it cannot be understood."""
    try:
        return model.validate_python(load_object(raw or b"{}"))
    except (NotJson, ValidationError):
        return {}
