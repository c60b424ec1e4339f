"""One turn of a dealer: enough to replay it exactly."""

from typing import ClassVar

from shared.contracts.base import Contract, Natural, Positive, Utc, Wire


class AppliedRange(Wire):
    """Records applied one after the other: offsets `first`..`last` of one topic, both included."""

    topic: str
    first: Natural
    last: Natural


class TurnRecorded(Contract):
    """What went in, in the order it was applied; `now` is the core's clock for all of it."""

    TYPE: ClassVar[str] = "TurnRecorded"
    TOPIC: ClassVar[str] = "support.events.v1"

    shard: Natural
    epoch: Positive
    seq: Positive
    now: Utc
    policy: Natural
    applied: tuple[AppliedRange, ...]

    @property
    def key(self) -> str:
        return f"shard-{self.shard}"
