"""What ties a ticket to others that an agent says are of the same matter."""

from typing import NamedTuple


class Bond(NamedTuple):
    """merged_into: the ticket it is part of while it is resolved; empty: none.

    split_from: those it was part of before; it is never merged with them again.
    merged: ids of the tickets that are part of it, or were when it closed, each with the deadline
        it brought, epoch seconds; 0: none, since it was answered, or a new wait has begun.
    due_at, last_message, identity: its own, apart from theirs; only with `merged`.
    """

    merged_into: str = ""
    split_from: tuple[str, ...] = ()
    merged: tuple[tuple[str, float], ...] = ()
    due_at: float = 0.0
    last_message: str = ""
    identity: str = ""

    def earliest(self) -> float:
        """The deadline of it and its parts."""
        return min([self.due_at, *(brought for _, brought in self.merged if brought)])

    def renewed(self, *, due_at: float) -> "Bond":
        """As a new wait begins, with this deadline: what was promised before is over."""
        merged = tuple((part, 0.0) for part, _ in self.merged)
        return self._replace(merged_into="", merged=merged, due_at=due_at)


ALONE = Bond()
"""Almost every ticket's."""
