"""An agent gives a ticket to somebody else."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Id, Slug
from shared.contracts.desk_input import TicketCommand


class TransferTicket(TicketCommand):
    """To an agent, to a queue, or to another desk: one of the three must be there, to_agent alone.

    to_queue: beside to_desk: a queue there. Without it that desk decides by its own policy.
    note: words for whoever looks the ticket up later; they are told in its events only.
    """

    TYPE: ClassVar[str] = "TransferTicket"

    to_agent: Id | None = None
    to_queue: Slug | None = None
    to_desk: Slug | None = None
    note: Annotated[str, Field(max_length=1024)] | None = None
