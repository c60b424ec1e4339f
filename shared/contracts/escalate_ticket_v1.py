"""An agent sends a ticket for re-review: a customer disputes what was decided."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Slug
from shared.contracts.desk_input import TicketCommand


class EscalateTicket(TicketCommand):
    """Nobody who answered the customer or resolved the ticket gets it again, nor does the sender.

    to_queue: of the same desk; without it the policy says where it goes.
    note: words for whoever looks the ticket up later; they are told in its events only.
    """

    TYPE: ClassVar[str] = "EscalateTicket"

    to_queue: Slug | None = None
    note: Annotated[str, Field(max_length=1024)] | None = None
