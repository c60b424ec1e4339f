"""Whom a re-review passed by at a moment of the past."""

from collections.abc import Sequence
from typing import Final

from services.router.domain.ticket import Ticket
from services.router.explain.facts import Place, Step

_DECIDE: Final = frozenset({"replied", "resolved", "escalated"})
_JOIN: Final = frozenset({"merged_in", "split_off"})


def barred_at(ticket: Ticket, steps: Sequence[Step], place: Place) -> tuple[str, ...]:
    """Of those who are barred by now. Who never decided this very ticket came with another, when
    the two were merged or split. steps: of the ticket, in order."""
    before = [each for each in steps if each.place < place]
    escalated = [each.place for each in before if each.on == "escalated"]
    joined = any(each.on in _JOIN for each in before)
    first = {each.agent: each.place for each in reversed(steps) if each.on in _DECIDE}
    return tuple(
        agent
        for agent in ticket.barred
        if (joined if agent not in first else bool(escalated) and first[agent] <= escalated[-1])
    )
