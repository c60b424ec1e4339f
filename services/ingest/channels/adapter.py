"""What a channel must bring: who sent this, and what happened.

A channel is a class that fulfils ChannelAdapter, in a module or a package of its own, and one line
in `channels/__init__.py`. The door around it (`api.py`) keeps the limits, masks, publishes and
answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.ingest.account import AccountSection
from services.ingest.happening import Happening

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
TEXT = "text/plain"

BEARER = "bearer"
BASIC = "basic"


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A webhook request as it came.

    account: from the path, where the channel's path has one.
    headers: case-insensitive names.
    body: the raw bytes, which signatures are made over; empty of a GET.
    received_at: aware UTC.
    query: of the URL, raw, without the question mark.
    url: as the provider knows it: our public address from the settings, never from a Host header,
        then path and query.
    """

    account: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received_at: datetime
    query: str = field(default="", repr=False)
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider wants to read where it is not our own JSON. Never a customer's words."""

    body: str
    media_type: str = TEXT
    status: int = 200


@dataclass(frozen=True, slots=True)
class Greeting:
    """A provider's handshake by GET. asks: names in the query. answers: the content type."""

    asks: tuple[str, ...]
    answers: str = TEXT


@dataclass(frozen=True, slots=True)
class Door:
    """How a channel is reached over HTTP.

    status: of our own answer, `{"accepted": [ids]}`.
    media: content types that are taken.
    greeting: where GET is answered, too (`greet`).

    For the OpenAPI document:
    schema: of a JSON body.
    answers: content types of the answer when all is durable.
    proofs: headers in which the caller proves who it is, BEARER or BASIC for Authorization: all of
        one tuple; several tuples are alternatives. Empty where the proof is in the body.
    """

    path: str
    summary: str
    status: int = 200
    body_bytes: int = 1024 * 1024
    media: tuple[str, ...] = (JSON,)
    greeting: Greeting | None = None
    schema: Mapping[str, Any] | None = None
    answers: tuple[str, ...] = (JSON,)
    proofs: tuple[tuple[str, ...], ...] = ()


class ChannelAdapter(Protocol):
    """One channel, made with the accounts of its section: account → model. Its methods are pure:
    no I/O, no clock. All may raise Unavailable (from Secrets.valid)."""

    @property
    def channel(self) -> str:
        """Its name in metrics."""
        ...

    @property
    def door(self) -> Door: ...

    def verify(self, request: RawRequest) -> str:
        """The account this request is for. Raises Unauthenticated."""
        ...

    def parse(self, request: RawRequest, account: str) -> Sequence[Happening]:
        """What happened, in order; empty for a kind we do not take.

        Raises NotJson and BadInput. A pydantic ValidationError may pass: the door translates it.
        """
        ...

    def answer(self, request: RawRequest, account: str) -> Answer | None:  # noqa: ARG002
        """What the provider wants to read once all is durable; None: our own JSON."""
        return None

    def greet(self, request: RawRequest) -> Answer:
        """The answer to a handshake by GET, of a door that greets. Raises Unauthenticated."""
        raise NotImplementedError


class Channel(Protocol):
    """A ChannelAdapter's class. section: its name in the accounts file. account: the model of one
    account there. names: channels of its events, which no integration may take for itself."""

    @property
    def section(self) -> str: ...

    @property
    def account(self) -> type[AccountSection]: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    def __call__(self, accounts: Mapping[str, Any], /) -> ChannelAdapter: ...
