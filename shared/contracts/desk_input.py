"""What the events of `support.agents.v1` have in common."""

from typing import ClassVar

from shared.contracts.base import Contract, Id, Positive, Slug

Assignment = Positive


class DeskInput(Contract):
    """Something a desk's dealer must know about its agents."""

    TOPIC: ClassVar[str] = "support.agents.v1"

    desk: Slug

    @property
    def key(self) -> str:
        return self.desk


class AgentCommand(DeskInput):
    """An agent asks for something. The envelope's id is the command's id: the answer names it."""

    agent: Id


class TicketCommand(AgentCommand):
    """A command about a ticket.

    assignment: the number on the card the agent acted on. Each offer has a new one, so a command
        that was meant for an earlier offer is rejected, never applied to the next.
    """

    ticket: Id
    assignment: Assignment
