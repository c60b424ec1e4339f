"""What Meta's doors have in common: the signature, the handshake and the size of a batch.

Meta signs the body with the app's secret and nothing else: no time, no address. A repetition is
recognised by the ids of its messages alone. It signs the bytes that it sends, where everything
beyond ASCII is escaped, so a body must never be written anew before it is checked.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl

from services.ingest.channels.adapter import Answer, ChannelAdapter, Door, Greeting, RawRequest
from services.ingest.channels.meta.account import MetaAccount
from services.ingest.errors import Unauthenticated
from services.ingest.happening import Happening
from services.ingest.json_body import load_object
from services.ingest.secrets import matches

SIGNATURE_HEADER: Final = "x-hub-signature-256"
BODY_BYTES: Final = 4 * 1024 * 1024  # Meta sends 3 MB at most
# Up to a thousand updates come in one body, each of up to some sixty keys and items.
_MAX_KEYS: Final = 60_000
# Meta's challenges are numbers; nothing that a browser could take for more than text is echoed.
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_.-]{1,200}")
# An unknown account is checked, too, so that the time taken says nothing about which exists.
_NOBODYS: Final = (b"nobody's",)


class MetaChannel(ChannelAdapter):
    """A door whose requests Meta signs. `about` is what its bodies say in `object`; other bodies
    are none of this channel's business and yield no events."""

    about: ClassVar[str]
    account: ClassVar = MetaAccount

    def __init__(self, accounts: Mapping[str, MetaAccount]) -> None:
        self._accounts: Final = accounts

    def verify(self, request: RawRequest) -> str:
        account = self._accounts.get(request.account)
        secrets = account.secrets.valid() if account is not None else _NOBODYS
        expected = [_signature(secret, request.body) for secret in secrets]
        signed = matches(request.headers.get(SIGNATURE_HEADER), expected)
        if account is None or not signed:
            raise Unauthenticated("the signature is not that of this account's app")
        return request.account

    def greet(self, request: RawRequest) -> Answer:
        """Meta asks whether the address is ours, and wants its challenge back."""
        account = self._accounts.get(request.account)
        tokens = account.verify_tokens.valid() if account is not None else _NOBODYS
        asked = _query(request.query)
        known = matches(asked.get("hub.verify_token"), tokens)
        challenge = asked.get("hub.challenge", "")
        if account is None or not known or asked.get("hub.mode") != "subscribe":
            raise Unauthenticated("the verify token is not that of this account")
        if not _CHALLENGE.fullmatch(challenge):
            raise Unauthenticated("the challenge is none of Meta's")
        return Answer(challenge)

    def parse(self, request: RawRequest, account: str) -> Sequence[Happening]:
        """Item by item: one that cannot be understood is left out, and loses no other."""
        # A string we do not read, such as a visiting card with a photo, may be as long as the body.
        body = load_object(request.body, max_keys=_MAX_KEYS, max_string=BODY_BYTES)
        if body.get("object") != self.about:
            return ()
        return tuple(self.events(body, account, self._accounts[account]))

    def events(
        self, body: Mapping[str, Any], name: str, account: MetaAccount
    ) -> Iterator[Happening]:
        """What happened, in the order of the body. name: the account's."""
        raise NotImplementedError


def meta_door(path: str, summary: str) -> Door:
    """A door of Meta's size, which answers handshakes."""
    return Door(
        path=path,
        summary=summary,
        body_bytes=BODY_BYTES,
        greeting=Greeting(asks=("hub.mode", "hub.verify_token", "hub.challenge")),
        proofs=((SIGNATURE_HEADER,),),
    )


def _signature(secret: bytes, body: bytes) -> bytes:
    return b"sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest().encode()


def _query(query: str) -> dict[str, str]:
    """Latin-1 keeps the bytes that were percent-encoded, as `matches` compares them."""
    try:
        return dict(parse_qsl(query, encoding="latin-1", max_num_fields=20))
    except ValueError:
        return {}
