"""One turn of a dealer: enough to replay it exactly."""

from typing import ClassVar

from pydantic import Field

from shared.contracts.base import Contract, Utc, Wire


class AppliedRange(Wire):
    """Records applied one after the other: offsets `first`..`last` of one topic, both included."""

    topic: str
    first: int = Field(ge=0)
    last: int = Field(ge=0)


class TurnRecorded(Contract):
    """What went in, in the order it was applied; `now` is the core's clock for all of it."""

    TYPE: ClassVar[str] = "TurnRecorded"
    TOPIC: ClassVar[str] = "support.events.v1"

    shard: int = Field(ge=0)
    epoch: int = Field(ge=1)
    seq: int = Field(ge=1)
    now: Utc
    policy: int = Field(ge=0)
    applied: tuple[AppliedRange, ...]

    @property
    def key(self) -> str:
        return f"shard-{self.shard}"
