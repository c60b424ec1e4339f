"""What runs inside each kind of simulated process: the program's own parts, wired together."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaTimeoutError

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
from services.router.dealer.setting import Ports, Ruling
from services.router.dealer.supervisor import Supervisor
from services.router.policy import PolicyBoard
from services.router.ports import ShardStore, SortStore
from services.router.sorter.handler import Sorter
from services.router.sorter.observer import Observer as SorterObserver
from services.router.sorter.patience import Patience
from services.router.sorter.worker import Worker
from shared.messaging.intake import Intake
from shared.messaging.progress import Progress
from shared.messaging.records import Publisher, Record, next_offsets
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


class _Offsets:
    """The part of aiokafka's consumer that Progress uses."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition(*each) for each in self._consumer.assigned}

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        try:
            taken = await self._consumer.commit(
                {Partition(each.topic, each.partition): upto for each, upto in offsets.items()}
            )
        except Lost as lost:
            raise KafkaTimeoutError(str(lost)) from lost
        if not taken:
            raise CommitFailedError("another generation")


class SorterRole(Listener):
    """What the sorter's service wires: intake, worker, patience, progress, drain on revocation."""

    def __init__(self, host: Host, grounds: Grounds) -> None:
        self._grounds = grounds
        self._clock = SimulatedClock(host, grounds.loop)
        self._consumer = Consumer(
            host, grounds.sorters, grounds.broker, listener=self, hand_out=self._hand_out
        )
        self._offsets = _Offsets(self._consumer)
        self._progress = Progress(INBOUND, group="sorter")
        self._intake = Intake(pause=self._pause, resume=self._resume)
        sorter = Sorter(
            store=grounds.sort_store(host, grounds.database),
            publisher=SimulatedPublisher(host, grounds.broker),
            understanding=PlainUnderstanding(),
            policies=PolicyBoard(policy()),
            clock=self._clock,
            mask=mask,
            failpoints=NoFailpoints(),
        )
        self._worker = Worker(
            intake=self._intake,
            patience=Patience(sorter),
            progress=self._progress,
            observer=SorterObserver(metrics()),
            partitions=lambda: grounds.broker.partitions(INBOUND),
        )
        host.spawn(self._worker.run())
        host.spawn(self._keep_committing())
        host.spawn(self._consumer.run())

    async def on_revoked(self, partitions: frozenset[Partition]) -> None:
        del partitions
        self._intake.drop()
        await self._worker.idle(within=LIMITS.drain_seconds)
        await self._commit()
        self._progress.forget()

    async def on_assigned(self, partitions: frozenset[Partition]) -> None:
        del partitions
        self._progress.forget()
        self._intake.open()

    async def _hand_out(self, records: list[Record]) -> None:
        if self._grounds.commit_first:
            self._progress.advance(next_offsets(records))
            await self._commit()
        self._intake.put(records)

    async def _keep_committing(self) -> None:
        while True:
            await self._clock.sleep(0.5)
            await self._commit()

    async def _commit(self) -> None:
        if self._progress.pending:
            await self._progress.commit(self._offsets)

    def _pause(self) -> None:
        self._consumer.pause(self._consumer.assigned)

    def _resume(self) -> None:
        self._consumer.resume(self._consumer.assigned)


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
        self._feed = feed = SimulatedFeed(grounds.broker)
        self.supervisor = Supervisor(
            Ports(
                store=grounds.shard_store(host, grounds.database),
                publisher=grounds.publisher(host, grounds.broker),
                feed=feed,
                clock=SimulatedClock(host, grounds.loop),
                observer=Observer(metrics()),
                ruling=lambda: Ruling(policy().version, rules_of),
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
        self._feed.hand_out(records)
        self.supervisor.deliver(records)


class NotifierRole:
    """The notifier's own registry, presence, commands and snapshots; sockets are simulated."""

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
            fetched = await self._ask(partial(broker.poll, dict(positions), limit=100))
            for record in fetched.records:
                positions[Partition(record.topic, record.partition)] = record.offset + 1
                self._router.route(record.key, record.value)

    async def _ask(self, perform: Callable[[], Any]) -> Any:
        while True:
            try:
                return await self._link.call("feed", perform, sure=True)
            except Lost:
                continue
