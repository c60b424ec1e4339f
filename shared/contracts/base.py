"""What every wire event shares: the envelope, and how bytes become an event and back.

An event on the wire is one JSON object:

    {"id", "type", "version", "at", "cause"?, "correlation"?, "data"}

`type` and `version` name a module of this package; `data` has that module's shape. Consumers
ignore fields they do not know, so a field can be added without a new version; anything else is
a new version beside the old.

Reading is strict: a number is not a string, and a time is a string with its zone. What a schema
under docs/schemas refuses, a consumer refuses too.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Final, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

MAX_RECORD_BYTES: Final = 262_144
MAX_TEXT: Final = 65_536  # characters: a text of astral characters meets the record's limit first

_INT64: Final = 2**63 - 1  # the store's integer; a larger one could be read but not kept
# Ids become keys, headers and addresses, where a line break would begin something else.
_NO_CONTROLS: Final = r"^[^\x00-\x1f\x7f]+$"


def _utc(value: object) -> datetime:
    """A time with its zone, in UTC.

    A number is refused: is it seconds, or milliseconds, and since when?
    """
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(at, datetime) and at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # said below, without the value that fromisoformat would quote
    raise ValueError("not a time with its zone, such as 2026-11-22T10:00:00Z")


Int64 = Annotated[int, Field(ge=-_INT64, le=_INT64)]
Natural = Annotated[int, Field(ge=0, le=_INT64)]
Positive = Annotated[int, Field(ge=1, le=_INT64)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]
# Ours: 512 holds `channel:account:sender` and `channel:account:message_id` at their longest.
Id = Annotated[str, Field(min_length=1, max_length=512, pattern=_NO_CONTROLS)]
# A channel's own id of a person or a message.
ProviderId = Annotated[str, Field(min_length=1, max_length=256, pattern=_NO_CONTROLS)]
Slug = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
Account = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\s:\x00-\x1f\x7f]+$")]
Utc = Annotated[
    datetime,
    PlainValidator(_utc),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class Wire(BaseModel):
    """A frozen value that tolerates fields from the future."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Contract(Wire):
    """The `data` of one event version. Subclasses say their name, version and topic."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    TOPIC: ClassVar[str]

    @property
    def key(self) -> str:
        """The Kafka key: what must stay in order stays on one partition."""
        raise NotImplementedError(type(self).__name__)


C_co = TypeVar("C_co", bound=Contract, covariant=True)
D = TypeVar("D", bound=Contract)


class Envelope(Wire, Generic[C_co]):
    """One event.

    id: unique and stable: the same event sent again has the same id.
    at: when it happened, aware UTC.
    cause: id of the event or command that led to this one.
    correlation: one id through a whole story, from the customer's message to the agent's screen.
    """

    id: Id
    type: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]+$", max_length=64)]
    version: Positive
    at: Utc
    cause: Id | None = None
    correlation: Id | None = None
    data: C_co


def wrap(
    data: D, *, id: str, at: datetime, cause: str | None = None, correlation: str | None = None
) -> Envelope[D]:
    """Put `data`, which is valid already, into its envelope."""
    return Envelope[D].model_construct(
        id=id,
        type=data.TYPE,
        version=data.VERSION,
        at=at,
        cause=cause,
        correlation=correlation,
        data=data,
    )


def encode(event: Envelope[Contract]) -> bytes:
    """The event as it goes on the wire."""
    return encode_fields(
        type(event.data),
        event.data.model_dump(mode="python", exclude_none=True),
        id=event.id,
        at=event.at,
        cause=event.cause,
        correlation=event.correlation,
    )


def encode_fields(
    contract: type[Contract],
    fields: Mapping[str, object],
    *,
    id: str,
    at: datetime,
    cause: str | None = None,
    correlation: str | None = None,
) -> bytes:
    """What `encode` makes of `contract(**fields)`, without making one.

    For events made by the thousand from values known to be valid; a field without a value is left
    out of `fields`. A third of the cost.
    """
    head: dict[str, object] = {
        "id": id,
        "type": contract.TYPE,
        "version": contract.VERSION,
        "at": at,
    }
    if cause is not None:
        head["cause"] = cause
    if correlation is not None:
        head["correlation"] = correlation
    head["data"] = fields
    return orjson.dumps(head, option=orjson.OPT_UTC_Z)
