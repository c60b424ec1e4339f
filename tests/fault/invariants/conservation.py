"""I1: every accepted message is in exactly one ticket, or set aside where people see it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.fault.history import History


@dataclass(frozen=True, slots=True)
class Conservation:
    """Entries by what became of them. lost: accepted and nowhere. doubled: in a ticket more than
    once, or in one and set aside as well. phantom: nobody wrote them."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    phantom: tuple[str, ...]

    def complaints(self) -> Iterator[str]:
        for what in ("lost", "doubled", "phantom"):
            for entry in getattr(self, what):
                yield f"I1: {what}: {entry}"


def conservation(history: History) -> Conservation:
    """Compare what was written with what is in tickets and among the dead letters."""
    tickets = {doc["_id"] for doc in history.tickets}
    placed = {doc["_id"] for doc in history.messages if doc["ticket"] in tickets}
    dead = {letter.entry for letter in history.dead if letter.entry is not None}
    written = {entry for entries in history.spoken.values() for entry in entries}
    return Conservation(
        lost=tuple(sorted(set(history.acked) - placed - dead)),
        doubled=tuple(sorted(placed & dead)) + tuple(_counted_twice(history)),
        phantom=tuple(sorted(placed - written)),
    )


def _counted_twice(history: History) -> Iterator[str]:
    """Tickets whose dealer counted more entries than there are."""
    stored = Counter(doc["ticket"] for doc in history.messages)
    for ticket in history.tickets:
        if ticket["entries"] > stored[ticket["_id"]]:
            extra = ticket["entries"] - stored[ticket["_id"]]
            yield f"{extra} of the entries of {ticket['_id']}"
