"""Who is at the socket: the subject of a signed token, and nobody the client merely names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import jwt

from shared.runtime.settings import MIN_SECRET_BYTES

ALGORITHMS: Final = ("HS256",)  # never taken from the token: that is how `none` gets in
LEEWAY_SECONDS: Final = 30
MAX_AGENT_ID: Final = 128

_REQUIRED: Final = ("iss", "aud", "exp", "sub")


class Refused(Exception):
    """No valid token. The text may be told to the client; it quotes nothing of the token."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The agent, and until when (epoch seconds) we may believe it."""

    agent: str
    expires_at: float


class TokenVerifier:
    """Checks tokens against the secrets in force: two while they are being changed over."""

    def __init__(self, secrets: Sequence[bytes], *, issuer: str, audience: str) -> None:
        """Raises ValueError without secrets, or for one that can be guessed."""
        if not secrets or any(len(secret) < MIN_SECRET_BYTES for secret in secrets):
            raise ValueError(f"tokens need secrets of at least {MIN_SECRET_BYTES} bytes")
        self._secrets: Final = tuple(secrets)
        self._issuer: Final = issuer
        self._audience: Final = audience

    def verify(self, token: str) -> Identity:
        """Raises Refused."""
        refusal = "no valid token"
        for secret in self._secrets:
            try:
                return self._verify(token, secret)
            except jwt.InvalidSignatureError:
                refusal = "the token's signature is not ours"
            except jwt.ExpiredSignatureError:
                raise Refused("the token has expired") from None
            except (jwt.PyJWTError, ValueError, TypeError) as error:
                raise Refused(f"the token is not valid: {type(error).__name__}") from None
        raise Refused(refusal)

    def _verify(self, token: str, secret: bytes) -> Identity:
        claims = jwt.decode(
            token,
            secret,
            algorithms=list(ALGORITHMS),
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY_SECONDS,
            options={"require": list(_REQUIRED)},
        )
        agent = claims["sub"]
        if not isinstance(agent, str) or not 0 < len(agent) <= MAX_AGENT_ID:
            raise Refused(f"the token's sub is an agent's id of 1 to {MAX_AGENT_ID} characters")
        return Identity(agent, float(claims["exp"]) + LEEWAY_SECONDS)
