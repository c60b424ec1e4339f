"""A shard as it is now, for those who only look: nothing is taken over."""

from typing import Final, NamedTuple

from services.router.adapters.mongo_shards import MongoShardStore
from services.router.adapters.shard_documents import shard_from
from services.router.ports import ShardState, StoredAgent, StoredTicket
from shared.store import Store

_ATTEMPTS: Final = 5


class Snapshot(NamedTuple):
    """state: the shard's document. tickets: those that are open."""

    state: ShardState
    tickets: tuple[StoredTicket, ...]
    agents: tuple[StoredAgent, ...]


async def shard_state(store: Store, shard: int) -> ShardState | None:
    """None: nobody has owned it yet. Raises StoreError."""
    docs = await store.find("shards", {"_id": shard})
    return shard_from(docs[0]) if docs else None


async def snapshot(store: Store, state: ShardState, desks: tuple[str, ...]) -> Snapshot:
    """Of these desks. Raises StoreError.

    A turn may be committed while it is read; then it is read again, a few times. After that some of
    it may be a turn older than the rest.
    """
    for _ in range(_ATTEMPTS):
        found = await _read(store, state, desks)
        after = await shard_state(store, state.shard)
        if after is None or after.seq == state.seq:
            break
        state = after
    return found


async def _read(store: Store, state: ShardState, desks: tuple[str, ...]) -> Snapshot:
    shards = MongoShardStore(store)
    tickets: list[StoredTicket] = []
    agents: list[StoredAgent] = []
    for desk in desks:
        agents += await shards.load_agents(desk)
        async for chunk in shards.load_tickets(desk, now=state.now):
            tickets += chunk
    return Snapshot(state, tuple(tickets), tuple(agents))
