"""What explanations are drawn from, on MongoDB. Every read is by an index: `_id`, ticket+version,
agents+at, desk, agent+state."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pymongo import ASCENDING
from pymongo.errors import PyMongoError

from services.router.adapters.documents import agent_from, ticket_from
from services.router.domain.agent import Agent
from services.router.domain.ticket import IN_HAND, Ticket
from services.router.ports import StoredAgent, StoredTicket
from shared.store.documents import ChangeDoc
from shared.store.driver import Store
from shared.store.errors import explain

_IN_HAND: Final = sorted(state.value for state in IN_HAND)
# an agent may have touched thousands of tickets: their decisions stay where they are
_TOUCHED: Final = {"steps.decision": 0}


class MongoChronicle:
    """A Chronicle."""

    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def tickets(self, ids: Sequence[str]) -> Sequence[StoredTicket]:
        if not ids:
            return []
        docs = await self._find("tickets", {"_id": {"$in": list(ids)}})
        return [StoredTicket(doc["desk"], ticket_from(doc)) for doc in docs]

    async def agent_stored(self, id: str) -> StoredAgent | None:
        docs = await self._find("agents", {"_id": id})
        return StoredAgent(docs[0]["desk"], agent_from(docs[0])) if docs else None

    async def changes_of(self, ticket: str) -> Sequence[ChangeDoc]:
        return await self._find("decisions", {"ticket": ticket}, sort="version")

    async def changes_touching(self, agent: str) -> Sequence[ChangeDoc]:
        found = await self._find("decisions", {"agents": agent}, fields=_TOUCHED, sort="at")
        # within a moment turns are told apart by their number, which the index does not have
        return sorted(found, key=lambda change: (change["at"], change["seq"]))

    async def present(self, desk: str) -> Sequence[tuple[Agent, Sequence[Ticket]]]:
        agents = [agent_from(doc) for doc in await self._find("agents", {"desk": desk})]
        ids = [agent.id for agent in agents]
        held = await self._find("tickets", {"agent": {"$in": ids}, "state": {"$in": _IN_HAND}})
        hands: dict[str, list[Ticket]] = defaultdict(list)
        for doc in held:
            hands[doc["agent"]].append(ticket_from(doc))
        return [(agent, hands[agent.id]) for agent in agents]

    async def _find(
        self,
        collection: str,
        query: Mapping[str, Any],
        *,
        fields: Mapping[str, int] | None = None,
        sort: str | None = None,
    ) -> list[Any]:
        cursor = self._store[collection].find(query, fields)
        if sort is not None:
            cursor = cursor.sort(sort, ASCENDING)
        try:
            docs: list[Any] = await cursor.to_list(None)
        except PyMongoError as error:
            raise explain(error) from error
        return docs
