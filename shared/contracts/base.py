"""What every wire event shares: the envelope, and how bytes become an event and back.

An event on the wire is one JSON object:

    {"id", "type", "version", "at", "cause"?, "correlation"?, "data"}

`type` and `version` name a module of this package; `data` has that module's shape. Consumers
ignore fields they do not know, so a field can be added without a new version; anything else is
a new version beside the old.
"""

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Generic, TypeVar

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

Text = Annotated[str, Field(max_length=65_536)]
Id = Annotated[str, Field(min_length=1, max_length=256)]
Slug = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
Account = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\s:]+$")]
Utc = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]


class Wire(BaseModel):
    """A frozen value that tolerates fields from the future."""

    model_config = ConfigDict(frozen=True, extra="ignore")


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
    type: Slug | Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]+$", max_length=64)]
    version: int = Field(ge=1)
    at: Utc
    cause: Id | None = None
    correlation: Id | None = None
    data: C_co


def wrap(
    data: D, *, id: str, at: datetime, cause: str | None = None, correlation: str | None = None
) -> Envelope[D]:
    """Put `data` into its envelope."""
    # model_construct: `data` is a validated model already, and this runs for every card and event
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
    head = {"id": event.id, "type": event.type, "version": event.version, "at": event.at}
    if event.cause is not None:
        head["cause"] = event.cause
    if event.correlation is not None:
        head["correlation"] = event.correlation
    head["data"] = event.data.model_dump(mode="python", exclude_none=True)
    return orjson.dumps(head, option=orjson.OPT_UTC_Z)
