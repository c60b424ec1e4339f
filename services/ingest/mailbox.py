"""One mailbox of the accounts file's section `mail`: what it receives, and how it answers."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from services.ingest.account import AccountSection
from services.ingest.secrets import Secrets

Address = Annotated[
    str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254, to_lower=True)
]
# What goes into a header: no line break can begin another one.
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f\x85\u2028\u2029]+$")]


class Outgoing(AccountSection):
    """The mail server that takes our replies.

    tls: from the first byte (mostly port 465), by STARTTLS, or none; a server's certificate must be
        valid for `host`. Without it nobody logs in: a password would be read on the way.
    sender: `from` in the file, one of the mailbox's addresses; the first of them where it is not
        said. name: shown before it.
    subject: of an answer to a mail that had none, or is not known any more.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: Annotated[Words, Field(max_length=256)] | None = None
    password: Secrets | None = None
    sender: Address | None = Field(None, alias="from")
    name: Annotated[Words, Field(max_length=128)] | None = None
    subject: Annotated[Words, Field(max_length=200)] | None = None

    @model_validator(mode="after")
    def _logs_in_safely_or_not_at_all(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.username is not None and self.tls == "none":
            raise ValueError("tls: a password is sent by starttls or tls only")
        return self


class Mailbox(AccountSection):
    """addresses: those that are its own. outgoing: absent: its answers are an integration's."""

    addresses: Annotated[list[Address], Field(min_length=1)]
    outgoing: Outgoing | None = None

    @model_validator(mode="after")
    def _answers_from_an_address_of_its_own(self) -> Self:
        if self.outgoing is not None and self.sender not in self.addresses:
            raise ValueError("outgoing.from: one of addresses, so that a loop of mails is known")
        return self

    @property
    def sender(self) -> str:
        """What its answers come from."""
        return (self.outgoing and self.outgoing.sender) or self.addresses[0]
