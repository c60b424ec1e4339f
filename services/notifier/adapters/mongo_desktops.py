"""What agents have in their hands, read from MongoDB. Reads only, by `_id` or an index."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from pymongo.errors import PyMongoError

from services.notifier.adapters.documents import (
    IN_HAND,
    agent_view,
    card,
    glance,
    held,
    profile,
)
from services.notifier.digest import Held
from services.notifier.ports import Desktop, Glance, Profile, UnknownAgent
from shared.messaging.partition import partition_of
from shared.store.driver import Collection, Session, Store
from shared.store.errors import explain

AT_ONCE: Final = 32
"""Desktops read at the same time: when everybody reconnects, the others wait their turn here and
not in the driver, where heartbeats would wait behind them."""


class MongoDesktops:
    """Desktops on the collections that the dealers write."""

    def __init__(self, *, store: Store, shards: int) -> None:
        """shards: partition count of `support.agents.v1`; a desk's shard is its key's partition."""
        self._store: Final = store
        self._shards: Final = shards
        self._turnstile: Final = asyncio.Semaphore(AT_ONCE)

    async def profile(self, agent: str) -> Profile:
        with_desk = {"desk": 1, "active": 1}
        async with _explained():
            document = await self._store["agents"].find_one({"_id": agent}, with_desk)
        return profile(_active(document))

    async def desktop(self, agent: str) -> Desktop:
        async with self._turnstile, _explained(), self._store.session() as session:
            return await self._desktop(agent, session)

    async def _desktop(self, agent: str, session: Session) -> Desktop:
        """In one causally consistent session: whatever the later reads see is not older than the
        seq read first, even if the primary changes in between."""
        desk = await self._desk_of(agent, session)
        while True:
            shard = self.shard_of(desk)
            seq = await self._seq(shard, session)
            cards = await self._cards(agent, shard=shard, seq=seq, session=session)
            document = await self._store["agents"].find_one({"_id": agent}, session=session)
            if _active(document)["desk"] == desk:
                view = agent_view(document, shard=shard, seq=seq)
                return Desktop(shard=shard, seq=seq, agent=view, cards=cards)
            desk = document["desk"]  # moved meanwhile: that seq is of the wrong shard

    async def glances(self, agents: Sequence[str]) -> Mapping[str, Glance]:
        async with _explained():
            found = await self._held_by(agents)
            return {
                document["_id"]: glance(document, found[document["_id"]])
                async for document in self._store["agents"].find(
                    {"_id": {"$in": list(agents)}}, {"desk": 1, "active": 1, "state": 1}
                )
            }

    def shard_of(self, desk: str) -> int:
        """The partition that the desk's key belongs to."""
        return partition_of(desk.encode(), self._shards)

    async def _held_by(self, agents: Sequence[str]) -> defaultdict[str, list[Held]]:
        found: defaultdict[str, list[Held]] = defaultdict(list)
        async for document in in_hand(self._store["tickets"], agents):
            found[document["agent"]].append(held(document))
        return found

    async def _desk_of(self, agent: str, session: Session) -> str:
        document = await self._store["agents"].find_one({"_id": agent}, session=session)
        return profile(_active(document)).desk

    async def _seq(self, shard: int, session: Session) -> int:
        document = await self._store["shards"].find_one({"_id": shard}, {"seq": 1}, session=session)
        return int(document["seq"]) if document else 0

    async def _cards(self, agent: str, *, shard: int, seq: int, session: Session) -> Any:
        cursor = in_hand(self._store["tickets"], [agent], session=session)
        return tuple([card(document, shard=shard, seq=seq) async for document in cursor])


def in_hand(tickets: Collection, agents: Sequence[str], *, session: Session = None) -> Any:
    """A cursor over the cards of these agents."""
    # the hint: with `$in` twice the embedded store reads the whole collection otherwise
    query = {"agent": {"$in": list(agents)}, "state": {"$in": IN_HAND}}
    return tickets.find(query, session=session).hint("agent_state")


def _active(document: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if document is None or not document.get("active", True):
        raise UnknownAgent
    return document


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    """The driver's errors as the store's."""
    try:
        yield
    except PyMongoError as error:
        raise explain(error) from error
