"""What a channel must bring: who sent this, and what happened.

A channel is one module with a ChannelAdapter and one line in `channels/__init__.py`. The door
around it (`api.py`) keeps the limits, masks, publishes and answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.contracts.inbound import InboundEvent


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A webhook request as it came.

    account: from the path, where the channel's path has one.
    headers: case-insensitive names.
    body: the raw bytes, which signatures are made over.
    received_at: aware UTC.
    """

    account: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Door:
    """How a channel is reached over HTTP. `schema` describes the body in the OpenAPI document."""

    path: str
    summary: str
    status: int
    body_bytes: int = 1024 * 1024
    schema: Mapping[str, Any] | None = None


class ChannelAdapter(Protocol):
    """One channel. Both methods are pure: no I/O, no clock."""

    @property
    def channel(self) -> str:
        """Its name in metrics."""
        ...

    @property
    def door(self) -> Door: ...

    def verify(self, request: RawRequest) -> str:
        """The account this request is for. Raises Unauthenticated."""
        ...

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        """What happened, in order; empty for a kind we do not take.

        Raises NotJson and BadInput. A pydantic ValidationError may pass: the door translates it.
        """
        ...
