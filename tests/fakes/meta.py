"""Meta's side of its webhooks: samples of what it sends, and its signature."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from services.ingest.account import AccountSection
from services.ingest.channels.meta.account import MessagingAccount, WhatsAppAccount
from services.ingest.secrets import Secrets

if TYPE_CHECKING:
    from tests.fakes.ingest_doors import IngestDoors

SAMPLES = Path(__file__).parents[1] / "samples" / "meta"
APP_SECRET = "0123456789abcdef0123456789abcdef"
OLD_APP_SECRET = "fedcba9876543210fedcba9876543210"
VERIFY_TOKEN = "a token that Meta says"
OLD_VERIFY_TOKEN = "a token that Meta said"
HEADER = "X-Hub-Signature-256"


def number(*ids: str) -> WhatsAppAccount:
    return WhatsAppAccount(**_common(ids))


def page(*ids: str) -> MessagingAccount:
    return MessagingAccount(**_common(ids))


def _common(ids: Sequence[str]) -> dict[str, Any]:
    return {
        "secrets": Secrets.of(APP_SECRET, OLD_APP_SECRET),
        "verify_tokens": Secrets.of(VERIFY_TOKEN, OLD_VERIFY_TOKEN),
        "ids": frozenset(ids),
    }


SECTIONS: Mapping[str, Mapping[str, AccountSection]] = {
    "whatsapp": {"lucky_phone": number("106540352242922"), "any_phone": number()},
    "messenger": {"lucky_page": page("1067280970047460"), "any_page": page()},
    "instagram": {"lucky_gram": page("17841405822304914")},
}
PATHS = {
    "whatsapp": "/v1/whatsapp/lucky_phone",
    "messenger": "/v1/messenger/lucky_page",
    "instagram": "/v1/instagram/lucky_gram",
}


def sample(name: str) -> bytes:
    """As Meta sends it: what is not ASCII is escaped."""
    return (SAMPLES / f"{name}.json").read_bytes()


def loaded(name: str) -> Any:
    return json.loads(sample(name))


def names(prefix: str) -> list[str]:
    return sorted(each.stem for each in SAMPLES.glob(f"{prefix}_*.json"))


def signature(body: bytes, secret: str = APP_SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def path_of(name: str) -> str:
    return PATHS[name.partition("_")[0]]


async def deliver(doors: "IngestDoors", body: bytes, path: str, **headers: Any) -> httpx.Response:
    """POST the body with Meta's signature, unless `headers` say otherwise."""
    given = {HEADER: signature(body), **headers}
    return await doors.post(content=body, path=path, headers=given)


async def deliver_sample(doors: "IngestDoors", name: str) -> httpx.Response:
    return await deliver(doors, sample(name), path_of(name))
