"""What a customer may know of their ticket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from services.ingest.lobby.status.ports import Said, StatusStore, Ticket
from services.ingest.lobby.status.prospects import Prospect, Prospects

RATE: Final = "rate"
"""The notice that asks how it was."""

State = Literal["waiting", "with_agent", "resolved", "closed"]

STATES: Final[Mapping[str, State]] = {
    "queued": "waiting",
    "offered": "waiting",
    "parked": "waiting",
    "accepted": "with_agent",
    "waiting_customer": "with_agent",
    "wrap_up": "resolved",
    "resolved": "resolved",
    "closed": "closed",
    "abandoned": "closed",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """ticket: the one that the customer's is part of, or itself. notices: what they were told."""

    ticket: Ticket
    state: State
    prospect: Prospect
    notices: Sequence[Said]

    @property
    def may_rate(self) -> bool:
        """Only who was asked: nobody in trouble is."""
        return self.state == "resolved" and any(each.notice == RATE for each in self.notices)


class Standings:
    def __init__(self, store: StatusStore, prospects: Prospects) -> None:
        self._store: Final = store
        self._prospects: Final = prospects

    async def of(self, ticket_id: str) -> Standing | None:
        """None: it is not there any more. Raises StoreError."""
        ticket = (await self._store.tickets([ticket_id])).get(ticket_id)
        if ticket is None:
            return None
        notices = await self._store.notices(ticket.id)
        if ticket.whole:
            ticket = (await self._store.tickets([ticket.whole])).get(ticket.whole, ticket)
        state = STATES.get(ticket.state, "waiting")
        return Standing(ticket, state, await self._prospects.of(ticket), notices)
