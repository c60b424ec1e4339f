"""Viber, VK, X and Slack as they call our doors: samples of what they post, with their proof."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from slack_sdk.signature import SignatureVerifier

from tests.fakes.ingest_doors import (
    NOW,
    SLACK_SECRETS,
    VIBER_TOKENS,
    VK_SECRETS,
    X_SECRETS,
    IngestDoors,
)

SAMPLES = Path(__file__).parents[1] / "samples"


def sample(provider: str, name: str) -> dict[str, Any]:
    """What the provider posts, from tests/samples."""
    loaded = json.loads((SAMPLES / provider / f"{name}.json").read_text("utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def samples(provider: str, *names: str) -> list[dict[str, Any]]:
    """Several of them."""
    return [sample(provider, name) for name in names]


@dataclass(frozen=True)
class Provider:
    """One that calls a door.

    header: of its proof; "" where it is in the body.
    prove: raw body and secret → headers.
    genuine: the sample of a plain text.
    """

    name: str
    account: str
    secrets: tuple[str, str]
    header: str
    prove: Callable[[bytes, str], Mapping[str, str]]
    genuine: str

    def text(self) -> dict[str, Any]:
        """A message in words."""
        return sample(self.name, self.genuine)

    def raw(self, body: object, secret: str | None = None) -> bytes:
        """The body as it goes on the wire; with the secret in it, where that is the proof."""
        if not self.header and isinstance(body, dict) and body.get("type") != "confirmation":
            body = {**body, "secret": self.secrets[0] if secret is None else secret}
        return body if isinstance(body, bytes) else json.dumps(body).encode()

    async def post(
        self,
        doors: IngestDoors,
        body: object,
        *,
        secret: str | None = None,
        account: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Post it with the proof. headers: instead of those of the proof."""
        content = self.raw(body, secret)
        proof = self.prove(content, self.secrets[0] if secret is None else secret)
        return await doors.post(
            content=content,
            path=f"/v1/{self.name}/{self.account if account is None else account}",
            headers=dict(proof if headers is None else headers),
        )


def _viber(body: bytes, token: str) -> Mapping[str, str]:
    return {"X-Viber-Content-Signature": hmac.new(token.encode(), body, "sha256").hexdigest()}


def _vk(_body: bytes, _secret: str) -> Mapping[str, str]:
    return {}


def _x(body: bytes, secret: str) -> Mapping[str, str]:
    signature = base64.b64encode(hmac.new(secret.encode(), body, "sha256").digest())
    return {"x-twitter-webhooks-signature": f"sha256={signature.decode()}"}


def slack_headers(body: bytes, secret: str, *, sent_at: float = NOW) -> Mapping[str, str]:
    """As Slack's own library signs. sent_at: seconds."""
    time = str(int(sent_at))
    signed = f"v0:{time}:".encode() + body
    try:
        signature = SignatureVerifier(secret).generate_signature(timestamp=time, body=body)
    except UnicodeDecodeError:  # the library signs text only
        signature = f"v0={hmac.new(secret.encode(), signed, 'sha256').hexdigest()}"
    return {"X-Slack-Request-Timestamp": time, "X-Slack-Signature": str(signature)}


VIBER = Provider("viber", "lucky_viber", VIBER_TOKENS, "X-Viber-Content-Signature", _viber, "text")
VK = Provider("vk", "lucky_vk", VK_SECRETS, "", _vk, "message_new")
X = Provider("x", "lucky_x", X_SECRETS, "x-twitter-webhooks-signature", _x, "message")
SLACK = Provider(
    "slack", "partners", SLACK_SECRETS, "X-Slack-Signature", slack_headers, "message_channel"
)
PROVIDERS = (VIBER, VK, X, SLACK)
