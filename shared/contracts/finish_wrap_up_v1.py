"""An agent finishes the after-work of a ticket before its time is over."""

from typing import ClassVar

from shared.contracts.desk_input import TicketCommand


class FinishWrapUp(TicketCommand):
    """Frees the slot now instead of at the end of the wrap-up time."""

    TYPE: ClassVar[str] = "FinishWrapUp"
