"""A ticket was opened for a customer's first message."""

from typing import ClassVar

from shared.contracts.announcement import Announcement


class TicketOpened(Announcement):
    """`entry` is the message the ticket was born with."""

    TYPE: ClassVar[str] = "TicketOpened"
