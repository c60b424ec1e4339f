"""An agent says a ticket is done."""

from typing import ClassVar

from shared.contracts.base import Id
from shared.contracts.desk_input import TicketCommand


class ResolveTicket(TicketCommand):
    """Rejected when `seen` is not the ticket's last message: the customer wrote meanwhile."""

    TYPE: ClassVar[str] = "ResolveTicket"

    seen: Id
