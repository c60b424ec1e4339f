"""One ticket became part of another."""

from typing import ClassVar

from shared.contracts.base import Contract, Id, Natural, Positive, Slug, Utc


class TicketMerged(Contract):
    """What the customer writes to `ticket` comes to whoever has `into`, until they are split.

    due_at: the deadline of `into` from now on. The steps of both are in their TicketChanged of the
        same seq.
    """

    TYPE: ClassVar[str] = "TicketMerged"
    TOPIC: ClassVar[str] = "support.events.v1"

    ticket: Id
    into: Id
    desk: Slug
    agent: Id
    due_at: Utc
    shard: Natural
    epoch: Positive
    seq: Positive

    @property
    def key(self) -> str:
        return self.ticket
