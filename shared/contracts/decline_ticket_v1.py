"""An agent declines the ticket they were offered."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.desk_input import TicketCommand


class DeclineTicket(TicketCommand):
    """The ticket goes back to its queue, its age kept; this agent is skipped for a while."""

    TYPE: ClassVar[str] = "DeclineTicket"

    reason: Annotated[str, Field(max_length=128)] | None = None
