"""What the events of `support.tickets.v1` have in common."""

from typing import ClassVar, Literal

from shared.contracts.base import Contract, Id, Natural, Slug, Utc, Wire

EntryKind = Literal["message", "edit", "delete", "left", "transcript"]


class Entry(Wire):
    """One line of a ticket's conversation, as routing needs to know it: no text.

    partition, offset: its position in `support.inbound.v1`; a ticket remembers the highest
        position it has seen per partition, which is how a repeated announcement is recognised.
    reopens: false for what does not wake a resolved ticket (thanks, an emoji, an auto-reply).
    """

    message: Id
    kind: EntryKind
    partition: Natural
    offset: Natural
    at: Utc
    identity: Id
    reopens: bool = True


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
