"""One genuine request for every HTTP door, and the same with a proof that is not theirs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from tests.fakes.chat_providers import PROVIDERS, Provider
from tests.fakes.ingest_doors import BOT_SECRET, SITE_KEY, TWILIO_TOKEN, message
from tests.fakes.twilio import FORM, sign, sms

WRONG = "a secret that is nobody's"

Proof = Callable[[bytes, str], Mapping[str, str]]
"""Raw body and secret → headers."""


@dataclass(frozen=True)
class Knock:
    """door: its name in the table. body: of a genuine message. prove: makes the headers. signed:
    the secret is put into the body (`put`), where it is not in a header."""

    door: str
    path: str
    secret: str
    body: bytes
    prove: Proof
    put: Callable[[bytes, str], bytes] = lambda body, _secret: body

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
)
