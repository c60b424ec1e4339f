"""Who is at the socket: by the lobby's own session token, and by the site's customer token.

Session tokens are ours: who has one continues the session. Customer tokens are the site's word for
who somebody is. The two have other secrets, issuers and audiences, so that none passes for the
other.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import jwt

from services.ingest.lobby.chat.account import ChatAccount
from services.ingest.lobby.chat.protocol.codes import Close

ALGORITHMS: Final = ("HS256",)  # never taken from the token: that is how `none` gets in
LEEWAY_SECONDS: Final = 30.0
SESSION_SECONDS: Final = 30 * 86_400.0
CUSTOMER_SECONDS: Final = 15 * 60.0
MAX_CUSTOMER: Final = 128
ISSUER: Final = "croupier-lobby"

_REQUIRED: Final = ("iss", "aud", "exp", "sub")
_SENDER_BYTES: Final = 16
_DEVICE_BYTES: Final = 12

Randomness = Callable[[int], str]
"""That many random bytes, in hex: `secrets.token_hex`."""


class Refused(Exception):
    """No valid token. The text may be told to the client; it quotes nothing of the token."""

    def __init__(self, code: Close, says: str) -> None:
        super().__init__(says)
        self.code: Final = code


class Minted(NamedTuple):
    """A session token, and until when it counts (epoch seconds)."""

    token: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Session:
    """Whose conversation it is.

    device: tells the ids of one device's messages from another's; it outlives connections.
    customer: the site's id of who has logged in during the session, ever.
    logged_in_until: epoch seconds; 0: not on this connection.
    """

    sender: str
    device: str
    customer: str | None = None
    logged_in_until: float = 0.0


class Tokens:
    """Of one account."""

    def __init__(self, name: str, account: ChatAccount, *, randomness: Randomness) -> None:
        self._account: Final = account
        self._audience: Final = f"chat:{name}"
        self._random: Final = randomness

    def admit(self, token: str | None, customer_token: str | None, *, now: float) -> Session:
        """The session that a hello continues or begins. Raises Refused, Unavailable."""
        kept = None if token is None else self._session(token, now)
        if customer_token is None:
            return kept or Session(f"v-{self._random(_SENDER_BYTES)}", self._random(_DEVICE_BYTES))
        customer, until = self._customer(customer_token, now)
        if kept is not None and kept.customer in (None, customer):
            return replace(kept, customer=customer, logged_in_until=until)
        return Session(f"c-{customer}", self._random(_DEVICE_BYTES), customer, until)

    def renew(
        self, session: Session, token: str | None, customer_token: str | None, *, now: float
    ) -> Session:
        """After another hello on the same socket. Raises Refused, Unavailable."""
        if token is not None and self._session(token, now).sender != session.sender:
            raise Refused(Close.NO_SESSION, "the token is another session's")
        if customer_token is None:
            return session
        customer, until = self._customer(customer_token, now)
        if session.customer not in (None, customer):
            raise Refused(Close.NO_CUSTOMER, "the session is another customer's")
        return replace(session, customer=customer, logged_in_until=until)

    def mint(self, session: Session, *, now: float) -> Minted:
        """Raises Unavailable."""
        until = now + SESSION_SECONDS
        claims = {
            "iss": ISSUER,
            "aud": self._audience,
            "sub": session.sender,
            "dev": session.device,
            "exp": int(until),
        }
        if session.customer is not None:
            claims["cus"] = session.customer
        return Minted(jwt.encode(claims, self._account.signing()[0], ALGORITHMS[0]), until)

    def _session(self, token: str, now: float) -> Session:
        claims = _claims(token, self._account.signing(), issuer=ISSUER, audience=self._audience)
        try:
            _check_times(claims, now=now, longest=SESSION_SECONDS)
            sender, device = _text(claims["sub"], 256), _text(claims.get("dev"), 64)
            customer = claims.get("cus")
            return Session(sender, device, None if customer is None else _text(customer))
        except ValueError as error:
            raise Refused(Close.NO_SESSION, f"token: {error}") from None

    def _customer(self, token: str, now: float) -> tuple[str, float]:
        """The customer, and until when we believe it."""
        account = self._account
        keys = account.vouching()
        if not keys or account.issuer is None or account.audience is None:
            raise Refused(Close.NO_CUSTOMER, "nobody can log in here")
        claims = _claims(
            token,
            keys,
            issuer=account.issuer,
            audience=account.audience,
            code=Close.NO_CUSTOMER,
        )
        try:
            until = _check_times(claims, now=now, longest=CUSTOMER_SECONDS)
            return _text(claims["sub"]), until
        except ValueError as error:
            raise Refused(Close.NO_CUSTOMER, f"customer_token: {error}") from None


def _claims(
    token: str,
    secrets: Iterable[bytes],
    *,
    issuer: str,
    audience: str,
    code: Close = Close.NO_SESSION,
) -> Mapping[str, Any]:
    """Signed with one of the secrets. Times are not checked here, since the library reads the
    machine's clock. Raises Refused."""
    refusal = "the token's signature is not right"
    for secret in secrets:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                secret,
                algorithms=list(ALGORITHMS),
                issuer=issuer,
                audience=audience,
                options={
                    "require": list(_REQUIRED),
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            refusal = f"the token is not valid: {type(error).__name__}"
            break
        return claims
    raise Refused(code, refusal)


def _check_times(claims: Mapping[str, Any], *, now: float, longest: float) -> float:
    """Its `exp`. Raises ValueError."""
    until = _time(claims["exp"])
    if now >= until + LEEWAY_SECONDS:
        raise ValueError("it has expired")
    if until > now + longest + LEEWAY_SECONDS:
        raise ValueError(f"its exp is more than {longest:g} s ahead")
    if "nbf" in claims and now < _time(claims["nbf"]) - LEEWAY_SECONDS:
        raise ValueError("it is not valid yet")
    return until


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("its times must be numbers")
    return float(value)


def _text(value: object, longest: int = MAX_CUSTOMER) -> str:
    """An id: it becomes part of keys."""
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise ValueError(f"its ids are texts of 1 to {longest} printable characters")
    return value
