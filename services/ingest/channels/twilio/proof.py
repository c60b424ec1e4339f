"""Twilio's signature: an HMAC over the URL that it called and the parameters that it sent.

`X-Twilio-Signature` is base64 of the HMAC by the auth token, with SHA-1, or by a key of one's own
with SHA-256 where `X-Twilio-Webhooks-Signature-Settings` says so. It covers no time.
"""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

from services.ingest.channels.twilio.params import Params
from services.ingest.secrets import matches

SIGNATURE: Final = "x-twilio-signature"
SETTINGS: Final = "x-twilio-webhooks-signature-settings"
BODY_HASH: Final = "bodySHA256"
# How Twilio is to call us: 5 tries more, also after a 5xx. A fragment: neither sent nor signed.
PERSISTENT: Final = "#rc=5&rp=all"

_URL: Final = re.compile(
    r"(?P<before>(?P<scheme>https?)://(?:\[[^\]/]*\]|[^/:]*))(?P<port>:\d+)?(?P<after>/.*)"
)
_PORTS: Final = {"http": ":80", "https": ":443"}


def signature(token: bytes, url: str, params: Params, *, algorithm: str = "sha1") -> bytes:
    """What the header should be. Of a repeated name each value counts once."""
    signed = url + "".join(
        name + value for name in sorted(params) for value in sorted(set(params[name]))
    )
    return b64encode(hmac.new(token, signed.encode("utf-8", "replace"), algorithm).digest())


def is_signed(
    headers: Mapping[str, str], *, url: str, params: Params, tokens: tuple[bytes, ...]
) -> bool:
    """Whether one of the tokens made the signature."""
    algorithm = _algorithm(headers.get(SETTINGS, ""))
    if algorithm is None:
        return False
    return matches(
        headers.get(SIGNATURE),
        [
            signature(token, each, params, algorithm=algorithm)
            for token in tokens
            for each in _spellings(url)
        ],
    )


def is_hash_of(claimed: str, body: bytes) -> bool:
    """Whether this is the hex SHA-256 of the body."""
    return matches(claimed, [hashlib.sha256(body).hexdigest().encode()])


def _spellings(url: str) -> set[str]:
    """With a port and without, since Twilio is of two minds."""
    found = _URL.fullmatch(url)
    if found is None:
        return {url}
    before, port, after = found["before"], found["port"], found["after"]
    return {url, f"{before}{after}", f"{before}{port or _PORTS[found['scheme']]}{after}"}


def _algorithm(settings: str) -> str | None:
    """The name for hashlib, None of one that we do not know."""
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}.get(value.strip().upper())
    return "sha1"
