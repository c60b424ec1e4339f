"""The dealer's side of the store, on MongoDB.

Promise: `commit` writes a whole turn or nothing, and nothing at all once another owner has raised
the shard's epoch.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from services.router.adapters.documents import (
    agent_doc,
    agent_from,
    claim_deletion,
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
from services.router.domain.ticket import OPEN
from services.router.ports import (
    AgentWrite,
    FenceLost,
    Head,
    Mismatch,
    ShardState,
    StoredAgent,
    StoredTicket,
    TicketWrite,
    TurnWrite,
)
from shared.runtime import failpoints
from shared.runtime.clock import utc
from shared.store import Store
from shared.store.driver import Session
from shared.store.errors import DuplicateKey, StoreError, Transient, explain

_OPEN_STATES = sorted(state.value for state in OPEN)
_CHUNK = 5_000
_SLICE = 500
# neither text nor attachments: a day of them would not fit into memory
_ENTRY_FIELDS = dict.fromkeys(
    ("desk", "ticket", "kind", "partition", "offset", "at", "identity", "reopens"), 1
)


class MongoShardStore:
    """A ShardStore. Every read is by an index: _id, desk+state, desk, stored_at."""

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

    async def load_tickets(self, desk: str) -> AsyncIterator[Sequence[StoredTicket]]:
        """In slices, so that the event loop breathes in between: the next chunk is asked for, and
        comes in, while this one is made into tickets."""
        cursor = self._store["tickets"].find(
            {"desk": desk, "state": {"$in": _OPEN_STATES}}, batch_size=_CHUNK
        )
        coming = asyncio.ensure_future(cursor.to_list(_CHUNK))
        try:
            while chunk := await coming:
                coming = asyncio.ensure_future(cursor.to_list(_CHUNK))
                for at in range(0, len(chunk), _SLICE):
                    await asyncio.sleep(0)
                    docs = chunk[at : at + _SLICE]
                    yield [StoredTicket(desk, ticket_from(doc)) for doc in docs]
        except PyMongoError as error:
            raise explain(error) from error
        finally:
            coming.cancel()

    async def load_agents(self, desk: str) -> Sequence[StoredAgent]:
        docs = await self._all("agents", {"desk": desk})
        return [StoredAgent(desk, agent_from(doc)) for doc in docs]

    async def fetch_tickets(self, ids: Sequence[str]) -> Sequence[StoredTicket]:
        docs = await self._all("tickets", {"_id": {"$in": list(ids)}})
        return [StoredTicket(doc["desk"], ticket_from(doc)) for doc in docs]

    async def entries_since(self, desk: str, since: float) -> Sequence[EntryAdded]:
        docs = await self._all("messages", {"stored_at": {"$gte": utc(since)}}, _ENTRY_FIELDS)
        mine = [doc for doc in docs if doc["desk"] == desk and doc["ticket"] is not None]
        mine.sort(key=lambda doc: (doc["partition"], doc["offset"]))
        return [_entry(doc) for doc in mine]

    async def commit(self, turn: TurnWrite) -> None:
        try:
            async with self._store.transaction() as session:
                await self._guard(turn.state, session)
                failpoints.hit("dealer.inside_commit")
                await self._write_tickets(turn.tickets, session)
                await self._write_agents(turn.agents, session)
        except DuplicateKey as error:
            raise Mismatch(f"an agent exists already: {error}") from error

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

    async def _guard(self, state: ShardState, session: Session) -> None:
        """Write the shard's document, if it is still ours and as we left it."""
        mine = {"_id": state.shard, "epoch": state.epoch, "seq": state.seq - 1}
        result = await self._store["shards"].update_one(
            mine, {"$set": shard_fields(state)}, session=session
        )
        if result.matched_count:
            return
        doc = await self._store["shards"].find_one(
            {"_id": state.shard}, {"epoch": 1}, session=session
        )
        if doc is None or doc["epoch"] != state.epoch:
            raise FenceLost(f"shard {state.shard}: epoch {state.epoch} is over")
        raise Mismatch(f"shard {state.shard}: seq {state.seq} does not follow")

    async def _write_tickets(self, writes: Sequence[TicketWrite], session: Session) -> None:
        if not writes:
            return
        # the bare command: the driver's bulk objects cost more than all else in a turn
        answer = await self._store.database.command(
            {"update": "tickets", "updates": [ticket_update(write) for write in writes]},
            session=session,
        )
        _check("tickets", answer, expected=len(writes))
        over = [claim_deletion(write) for write in writes if not write.ticket.joinable]
        if over:
            await self._store.database.command(
                {"delete": "claims", "deletes": over}, session=session
            )

    async def _write_agents(self, writes: Sequence[AgentWrite], session: Session) -> None:
        hired = [
            {"_id": write.agent.id, **agent_doc(write)} for write in writes if not write.expected
        ]
        if hired:
            await self._store["agents"].insert_many(hired, session=session)
        changed = [
            {
                "q": {"_id": write.agent.id, "desk": write.desk, "version": write.expected},
                "u": {"$set": agent_doc(write)},
            }
            for write in writes
            if write.expected
        ]
        if changed:
            answer = await self._store.database.command(
                {"update": "agents", "updates": changed}, session=session
            )
            _check("agents", answer, expected=len(changed))

    async def _all(
        self,
        collection: str,
        query: Mapping[str, Any],
        fields: Mapping[str, int] | None = None,
    ) -> list[Any]:
        try:
            docs: list[Any] = await self._store[collection].find(query, fields).to_list(None)
        except PyMongoError as error:
            raise explain(error) from error
        return docs


def _check(collection: str, answer: Mapping[str, Any], *, expected: int) -> None:
    """An update statement answers with counts; errors inside it do not raise by themselves."""
    if answer.get("writeErrors"):
        code = answer["writeErrors"][0].get("code")
        raise StoreError(f"{collection}: write error {code}")
    if answer["n"] != expected:
        raise Mismatch(f"{collection}: {answer['n']} of {expected} matched")


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
    )
