"""An agent sets a ticket aside for a time: somebody else has to do something first."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Utc
from shared.contracts.desk_input import TicketCommand


class ParkTicket(TicketCommand):
    """The agent's slot is free until the ticket wakes: at `until`, or when the customer writes."""

    TYPE: ClassVar[str] = "ParkTicket"

    until: Utc
    reason: Annotated[str, Field(min_length=1, max_length=256)]
