"""A ticket went to another desk."""

from typing import ClassVar

from shared.contracts.announcement import TicketNews
from shared.contracts.base import Slug


class TicketMoved(TicketNews):
    """The desk it was at tells the one it goes to. Out of date, or said again, it means nothing.

    from_desk: where it was.
    """

    TYPE: ClassVar[str] = "TicketMoved"

    from_desk: Slug
