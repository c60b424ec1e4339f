"""The status page's store in memory."""

from collections.abc import Mapping, Sequence

from services.ingest.lobby.status.deals import Queue
from services.ingest.lobby.status.ports import MOST_AHEAD, Said, Ticket
from shared.store.errors import Transient


class FakeStatusStore:
    """fails: every call raises Transient."""

    def __init__(self, *tickets: Ticket) -> None:
        self.by_id = {ticket.id: ticket for ticket in tickets}
        self.said: dict[str, list[Said]] = {}
        self.fails = False

    async def tickets(self, ids: Sequence[str]) -> Mapping[str, Ticket]:
        self._perhaps_fail()
        return {id: self.by_id[id] for id in ids if id in self.by_id}

    async def ahead(self, queue: Queue, *, due_at: float) -> int:
        self._perhaps_fail()
        before = [
            each
            for each in self.by_id.values()
            if (each.queue, each.state) == (queue, "queued") and each.due_at < due_at
        ]
        return min(len(before), MOST_AHEAD)

    async def notices(self, ticket: str) -> Sequence[Said]:
        return [each for each in await self.conversation(ticket) if each.by == "system"]

    async def conversation(self, ticket: str) -> Sequence[Said]:
        self._perhaps_fail()
        return sorted(self.said.get(ticket, ()), key=lambda each: each.at)

    def _perhaps_fail(self) -> None:
        if self.fails:
            raise Transient("away")
