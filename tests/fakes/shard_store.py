"""The dealer's store in memory: documents as MongoDB would hold them, all or nothing, fenced."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from services.router.adapters.documents import (
    agent_doc,
    agent_from,
    task_doc,
    ticket_from,
    ticket_update,
)
from services.router.domain.events import EntryAdded
from services.router.domain.ticket import OPEN
from services.router.ports import (
    AgentWrite,
    CustomerProfile,
    FenceLost,
    Head,
    Mismatch,
    ShardState,
    StoredAgent,
    StoredTicket,
    TicketWrite,
    TurnWrite,
)
from shared.store.errors import StoreError, UnknownOutcome

_CHUNK: Final = 2


class FakeShardStore:
    """A ShardStore. Hands out copies, so that what a dealer does in memory reaches it by `commit`
    only.

    stored: every turn as committed, in order.
    lost_before, lost_after: raised by the next commits, one each, before or after they take place.
    late: the next commit goes unanswered and takes place only when another is tried.
    """

    def __init__(self) -> None:
        self.shards: dict[int, ShardState] = {}
        self.ticket_docs: dict[str, dict[str, Any]] = {}
        self.agent_docs: dict[str, dict[str, Any]] = {}
        self.entries: list[tuple[str, float, EntryAdded]] = []
        self.profile_docs: dict[str, CustomerProfile] = {}
        self.stored: list[TurnWrite] = []
        self.lost_before: list[StoreError] = []
        self.lost_after: list[StoreError] = []
        self.late = False
        self.take_overs = 0
        self._on_its_way: list[TurnWrite] = []

    def insert(self, docs: Iterable[Mapping[str, Any]]) -> None:
        """Tickets, as a sorter inserts them."""
        self.ticket_docs.update({doc["_id"]: deepcopy(dict(doc)) for doc in docs})

    async def take_over(self, shard: int, *, partitions: int) -> ShardState:
        self.take_overs += 1
        held = self.shards.get(shard)
        if held is None:
            held = ShardState(
                shard=shard,
                epoch=0,
                seq=0,
                now=0.0,
                policy=0,
                partitions=partitions,
                offsets={},
                marks={},
            )
        self.shards[shard] = replace(held, epoch=held.epoch + 1)
        return self.shards[shard]

    async def load_tickets(self, desk: str, *, now: float) -> AsyncIterator[Sequence[StoredTicket]]:
        open_states = {state.value for state in OPEN}
        docs = [
            deepcopy(doc)
            for doc in self.ticket_docs.values()
            if doc["desk"] == desk and doc["state"] in open_states
        ]
        for at in range(0, len(docs), _CHUNK):
            yield [_stored(doc) for doc in docs[at : at + _CHUNK]]

    async def load_agents(self, desk: str) -> Sequence[StoredAgent]:
        docs = [deepcopy(doc) for doc in self.agent_docs.values() if doc["desk"] == desk]
        return [StoredAgent(desk, agent_from(doc)) for doc in docs]  # type: ignore[arg-type]

    async def fetch_tickets(self, ids: Sequence[str]) -> Sequence[StoredTicket]:
        return [_stored(deepcopy(self.ticket_docs[id])) for id in ids if id in self.ticket_docs]

    async def entries_since(self, desks: Collection[str], since: float) -> Sequence[EntryAdded]:
        mine = [
            entry
            for home, at, entry in self.entries
            if {home, self.ticket_docs.get(entry.ticket, {}).get("desk")} & {*desks} and at >= since
        ]
        return sorted(mine, key=lambda entry: (entry.partition, entry.offset))

    async def entries_of(self, tickets: Sequence[str]) -> Sequence[EntryAdded]:
        theirs = [entry for _, _, entry in self.entries if entry.ticket in tickets]
        return sorted(theirs, key=lambda entry: (entry.partition, entry.offset))

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, CustomerProfile]:
        return {key: self.profile_docs[key] for key in customers if key in self.profile_docs}

    async def commit(self, turn: TurnWrite) -> None:
        if self.lost_before:
            raise self.lost_before.pop(0)
        if self.late:
            self.late = False
            self._on_its_way.append(deepcopy(turn))
            raise UnknownOutcome("late")
        while self._on_its_way:
            await self.commit(self._on_its_way.pop())
        self._guard(turn.state)
        tickets = [self._changed(write) for write in turn.tickets]
        agents = [self._hired(write) for write in turn.agents]
        self.ticket_docs.update({doc["_id"]: doc for doc in tickets})
        self.agent_docs.update({doc["_id"]: doc for doc in agents})
        self.shards[turn.state.shard] = turn.state
        self.stored.append(deepcopy(turn))
        if self.lost_after:
            raise self.lost_after.pop(0)

    async def head(self, shard: int) -> Head:
        held = self.shards.get(shard)
        return Head(0, 0) if held is None else Head(held.epoch, held.seq)

    async def note_trouble(self, state: ShardState) -> None:
        self._own(state)
        self.shards[state.shard] = replace(self.shards[state.shard], trouble=state.trouble)

    def _guard(self, state: ShardState) -> None:
        self._own(state)
        if self.shards[state.shard].seq != state.seq - 1:
            raise Mismatch("seq")

    def _own(self, state: ShardState) -> None:
        held = self.shards.get(state.shard)
        if held is None or held.epoch != state.epoch:
            raise FenceLost("epoch")

    def _changed(self, write: TicketWrite) -> dict[str, Any]:
        if not write.expected:
            if write.ticket.id in self.ticket_docs:
                raise Mismatch("task")
            return deepcopy(task_doc(write))
        query, update = ticket_update(write)
        doc = self.ticket_docs.get(write.ticket.id, {})
        if any(doc.get(field) != held for field, held in query.items()):
            raise Mismatch("ticket")
        changed = {**doc, **deepcopy(update["$set"])}
        for field in update.get("$unset", ()):
            changed.pop(field, None)
        return changed

    def _hired(self, write: AgentWrite) -> dict[str, Any]:
        doc = self.agent_docs.get(write.agent.id)
        held = None if doc is None else (doc["desk"], doc["version"])
        if held != ((write.desk, write.expected) if write.expected else None):
            raise Mismatch("agent")
        return {"_id": write.agent.id, **deepcopy(agent_doc(write))}


def _stored(doc: dict[str, Any]) -> StoredTicket:
    return StoredTicket(doc["desk"], ticket_from(doc))  # type: ignore[arg-type]
