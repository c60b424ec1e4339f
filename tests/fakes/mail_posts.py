"""Mail as providers post it, signed as they sign."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from tests.fakes.ingest_doors import MAILGUN_KEY, NOW, POSTMARK_LOGIN, SENDGRID_KEY, IngestDoors

BOUNDARY = "xYzZY"
RAW = (
    b"From: Jonas <jonas@example.lt>\r\nTo: support@croupier.test\r\nSubject: Money\r\n"
    b"Date: Wed, 18 Nov 2026 10:00:00 +0200\r\nMessage-ID: <1@example.lt>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nKur mano pinigai?\r\n"
)
HEAD = RAW.partition(b"\r\n\r\n")[0]
HEADER_LIST = [line.split(": ", 1) for line in HEAD.decode().split("\r\n")]


@dataclass
class Posted:
    """A form of text fields and files (name of the field, of the file, media type, bytes)."""

    fields: list[tuple[str, bytes]]
    files: list[tuple[str, str, str, bytes]] = field(default_factory=list)

    def multipart(self) -> bytes:
        parts = [
            b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name.encode(), value)
            for name, value in self.fields
        ]
        parts += [
            b'Content-Disposition: form-data; name="%s"; filename="%s"\r\n'
            b"Content-Type: %s\r\n\r\n%s" % (name.encode(), file.encode(), media.encode(), value)
            for name, file, media, value in self.files
        ]
        dashes = b"--" + BOUNDARY.encode()
        return b"".join(dashes + b"\r\n" + part + b"\r\n" for part in parts) + dashes + b"--\r\n"


def envelope(*to: str, sender: str = "jonas@example.lt") -> bytes:
    return orjson.dumps({"to": list(to or ("support@croupier.test",)), "from": sender})


def sendgrid_raw(raw: bytes = RAW, **changes: bytes) -> Posted:
    fields = {"envelope": envelope(), "charsets": b'{"subject":"UTF-8"}', **changes, "email": raw}
    return Posted(list(fields.items()))


def sendgrid_parsed(**changes: bytes) -> Posted:
    fields = {
        "headers": HEAD + b"\r\n",
        "envelope": envelope(),
        "subject": b"Money",
        "from": b"Jonas <jonas@example.lt>",
        "text": b"Kur mano pinigai?\r\n",
        "charsets": b'{"to":"UTF-8","subject":"UTF-8","from":"UTF-8","text":"utf-8"}',
        "attachments": b"0",
    }
    return Posted(list({**fields, **changes}.items()))


def sendgrid_signature(
    body: bytes, *, timestamp: str, key: ec.EllipticCurvePrivateKey = SENDGRID_KEY
) -> str:
    """As SendGrid makes it: base64 of the DER of a signature over the time, then the body."""
    signed = key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    return base64.b64encode(signed).decode()


async def by_sendgrid(
    doors: IngestDoors,
    posted: Posted,
    *,
    account: str = "inbound",
    timestamp: str = str(int(NOW)),
    signature: Any = None,
    key: ec.EllipticCurvePrivateKey = SENDGRID_KEY,
    body: bytes | None = None,
) -> httpx.Response:
    """body: what is sent, where it is not what was signed."""
    content = posted.multipart()
    if signature is None:
        signature = sendgrid_signature(content, timestamp=timestamp, key=key)
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    return await doors.post(
        content=content if body is None else body, path=f"/v1/sendgrid/{account}", headers=headers
    )


def mailgun_parsed(changes: Mapping[str, bytes] | None = None, *, token: str = "a" * 50) -> Posted:
    fields = {
        "recipient": b"support@croupier.test",
        "sender": b"jonas@example.lt",
        "from": b"Jonas <jonas@example.lt>",
        "subject": b"Money",
        "body-plain": b"Kur mano pinigai?\r\n",
        "stripped-text": b"Kur mano pinigai?",
        "message-headers": orjson.dumps(HEADER_LIST),
        **(changes or {}),
    }
    return signed_by_mailgun(Posted(list(fields.items())), token=token)


def signed_by_mailgun(
    posted: Posted, *, token: str, timestamp: str = str(int(NOW)), key: str = MAILGUN_KEY
) -> Posted:
    """With the signature over the timestamp and the token."""
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    proof = {"timestamp": timestamp, "token": token, "signature": signature}
    return Posted([*posted.fields, *((k, v.encode()) for k, v in proof.items())], posted.files)


async def by_mailgun(
    doors: IngestDoors, posted: Posted, *, account: str = "inbound", multipart: bool = False
) -> httpx.Response:
    media = (
        f"multipart/form-data; boundary={BOUNDARY}"
        if multipart
        else "application/x-www-form-urlencoded"
    )
    return await doors.post(
        content=posted.multipart() if multipart else urlencode(posted.fields).encode(),
        path=f"/v1/mailgun/{account}",
        headers={"Content-Type": media},
    )


def postmark_mail(**changes: Any) -> dict[str, Any]:
    """As in Postmark's example, cut to what matters."""
    return {
        "FromName": "Jonas",
        "MessageStream": "inbound",
        "From": "jonas@example.lt",
        "FromFull": {"Email": "jonas@example.lt", "Name": "Jonas", "MailboxHash": ""},
        "To": "support@croupier.test",
        "ToFull": [{"Email": "support@croupier.test", "Name": "", "MailboxHash": ""}],
        "OriginalRecipient": "451d9b70cf9364d23ff6f9d51d870251569e@inbound.postmarkapp.com",
        "Subject": "Money",
        "MessageID": "73e6d360-66eb-11e1-8e72-a8904824019b",
        "Date": "Wed, 18 Nov 2026 10:00:00 +0200",
        "TextBody": "Kur mano pinigai?\r\n",
        "HtmlBody": "",
        "StrippedTextReply": "",
        "Headers": [{"Name": "Message-ID", "Value": "<1@example.lt>"}],
        "Attachments": [],
        **changes,
    }


async def by_postmark(
    doors: IngestDoors, mail: Any, *, account: str = "inbound", login: Any = POSTMARK_LOGIN
) -> httpx.Response:
    raw = login if isinstance(login, bytes) else login.encode()
    credentials = b"Basic " + base64.b64encode(raw)
    return await doors.post(
        content=orjson.dumps(mail),
        path=f"/v1/postmark/{account}",
        headers={"Authorization": credentials},
    )
