"""What the accounts file says of a chat: section `chat`, an account for each site.

chat:
  website:
    secrets: [{file: keys/chat}]            # sign the lobby's own session tokens
    origins: [https://www.example.com]
    issuer: https://www.example.com         # of customer tokens, with their audience and keys
    audience: croupier-chat
    customers: [{file: keys/customers}]
"""

from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from services.ingest.account import AccountSection
from services.ingest.errors import Unavailable
from services.ingest.secrets import Secrets

CHANNEL: Final = "chat"
MIN_SECRET_BYTES: Final = 32
"""What HS256 needs (RFC 7518, 3.2)."""

Origin = Annotated[str, Field(pattern=r"^https?://[^\s/?#]+$")]
Claim = Annotated[str, Field(min_length=1, max_length=256)]


class ChatAccount(AccountSection):
    """One site.

    secrets: sign session tokens, the first of two; either is accepted.
    customers: keys of the site's customer tokens; without them nobody can log in.
    issuer, audience: of those tokens.
    origins: of browsers let in. A client that sends none is no browser.
    lang: of customers who say none.
    agent_names: what customers see of an agent's name.
    max_sockets: at an instance of the lobby.
    """

    secrets: Secrets
    customers: Secrets | None = None
    issuer: Claim | None = None
    audience: Claim | None = None
    origins: tuple[Origin, ...]
    lang: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    agent_names: Literal["none", "first", "full"] = "none"
    max_sockets: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _tokens_cannot_be_guessed(self) -> Self:
        given = (self.customers is not None, self.issuer is not None, self.audience is not None)
        if len(set(given)) > 1:
            raise ValueError("customers, issuer and audience go together")
        for secrets in (self.secrets, self.customers):
            if secrets is not None and min(map(len, secrets.valid())) < MIN_SECRET_BYTES:
                raise ValueError(f"tokens need secrets of at least {MIN_SECRET_BYTES} bytes")
        return self

    def signing(self) -> tuple[bytes, ...]:
        """Of session tokens, the one to sign with first. Raises Unavailable."""
        return _strong(self.secrets)

    def vouching(self) -> tuple[bytes, ...]:
        """Of customer tokens; none where nobody can log in. Raises Unavailable."""
        return () if self.customers is None else _strong(self.customers)


class ChatSection:
    """The part of the accounts file. Chat has no HTTP door: it is no channel adapter."""

    section: ClassVar = "chat"
    account: ClassVar = ChatAccount
    names: ClassVar = (CHANNEL,)


def _strong(secrets: Secrets) -> tuple[bytes, ...]:
    """A file may have been replaced by one that is too short since the start."""
    strong = tuple(each for each in secrets.valid() if len(each) >= MIN_SECRET_BYTES)
    if not strong:
        raise Unavailable(f"the secrets have less than {MIN_SECRET_BYTES} bytes")
    return strong
