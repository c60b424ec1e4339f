"""One genuine request for every HTTP door, and the same with a proof that is not theirs."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fakes import meta
from tests.fakes.chat_providers import PROVIDERS, Provider
from tests.fakes.ingest_doors import (
    BOT_SECRET,
    MAILGUN_KEY,
    NOW,
    POSTMARK_LOGIN,
    SENDGRID_KEY,
    SITE_KEY,
    TWILIO_TOKEN,
    message,
)
from tests.fakes.mail_posts import (
    BOUNDARY,
    Posted,
    mailgun_parsed,
    postmark_mail,
    sendgrid_raw,
    sendgrid_signature,
    signed_by_mailgun,
)
from tests.fakes.twilio import FORM, sign, sms

WRONG = "a secret that is nobody's"

Proof = Callable[[bytes, str], Mapping[str, str]]
"""Raw body and secret → headers."""


@dataclass(frozen=True)
class Knock:
    """door: its name in the table. body: of a genuine message. prove: makes the headers; put: puts
    the proof into the body, where it is not in a header. too_large: bytes. has_secrets: whether
    what it compares with is secret, and not a public key."""

    door: str
    path: str
    secret: str
    body: bytes
    prove: Proof
    put: Callable[[bytes, str], bytes] = lambda body, _secret: body
    too_large: int = 5 * 1024 * 1024
    has_secrets: bool = True

    def request(self, *, body: bytes | None = None, secret: str | None = None) -> dict[str, Any]:
        """For IngestDoors.post. body: instead of the genuine one, under a genuine proof."""
        secret = self.secret if secret is None else secret
        content = self.put(self.body, secret) if body is None else body
        return {
            "path": self.path,
            "content": content,
            "headers": {"X-Api-Key": "", **self.prove(content, secret)},
        }


def _in_header(name: str) -> Proof:
    def prove(_body: bytes, secret: str) -> Mapping[str, str]:
        return {name: secret}

    return prove


def _twilio(body: bytes, secret: str) -> Mapping[str, str]:
    params = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    signature = sign("http://localhost/v1/twilio/line", params, token=secret)
    return {"Content-Type": FORM, "X-Twilio-Signature": signature}


def _meta(body: bytes, secret: str) -> Mapping[str, str]:
    return {meta.HEADER: meta.signature(body, secret)}


_KEY = "the key whose public half is in the account"
_MAIL_TOO_LARGE = 36 * 1024 * 1024


def _sendgrid(body: bytes, secret: str) -> Mapping[str, str]:
    time = str(int(NOW))
    key = SENDGRID_KEY if secret == _KEY else ec.generate_private_key(ec.SECP256R1())
    return {
        "X-Twilio-Email-Event-Webhook-Signature": sendgrid_signature(body, timestamp=time, key=key),
        "X-Twilio-Email-Event-Webhook-Timestamp": time,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }


def _mailgun(_body: bytes, secret: str) -> bytes:
    unsigned = [
        each
        for each in mailgun_parsed().fields
        if each[0] not in ("timestamp", "token", "signature")
    ]
    signed = signed_by_mailgun(Posted(unsigned), token="a" * 50, key=secret)
    return urlencode(signed.fields).encode()


def _postmark(_body: bytes, secret: str) -> Mapping[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def _of(provider: Provider) -> Knock:
    return Knock(
        door=provider.name,
        path=f"/v1/{provider.name}/{provider.account}",
        secret=provider.secrets[0],
        body=orjson.dumps(provider.text()),
        prove=provider.prove,
        put=lambda body, secret: provider.raw(orjson.loads(body), secret),
    )


_UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 2,
        "from": {"id": 3},
        "chat": {"id": 3, "type": "private"},
        "date": 1_790_000_000,
        "text": "hi",
    },
}

KNOCKS = (
    Knock("form", "/v1/messages", SITE_KEY, orjson.dumps(message()), _in_header("X-Api-Key")),
    Knock(
        door="telegram",
        path="/v1/telegram/lucky_bot",
        secret=BOT_SECRET,
        body=orjson.dumps(_UPDATE),
        prove=_in_header("X-Telegram-Bot-Api-Secret-Token"),
    ),
    *(_of(each) for each in PROVIDERS),
    Knock(
        door="twilio",
        path="/v1/twilio/line",
        secret=TWILIO_TOKEN,
        body=urlencode(sms()).encode(),
        prove=_twilio,
    ),
    *(
        Knock(
            door=name,
            path=meta.PATHS[name],
            secret=meta.APP_SECRET,
            body=meta.sample(f"{name}_text"),
            prove=_meta,
        )
        for name in meta.PATHS
    ),
    Knock(
        door="sendgrid",
        path="/v1/sendgrid/inbound",
        secret=_KEY,
        body=sendgrid_raw().multipart(),
        prove=_sendgrid,
        too_large=_MAIL_TOO_LARGE,
        has_secrets=False,
    ),
    Knock(
        door="mailgun",
        path="/v1/mailgun/inbound",
        secret=MAILGUN_KEY,
        body=b"",
        prove=lambda _body, _secret: {"Content-Type": FORM},
        put=_mailgun,
        too_large=_MAIL_TOO_LARGE,
    ),
    Knock(
        door="postmark",
        path="/v1/postmark/inbound",
        secret=POSTMARK_LOGIN,
        body=orjson.dumps(postmark_mail()),
        prove=_postmark,
        too_large=_MAIL_TOO_LARGE,
    ),
)
