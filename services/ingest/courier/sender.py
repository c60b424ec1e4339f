"""What a channel must bring to send: the request, and what its answer means. Pure.

Most providers are called by HTTP (`Call`); a mail is handed to a mail server (`Letter`).

A sender is one class in `senders/` and a line in `senders/__init__.py`. Around it the courier keeps
order, pace, attempts and reports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from services.ingest.courier.delivery import Delivery, Outcome, parts_of


class Unsendable(Exception):
    """No request can say this: it is refused before anybody is called. Says why, for people,
    without the customer's words or address."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request. It holds secrets and a customer's words: never log it."""

    url: str = field(repr=False)
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail, and the server to hand it to. It holds secrets and a customer's words: never log
    it.

    tls: from the first byte, by STARTTLS, or none. password: None: nobody logs in.
    source, recipient: the envelope's. id: the message's, also in it. content: the message, with
    CRLF, as ASCII.
    """

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    source: str = field(repr=False)
    recipient: str = field(repr=False)
    id: str
    content: bytes = field(repr=False)


Request = Call | Letter


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider answered. headers: names in lower case. A mail server has none; see
    `smtp.py` for what stands there instead."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a provider lets us send. account, chat: messages a second, of one account and to one
    customer; burst: at once. most, most_bytes: characters, and bytes of UTF-8, of one message."""

    account: float
    chat: float
    most: int
    burst: int = 1
    most_bytes: int | None = None

    def parts(self, text: str) -> Sequence[str]:
        """The text in messages."""
        return parts_of(text, most=self.most, most_bytes=self.most_bytes)


R_co = TypeVar("R_co", bound=Request, covariant=True)


class Way(Protocol[R_co]):
    """One channel's way out, made with the accounts of its section: account → model."""

    @property
    def channel(self) -> str: ...

    @property
    def pace(self) -> Pace: ...

    @property
    def repeatable(self) -> bool:
        """Whether the provider knows a repeated call, by an id of ours, and delivers it once: then
        a doubtful one is made again."""
        ...

    @property
    def names_message(self) -> bool:
        """Whether a request depends on more of the message that it answers than its id: then
        `subject`, `thread` and `heard_at` of a delivery are filled in."""
        return False

    def serves(self, account: str) -> bool:
        """Whether replies of this account are ours to deliver, not an integration's."""
        ...

    def call(self, delivery: Delivery, text: str) -> R_co:
        """The request for one part of the reply; the other one where it goes `instead`. `delivery`
        has begun: `since` is the time of the call. Raises Unavailable (Secrets.valid), and
        Unsendable."""
        ...

    def outcome(self, reply: Reply) -> Outcome:
        """What an answer means. Whatever it cannot understand is Doubtful."""
        ...

    def judged(self, delivery: Delivery, outcome: Outcome) -> Outcome:  # noqa: ARG002
        """What the outcome means for this delivery, where that is not the same: whether there is
        another call for it, and what became of it by that call."""
        return outcome


class Sender(Way[Call], Protocol):
    """By HTTP."""


class SenderClass(Protocol):
    """section: the name of its accounts in the accounts file."""

    @property
    def section(self) -> str: ...

    def __call__(self, accounts: Mapping[str, Any], /) -> Way[Request]: ...


Senders = Mapping[tuple[str, str], Way[Request]]
"""By channel and account: those that are ours to deliver for. Two sections may share a channel."""
