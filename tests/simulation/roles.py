"""What runs inside each kind of simulated process: the program's own parts, wired together."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from services.notifier.adapters.mongo_desktops import MongoDesktops
from services.notifier.commands import CommandDesk
from services.notifier.feed import Router
from services.notifier.opening import open_connection
from services.notifier.ports import Desktops
from services.notifier.presence import Presence
from services.notifier.registry import Registry
from services.router.adapters.mongo_shards import MongoShardStore
from services.router.adapters.mongo_sort import MongoSortStore
from services.router.dealer.observer import Observer
from services.router.dealer.setting import Ports
from services.router.dealer.supervisor import Supervisor
from services.router.ports import ShardStore, SortStore
from services.router.sorter.handler import Sorter, SortFailed
from shared.messaging.records import Publisher, PublishFailed, Record
from shared.privacy.mask import mask
from tests.simulation.broker import ASSIGNMENTS, INBOUND, Broker, Partition
from tests.simulation.clock import SimulatedClock
from tests.simulation.consumer import Consumer, Listener
from tests.simulation.documents import Database
from tests.simulation.feed import SimulatedFeed
from tests.simulation.group import Group
from tests.simulation.host import Host
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Link, Lost
from tests.simulation.producer import SimulatedPublisher
from tests.simulation.setting import (
    LIMITS,
    SHARDS,
    PlainUnderstanding,
    metrics,
    policy,
    rules_of,
)
from tests.simulation.store import SimulatedStore


@dataclass(slots=True)
class Grounds:
    """The servers that processes run against, and the makers of their ports.

    The makers are what a planted bug replaces.
    """

    loop: VirtualLoop
    broker: Broker
    database: Database
    sorters: Group
    dealers: Group
    shard_store: Callable[[Host, Database], ShardStore]
    sort_store: Callable[[Host, Database], SortStore]
    publisher: Callable[[Host, Broker], Publisher]
    commit_first: bool = False
    open_connection: Callable[..., object] = open_connection


def shard_store(host: Host, database: Database) -> ShardStore:
    return MongoShardStore(SimulatedStore(host, database))


def sort_store(host: Host, database: Database) -> SortStore:
    return MongoSortStore(SimulatedStore(host, database))


class NoFailpoints:
    """Crashes come from outside here, at any await."""

    async def hit(self, name: str) -> None:
        del name


class SorterRole:
    """Reads inbound, sorts batch by batch, commits what is done."""

    def __init__(self, host: Host, grounds: Grounds) -> None:
        self._grounds = grounds
        self._clock = SimulatedClock(host, grounds.loop)
        self._sorter = Sorter(
            store=grounds.sort_store(host, grounds.database),
            publisher=SimulatedPublisher(host, grounds.broker),
            understanding=PlainUnderstanding(),
            policy=policy(),
            clock=self._clock,
            mask=mask,
            failpoints=NoFailpoints(),
        )
        self._consumer = Consumer(
            host,
            grounds.sorters,
            grounds.broker,
            listener=Listener(),
            hand_out=self._sort,
        )
        host.spawn(self._consumer.run())

    async def _sort(self, records: list[Record]) -> None:
        partitions = self._grounds.broker.partitions(INBOUND)
        if self._grounds.commit_first:
            await self._commit({each.partition: each.offset + 1 for each in records})
        while True:
            try:
                outcome = await self._sorter.sort(records, partitions=partitions)
            except (SortFailed, PublishFailed):
                await self._clock.sleep(0.2)
            else:
                break
        if not self._grounds.commit_first:
            await self._commit(dict(outcome.offsets))

    async def _commit(self, offsets: dict[int, int]) -> None:
        try:
            await self._consumer.commit(
                {Partition(INBOUND, number): offset for number, offset in offsets.items()}
            )
        except Lost:
            return  # the next commit says it again


class _Drain(Listener):
    """What the router's listener does: tell the supervisor."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    async def on_revoked(self, partitions: frozenset[Partition]) -> None:
        await self._supervisor.on_revoked(sorted({each.number for each in partitions}))

    async def on_assigned(self, partitions: frozenset[Partition]) -> None:
        del partitions
        self._supervisor.on_assigned()


class DealerRole:
    """The supervisor and its consumer."""

    def __init__(self, host: Host, grounds: Grounds) -> None:
        feed = SimulatedFeed(grounds.broker)
        self.supervisor = Supervisor(
            Ports(
                store=grounds.shard_store(host, grounds.database),
                publisher=grounds.publisher(host, grounds.broker),
                feed=feed,
                clock=SimulatedClock(host, grounds.loop),
                observer=Observer(metrics()),
                rules=rules_of,
                policy=policy().version,
                limits=LIMITS,
            )
        )
        consumer = Consumer(
            host,
            grounds.dealers,
            grounds.broker,
            listener=_Drain(self.supervisor),
            hand_out=self._hand_out,
        )
        feed.attach(consumer)
        host.spawn(self.supervisor.run())
        host.spawn(consumer.run())

    async def _hand_out(self, records: list[Record]) -> None:
        self.supervisor.deliver(records)


class NotifierRole:
    """The notifier's own registry, presence, commands and snapshots; sockets are simulated."""

    _lives = count(1)

    def __init__(self, host: Host, grounds: Grounds) -> None:
        self.host = host
        self.grounds = grounds
        clock = SimulatedClock(host, grounds.loop)
        publisher = SimulatedPublisher(host, grounds.broker)
        self.registry = Registry()
        self.desktops: Desktops = MongoDesktops(
            store=SimulatedStore(host, grounds.database), shards=SHARDS
        )
        self.commands = CommandDesk(publisher=publisher, clock=clock)
        self.ready = asyncio.Event()
        self._router = Router(registry=self.registry, pushed=lambda _sockets: None)
        self._link = Link(host, grounds.broker.server)
        presence = Presence(
            notifier=str(host),
            registry=self.registry,
            publisher=publisher,
            clock=clock,
            period_seconds=2.0,
        )
        host.spawn(self._read())
        host.spawn(presence.run())

    async def _read(self) -> None:
        """Every partition, from the end, without a group."""
        broker = self.grounds.broker
        numbers = range(broker.partitions(ASSIGNMENTS))
        positions = await self._ask(
            lambda: {Partition(ASSIGNMENTS, n): broker.log(ASSIGNMENTS, n).end for n in numbers}
        )
        self.ready.set()
        while True:
            at = dict(positions)
            fetched = await self._ask(lambda at=at: broker.poll(at, limit=100))
            for record in fetched.records:
                positions[Partition(record.topic, record.partition)] = record.offset + 1
                self._router.route(record.key, record.value)

    async def _ask(self, perform: Callable[[], object]) -> object:
        while True:
            try:
                return await self._link.call("feed", perform, sure=True)
            except Lost:
                continue
