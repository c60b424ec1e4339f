"""An agent takes the ticket they were offered."""

from typing import ClassVar

from shared.contracts.desk_input import TicketCommand


class AcceptTicket(TicketCommand):
    """Answered by the card in state `accepted`."""

    TYPE: ClassVar[str] = "AcceptTicket"
