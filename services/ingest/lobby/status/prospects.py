"""Places in the queue, and waits, as customers are told of them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from services.ingest.lobby.status.accuracy import Accuracy
from services.ingest.lobby.status.deals import Deals
from services.ingest.lobby.status.ports import MOST_AHEAD, StatusStore, Ticket
from services.ingest.lobby.status.waits import Wait, wait
from shared.runtime.clock import Clock

WAITING: Final = frozenset({"queued", "offered"})


class Prospect(NamedTuple):
    """position: 1 is next; None: not to be told, or too far back to be counted."""

    position: int | None = None
    wait: Wait | None = None


NONE: Final = Prospect()


class Prospects:
    def __init__(
        self, store: StatusStore, *, deals: Deals, accuracy: Accuracy, clock: Clock
    ) -> None:
        self._store: Final = store
        self._deals: Final = deals
        self._accuracy: Final = accuracy
        self._clock: Final = clock

    async def of(self, ticket: Ticket) -> Prospect:
        """Raises StoreError."""
        if ticket.state not in WAITING or ticket.discreet is not False or ticket.whole:
            return NONE
        ahead = 0
        if ticket.state == "queued":
            ahead = await self._store.ahead(ticket.queue, due_at=ticket.due_at)
        if ahead >= MOST_AHEAD:
            return NONE
        now = self._clock.now()
        foreseen = wait(ahead + 1, self._deals.of(ticket.queue, now=now), now=now)
        if foreseen is not None and ticket.state == "queued":
            self._accuracy.told(ticket.id, foreseen, at=now)
        return Prospect(ahead + 1, foreseen)

    async def of_ids(self, ids: Iterable[str]) -> Mapping[str, Prospect]:
        """Of tickets that are there. Raises StoreError."""
        tickets: Sequence[Ticket] = [*(await self._store.tickets([*ids])).values()]
        found = await asyncio.gather(*map(self.of, tickets))
        return {ticket.id: each for ticket, each in zip(tickets, found, strict=True)}
