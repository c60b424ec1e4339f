"""What a channel must bring to send: the request, and what its answer means. Pure.

A sender is one class in `senders/` and a line in `senders/__init__.py`. Around it the courier keeps
order, pace, attempts and reports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from services.ingest.courier.delivery import Delivery, Outcome, parts_of


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request. It holds secrets and a customer's words: never log it."""

    url: str = field(repr=False)
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider answered. headers: names in lower case."""

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


class Sender(Protocol):
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

    def serves(self, account: str) -> bool:
        """Whether replies of this account are ours to deliver, not an integration's."""
        ...

    def call(self, delivery: Delivery, text: str) -> Call:
        """The request for one part of the reply; the other one where it goes `instead`. Raises
        Unavailable (Secrets.valid)."""
        ...

    def outcome(self, reply: Reply) -> Outcome:
        """What an answer means. Whatever it cannot understand is Doubtful."""
        ...

    def judged(self, delivery: Delivery, outcome: Outcome) -> Outcome:  # noqa: ARG002
        """What the outcome means for this delivery, where that is not the same: whether there is
        another call for it, and what became of it by that call."""
        return outcome


class SenderClass(Protocol):
    """section: the name of its accounts in the accounts file."""

    @property
    def section(self) -> str: ...

    def __call__(self, accounts: Mapping[str, Any], /) -> Sender: ...


Senders = Sequence[Sender]
