"""An agent takes a ticket from the queue themselves."""

from typing import ClassVar

from shared.contracts.base import Id
from shared.contracts.desk_input import AgentCommand


class PullTicket(AgentCommand):
    """ticket: one that waits at the desk; absent: the next that the agent could be dealt."""

    TYPE: ClassVar[str] = "PullTicket"

    ticket: Id | None = None
