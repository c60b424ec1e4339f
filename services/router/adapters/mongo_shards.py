"""The dealer's side of the store, on MongoDB.

Promise: `commit` writes a whole turn or nothing, and nothing at all once another owner has raised
the shard's epoch.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from itertools import pairwise
from operator import itemgetter
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from services.router.adapters.documents import (
    agent_doc,
    agent_from,
    claim_of,
    profiles_from,
    task_doc,
    ticket_from,
    ticket_update,
)
from services.router.adapters.shard_documents import (
    new_shard,
    shard_fields,
    shard_from,
    trouble_field,
)
from services.router.domain.events import EntryAdded
from services.router.domain.ticket import OPEN, TicketState
from services.router.ports import (
    CustomerProfile,
    FenceLost,
    Head,
    Mismatch,
    ShardState,
    StoredAgent,
    StoredTicket,
    TurnWrite,
)
from shared.runtime import failpoints
from shared.runtime.clock import utc
from shared.store import Store
from shared.store.ahead import read_ahead
from shared.store.driver import Session
from shared.store.errors import DuplicateKey, Transient, explain
from shared.store.writes import Writes

_QUEUED = TicketState.QUEUED.value
_HANDLED = sorted(state.value for state in OPEN - {TicketState.QUEUED})
_CHUNK = 5_000
_SLICE = 500
_MINUTES = (-1440, -240, -60, *range(-30, 31, 5), 60, 240, 1440)
"""From now: between which deadlines waiting tickets are read at once. Nearly all of a large shard
wait, and a store may look at all that a query finds before it answers with the first of them."""
# neither text nor attachments: a day of them would not fit into memory
_ENTRY_FIELDS = dict.fromkeys(
    ("desk", "ticket", "kind", "partition", "offset", "at", "identity", "reopens", "rating"), 1
)


class MongoShardStore:
    """A ShardStore. Every read is by an index: _id, desk+state, desk, stored_at, ticket."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take_over(self, shard: int, *, partitions: int) -> ShardState:
        """One findOneAndUpdate: a zombie could commit between a read and a raise."""
        try:
            doc = await self._store["shards"].find_one_and_update(
                {"_id": shard},
                {"$inc": {"epoch": 1}, "$setOnInsert": new_shard(partitions)},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except PyMongoError as error:
            # two first owners may collide on the insert: the second attempt finds the document
            raise Transient(str(explain(error))) from error
        if doc is None:
            # the embedded store's answer to such a collision
            raise Transient("no document after the upsert")
        return shard_from(doc)

    async def load_tickets(self, desk: str, *, now: float) -> AsyncIterator[Sequence[StoredTicket]]:
        """In slices, so that the event loop breathes in between, and what comes next comes in."""
        queries = [{"desk": desk, "state": {"$in": _HANDLED}}]
        queries += ({"desk": desk, "state": _QUEUED, "due_at": span} for span in _spans(now))
        async with aclosing(read_ahead(self._store["tickets"], queries, size=_CHUNK)) as chunks:
            async for chunk in chunks:
                for at in range(0, len(chunk), _SLICE):
                    await asyncio.sleep(0)
                    docs = chunk[at : at + _SLICE]
                    yield [StoredTicket(desk, ticket_from(doc)) for doc in docs]

    async def load_agents(self, desk: str) -> Sequence[StoredAgent]:
        docs = await self._store.find("agents", {"desk": desk})
        return [StoredAgent(desk, agent_from(doc)) for doc in docs]

    async def fetch_tickets(self, ids: Sequence[str]) -> Sequence[StoredTicket]:
        docs = await self._store.find("tickets", {"_id": {"$in": list(ids)}})
        return [StoredTicket(doc["desk"], ticket_from(doc)) for doc in docs]

    async def entries_since(self, desks: Collection[str], since: float) -> Sequence[EntryAdded]:
        docs = await self._store.find(
            "messages", {"stored_at": {"$gte": utc(since)}}, _ENTRY_FIELDS
        )
        placed = [doc for doc in docs if doc["ticket"] is not None]
        elsewhere = sorted({doc["ticket"] for doc in placed if doc["desk"] not in desks})
        here = await self._moved_to(desks, elsewhere)
        return _in_order(doc for doc in placed if doc["desk"] in desks or doc["ticket"] in here)

    async def entries_of(self, tickets: Sequence[str]) -> Sequence[EntryAdded]:
        return _in_order(
            await self._store.find("messages", {"ticket": {"$in": list(tickets)}}, _ENTRY_FIELDS)
        )

    async def _moved_to(self, desks: Collection[str], tickets: Sequence[str]) -> set[str]:
        """Those that are one of the desks' by now."""
        found: set[str] = set()
        for at in range(0, len(tickets), _CHUNK):
            some = list(tickets[at : at + _CHUNK])
            docs = await self._store.find("tickets", {"_id": {"$in": some}}, {"desk": 1})
            found |= {doc["_id"] for doc in docs if doc["desk"] in desks}
        return found

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, CustomerProfile]:
        return profiles_from(await self._store.find("customers", {"_id": {"$in": list(customers)}}))

    async def commit(self, turn: TurnWrite) -> None:
        writes = Writes()
        writes.update("shards", self._mine(turn.state), {"$set": shard_fields(turn.state)})
        _add_changes(writes, turn)
        try:
            async with self._store.transaction() as session:
                count = await self._store.write(writes, session=session)
                failpoints.hit("dealer.inside_commit")
                if count != writes.to_match:
                    says = f"{count} of {writes.to_match} documents matched"
                    raise await self._misfit(turn.state, says, session)
        except DuplicateKey as error:
            raise Mismatch(f"an agent or a task exists already: {error}") from error

    async def head(self, shard: int) -> Head:
        try:
            doc = await self._store["shards"].find_one({"_id": shard}, {"epoch": 1, "seq": 1})
        except PyMongoError as error:
            raise explain(error) from error
        return Head(0, 0) if doc is None else Head(doc["epoch"], doc["seq"])

    async def note_trouble(self, state: ShardState) -> None:
        try:
            result = await self._store["shards"].update_one(
                {"_id": state.shard, "epoch": state.epoch},
                {"$set": {"trouble": trouble_field(state)}},
            )
        except PyMongoError as error:
            raise explain(error) from error
        if not result.matched_count:
            raise FenceLost(f"shard {state.shard}: epoch {state.epoch} is over")

    def _mine(self, state: ShardState) -> dict[str, Any]:
        """The shard's document, if it is still ours and as we left it."""
        return {"_id": state.shard, "epoch": state.epoch, "seq": state.seq - 1}

    async def _misfit(self, state: ShardState, says: str, session: Session) -> Exception:
        """What to raise for a turn that found other documents than it expected."""
        doc = await self._store["shards"].find_one(
            {"_id": state.shard}, {"epoch": 1}, session=session
        )
        if doc is None or doc["epoch"] != state.epoch:
            return FenceLost(f"shard {state.shard}: epoch {state.epoch} is over")
        return Mismatch(f"shard {state.shard}, seq {state.seq}: {says}")


def _spans(now: float) -> Iterator[dict[str, float]]:
    """All deadlines, in order: conditions of which each meets exactly one."""
    edges = [now + 60 * minutes for minutes in _MINUTES]
    yield {"$lt": edges[0]}
    for begin, end in pairwise(edges):
        yield {"$gte": begin, "$lt": end}
    yield {"$gte": edges[-1]}


def _add_changes(writes: Writes, turn: TurnWrite) -> None:
    """What the turn changed, each guarded by desk and version; what it inserts, by its id."""
    for ticket in turn.tickets:
        if not ticket.expected:
            writes.insert("tickets", task_doc(ticket))
            continue
        writes.update("tickets", *ticket_update(ticket))
        if not (ticket.ticket.joinable or ticket.ticket.tasks.parent):
            writes.delete("claims", claim_of(ticket.ticket))
    for agent in turn.agents:
        if agent.expected:
            as_expected = {"_id": agent.agent.id, "desk": agent.desk, "version": agent.expected}
            writes.update("agents", as_expected, {"$set": agent_doc(agent)})
        else:
            writes.insert("agents", {"_id": agent.agent.id, **agent_doc(agent)})


def _in_order(docs: Iterable[Mapping[str, Any]]) -> list[EntryAdded]:
    return [_entry(doc) for doc in sorted(docs, key=itemgetter("partition", "offset"))]


def _entry(doc: Mapping[str, Any]) -> EntryAdded:
    return EntryAdded(
        id=doc["_id"],
        ticket=doc["ticket"],
        message=doc["_id"],
        kind=doc["kind"],
        partition=doc["partition"],
        offset=doc["offset"],
        at=doc["at"],
        identity=doc["identity"],
        reopens=doc.get("reopens", True),
        rating=doc.get("rating", 0),
    )
