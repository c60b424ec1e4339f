"""A ticket that was part of another is one of its own again."""

from typing import ClassVar

from shared.contracts.base import Contract, Id, Natural, Positive, Slug, Utc


class TicketSplit(Contract):
    """`ticket` waits again; with it goes what its customer wrote to it meanwhile.

    due_at: its deadline, which is the one it had. The steps of both are in their TicketChanged of
        the same seq.
    """

    TYPE: ClassVar[str] = "TicketSplit"
    TOPIC: ClassVar[str] = "support.events.v1"

    ticket: Id
    split_from: Id
    desk: Slug
    agent: Id
    due_at: Utc
    shard: Natural
    epoch: Positive
    seq: Positive

    @property
    def key(self) -> str:
        return self.ticket
