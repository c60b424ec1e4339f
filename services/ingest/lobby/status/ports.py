"""What the status page needs from the store. Each method may raise shared.store.StoreError."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from services.ingest.lobby.status.deals import Queue

MOST_AHEAD = 500
"""So many ahead are counted; who has more before them is told that there are many."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Times are epoch seconds. whole: the ticket it is part of; empty: of none. discreet: its
    customer is to notice nothing of where it is; None: no dealer has said yet. identity: where the
    customer last wrote. assignment: how often it was dealt."""

    id: str
    queue: Queue
    state: str
    lang: str
    due_at: float
    opened_at: float
    discreet: bool | None
    identity: str
    assignment: int
    whole: str = ""


class Said(NamedTuple):
    """One line of a conversation. at: epoch seconds. by: you, agent or system. notice: what the
    policy tells by it; empty: nothing."""

    at: float
    by: str
    text: str
    notice: str = ""


class StatusStore(Protocol):
    async def tickets(self, ids: Sequence[str]) -> Mapping[str, Ticket]:
        """Those that are there."""
        ...

    async def ahead(self, queue: Queue, *, due_at: float) -> int:
        """How many wait there with an earlier deadline; not more than MOST_AHEAD."""
        ...

    async def notices(self, ticket: str) -> Sequence[Said]:
        """What the policy told its customer, oldest first."""
        ...

    async def conversation(self, ticket: str) -> Sequence[Said]:
        """Everything that was said about it, oldest first."""
        ...
