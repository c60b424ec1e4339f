"""An agent makes another ticket part of theirs: the same customer asks the same."""

from typing import ClassVar

from shared.contracts.base import Id
from shared.contracts.desk_input import TicketCommand


class MergeTicket(TicketCommand):
    """other: an open ticket of the same desk and brand that no other agent has."""

    TYPE: ClassVar[str] = "MergeTicket"

    other: Id
