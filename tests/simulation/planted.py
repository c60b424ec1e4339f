"""Planted bugs: what the program would be without one of its guards.

Each replaces ports, never the program. The harness must find every one of them within its budget
of seeds; a harness that does not would call anything correct.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pymongo.errors import PyMongoError

from services.notifier.connection import Connection
from services.notifier.opening import snapshot_of
from services.notifier.ports import Desktops, UnknownAgent
from services.notifier.protocol.codes import Close
from services.notifier.registry import Registry
from services.router.adapters.mongo_shards import MongoShardStore
from services.router.adapters.mongo_sort import MongoSortStore
from services.router.adapters.shard_documents import shard_from
from services.router.ports import Head, KnownEntry, ShardState, ShardStore, SortStore, SortWrite
from shared.messaging.records import Outgoing, Publisher, PublishFailed
from shared.store.errors import Transient, explain
from shared.store.writes import Writes
from tests.simulation.broker import Broker
from tests.simulation.documents import Database
from tests.simulation.host import Host
from tests.simulation.ledger import Violation
from tests.simulation.producer import SimulatedPublisher
from tests.simulation.roles import Grounds
from tests.simulation.run import simulate
from tests.simulation.scenes import ALONE, BUSY, doubtful_commit, hand_overs, reconnections
from tests.simulation.stage import staged
from tests.simulation.store import SimulatedStore
from tests.simulation.world import USUAL, Size, World

Plant = Callable[[Grounds], None]
Scene = Callable[[World], Awaitable[None]]


class WithoutEpoch(MongoShardStore):
    """Whoever holds the shard's document in memory may write it."""

    def _mine(self, state: ShardState) -> dict[str, Any]:
        return {"_id": state.shard}


class ReadBackBySeqAlone(MongoShardStore):
    """After a doubtful commit only the seq is compared."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self._epochs: dict[int, int] = {}

    async def take_over(self, shard: int, *, partitions: int) -> ShardState:
        state = await super().take_over(shard, partitions=partitions)
        self._epochs[shard] = state.epoch
        return state

    async def head(self, shard: int) -> Head:
        head = await super().head(shard)
        return head._replace(epoch=self._epochs.get(shard, head.epoch))


class ReadsThenBumps(MongoShardStore):
    """A take-over in two steps: the old owner can commit in between."""

    async def take_over(self, shard: int, *, partitions: int) -> ShardState:
        try:
            doc = await self._store["shards"].find_one({"_id": shard})
        except PyMongoError as error:
            raise explain(error) from error
        bumped = await super().take_over(shard, partitions=partitions)
        return bumped if doc is None else replace(shard_from(doc), epoch=bumped.epoch)


class WithoutDedup(MongoSortStore):
    """No message is known: a second delivery is news."""

    async def known_entries(self, ids: Sequence[str]) -> Mapping[str, KnownEntry]:
        del ids
        return {}

    async def insert(self, write: SortWrite) -> None:
        async with self._store.transaction() as session:
            writes = Writes()
            for ticket in write.tickets:
                writes.insert("tickets", ticket)
            for message in write.messages:
                query = {"_id": message["_id"]}
                if await self._store["messages"].find_one(query, session=session) is None:
                    writes.insert("messages", message)
            await self._store.write(writes, session=session)


class NotAwaited:
    """A publisher that is back before the broker answered."""

    def __init__(self, host: Host, broker: Broker) -> None:
        self._host = host
        self._real = SimulatedPublisher(host, broker)
        self._under_way: set[asyncio.Task[None]] = set()

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        task = asyncio.get_running_loop().create_task(self._try(outgoing))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _try(self, outgoing: Sequence[Outgoing]) -> None:
        try:
            await self._real.publish(outgoing)
        except PublishFailed:
            return


async def snapshot_first(connection: Connection, *, registry: Registry, desktops: Desktops) -> None:
    """Reads the snapshot, then registers: what is committed in between reaches nobody."""
    try:
        desktop = await desktops.desktop(connection.agent)
    except (Transient, UnknownAgent):
        connection.close(Close.TRY_AGAIN, "no snapshot")
        return
    connection.release(snapshot_of(desktop))
    registry.add(connection)


def _shards(make: Callable[[Any], ShardStore]) -> Plant:
    def plant(grounds: Grounds) -> None:
        def maker(host: Host, database: Database) -> ShardStore:
            return make(SimulatedStore(host, database))

        grounds.shard_store = maker

    return plant


def _no_dedup(grounds: Grounds) -> None:
    def maker(host: Host, database: Database) -> SortStore:
        return WithoutDedup(SimulatedStore(host, database))

    grounds.sort_store = maker


def _commit_first(grounds: Grounds) -> None:
    grounds.commit_first = True


def _not_awaited(grounds: Grounds) -> None:
    def maker(host: Host, broker: Broker) -> Publisher:
        return NotAwaited(host, broker)

    grounds.publisher = maker


def _snapshot_first(grounds: Grounds) -> None:
    grounds.open_connection = snapshot_first


@dataclass(frozen=True, slots=True)
class PlantedBug:
    """budget: seeds within which the harness must find it. scene: with this going wrong at its
    step, where only rare faults together show the bug; else the seeds' own faults."""

    name: str
    plant: Plant
    budget: int
    scene: Scene | None = None
    size: Size = USUAL

    def shows(self, seed: int) -> Violation | None:
        """The first broken promise of this seed, if there is one. A crash is none: a program that
        did not run at all would show every bug."""
        if self.scene is None:
            report = simulate(seed, plant=self.plant, impatient=True)
        else:
            report = staged(self.scene, size=self.size, seed=seed, plant=self.plant)
        broken = (each for each in report.violations if each.invariant != "crash")
        return next(broken, None)


BUGS = (
    PlantedBug("without the epoch", _shards(WithoutEpoch), 200),
    PlantedBug(
        "guard by epoch, read back by seq alone",
        _shards(ReadBackBySeqAlone),
        20,
        scene=doubtful_commit,
        size=ALONE,
    ),
    PlantedBug("commit before write", _commit_first, 50),
    PlantedBug("outbox not awaited", _not_awaited, 50),
    PlantedBug(
        "take-over reads, then bumps", _shards(ReadsThenBumps), 50, scene=hand_overs, size=BUSY
    ),
    PlantedBug("no dedup", _no_dedup, 50),
    PlantedBug(
        "snapshot without registering first", _snapshot_first, 50, scene=reconnections, size=BUSY
    ),
)
