"""One turn of a dealer: enough to replay it exactly."""

from typing import ClassVar, Literal

from shared.contracts.announcement import EntryKind, Rating
from shared.contracts.base import Contract, Id, Natural, Positive, Utc, Wire


class AppliedRange(Wire):
    """Records applied one after the other: offsets `first`..`last` of one topic, both included."""

    topic: str
    first: Natural
    last: Natural


class Overtaken(Wire):
    """A message of a ticket that changed desks, read from the store: a later one came first."""

    ticket: Id
    message: Id
    kind: EntryKind
    partition: Natural
    offset: Natural
    at: Utc
    reopens: bool
    rating: Rating | None = None


class QuietWork(Wire):
    """Work of the desks that nothing came of, so that it has no turn of its own. policy: version of
    the rules. timers: whether what was due could end."""

    at: Utc
    policy: Natural
    timers: bool


class TurnRecorded(Contract):
    """What went in, in the order it was applied; `now` is the core's clock for all of it.

    work: what the desks did of their own after it: `all`; `deals`, but no timer went off; `none`.
    quiet: their work since the turn before that nothing came of, the latest of it.
    loaded_at: when the desks were loaded from the store, where that was since the turn before.
    offers_from: the time from which offers that stood were counted anew, where that was done.
    set_aside: the one record was passed over as a dead letter, for it had failed before.
    overtaken: what was read from the store, in the order in which it was applied: each before the
        announcement of the same ticket that overtook it.
    """

    TYPE: ClassVar[str] = "TurnRecorded"
    TOPIC: ClassVar[str] = "support.events.v1"

    shard: Natural
    epoch: Positive
    seq: Positive
    now: Utc
    policy: Natural
    applied: tuple[AppliedRange, ...]
    work: Literal["all", "deals", "none"] | None = None
    quiet: tuple[QuietWork, ...] | None = None
    loaded_at: Utc | None = None
    offers_from: Utc | None = None
    set_aside: bool | None = None
    overtaken: tuple[Overtaken, ...] | None = None

    @property
    def key(self) -> str:
        return f"shard-{self.shard}"
