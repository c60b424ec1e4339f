"""What ties a ticket to its tasks: tickets of their own, by which its agent asks others to do
something."""

from typing import NamedTuple


class Tasks(NamedTuple):
    """A ticket has tasks, or is one, but not both.

    parent: the ticket that it is a task of; empty: of none. note: what is to be done, in the words
        of the agent who opened it.
    opened: how many tasks it ever had. open: ids of those that are not done.
    asked: ids of the commands that opened the latest.
    done: the one that was done last while its customer has waited, and by whom; empty: none was.
    """

    parent: str = ""
    note: str = ""
    opened: int = 0
    open: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    done: tuple[str, ...] = ()


UNTIED = Tasks()
"""Almost every ticket's."""
