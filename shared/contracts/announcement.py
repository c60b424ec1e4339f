"""What the events of `support.tickets.v1` have in common."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.base import Contract, Id, Natural, Slug, Utc, Wire

Rating = Annotated[int, Field(ge=1, le=5)]
EntryKind = Literal["message", "edit", "delete", "left", "transcript", "rating"]


class Entry(Wire):
    """One line of a ticket's conversation, as routing needs to know it: no text.

    partition, offset: its position in `support.inbound.v1`; a ticket remembers the highest
        position it has seen per partition, which is how a repeated announcement is recognised.
    reopens: false for what does not wake a resolved ticket (thanks, an emoji, an auto-reply).
    rating: from 1 to 5, of a customer who says how they were served, be it by a bare number.
    """

    message: Id
    kind: EntryKind
    partition: Natural
    offset: Natural
    at: Utc
    identity: Id
    reopens: bool = True
    rating: Rating | None = None


class TicketNews(Contract):
    """The sorter tells a desk that a ticket has something new. A hint: the document decides."""

    TOPIC: ClassVar[str] = "support.tickets.v1"

    ticket: Id
    desk: Slug

    @property
    def key(self) -> str:
        return self.desk


class Announcement(TicketNews):
    """The ticket's conversation grew."""

    entry: Entry
