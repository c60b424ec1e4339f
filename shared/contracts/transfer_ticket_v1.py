"""An agent gives a ticket to somebody else."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Id, Slug
from shared.contracts.desk_input import TicketCommand


class TransferTicket(TicketCommand):
    """To an agent or to a queue of the same desk: one of the two must be there.

    note: words for whoever looks the ticket up later; they are told in its events only.
    """

    TYPE: ClassVar[str] = "TransferTicket"

    to_agent: Id | None = None
    to_queue: Slug | None = None
    note: Annotated[str, Field(max_length=1024)] | None = None
