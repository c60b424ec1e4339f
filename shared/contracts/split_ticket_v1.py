"""An agent undoes a merge."""

from typing import ClassVar

from shared.contracts.base import Id
from shared.contracts.desk_input import TicketCommand


class SplitTicket(TicketCommand):
    """other: a ticket that was merged into theirs. It waits again, as old as it was."""

    TYPE: ClassVar[str] = "SplitTicket"

    other: Id
