"""An agent answers the customer."""

from typing import ClassVar

from shared.contracts.base import Id, Text
from shared.contracts.desk_input import TicketCommand


class ReplyToTicket(TicketCommand):
    """`seen` is the id of the last customer message the agent had on screen.

    awaits: the agent can do no more before the customer answers. Without effect where the
        customer wrote after `seen`.
    """

    TYPE: ClassVar[str] = "ReplyToTicket"

    text: Text
    seen: Id | None = None
    awaits: bool = False
