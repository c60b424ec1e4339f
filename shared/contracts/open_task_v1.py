"""An agent asks somebody else to do something for a ticket: a task, a ticket of its own."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Slug
from shared.contracts.desk_input import TicketCommand


class OpenTask(TicketCommand):
    """The task waits in a queue of the same desk for whoever can do it.

    note: what is to be done; told on the task's card and in its events only.
    wait: the ticket is set aside until the last of its tasks is done, or the customer writes, or
        the longest time to park is over. Otherwise it stays with its agent.
    """

    TYPE: ClassVar[str] = "OpenTask"

    to_queue: Slug
    note: Annotated[str, Field(min_length=1, max_length=1024)]
    wait: bool = True
