"""What explanations are drawn from, on MongoDB. Every read is by an index: `_id`, ticket+version,
agents+about+at, desk, agent+state."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from pymongo import ASCENDING, DESCENDING

from services.router.adapters.documents import agent_from, ticket_from
from services.router.domain.agent import Agent
from services.router.domain.ticket import IN_HAND, Ticket
from services.router.ports import StoredTicket
from shared.store.documents import AgentChangeDoc, TicketChangeDoc
from shared.store.driver import Store

_IN_HAND: Final = sorted(state.value for state in IN_HAND)
_MOST: Final = 200
"""Changes of an agent: two weeks of somebody who comes, goes and pauses as people do."""


class MongoChronicle:
    """A Chronicle."""

    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def tickets(self, ids: Sequence[str]) -> Sequence[StoredTicket]:
        if not ids:
            return []
        docs = await self._store.find("tickets", {"_id": {"$in": list(ids)}})
        return [StoredTicket(doc["desk"], ticket_from(doc)) for doc in docs]

    async def changes_of(self, ticket: str) -> Sequence[TicketChangeDoc]:
        return await self._store.find("decisions", {"ticket": ticket}, sort=("version", ASCENDING))

    async def agent_changes(self, agent: str, *, until: float) -> Sequence[AgentChangeDoc]:
        query = {"agents": agent, "about": "agent", "at": {"$lte": until}}
        latest = await self._store.find("decisions", query, sort=("at", DESCENDING), most=_MOST)
        return sorted(latest, key=lambda doc: (doc["at"], doc["seq"], doc["offset"]))

    async def handled(self, agent: str, *, since: float, until: float) -> Sequence[TicketChangeDoc]:
        query = {"agents": agent, "about": "ticket", "at": {"$gte": since, "$lte": until}}
        found = await self._store.find("decisions", query, sort=("at", ASCENDING))
        return sorted(found, key=lambda doc: (doc["at"], doc["seq"]))

    async def present(self, desk: str) -> Sequence[tuple[Agent, Sequence[Ticket]]]:
        agents = [agent_from(doc) for doc in await self._store.find("agents", {"desk": desk})]
        ids = [agent.id for agent in agents]
        held = await self._store.find(
            "tickets", {"agent": {"$in": ids}, "state": {"$in": _IN_HAND}}
        )
        hands: dict[str, list[Ticket]] = defaultdict(list)
        for doc in held:
            hands[doc["agent"]].append(ticket_from(doc))
        return [(agent, hands[agent.id]) for agent in agents]
