"""One simulated world: servers, processes, people, and the ledger that watches them."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from shared.contracts import wrap
from shared.messaging.records import PublishFailed, outgoing
from shared.runtime.clock import utc
from tests.simulation.broker import AGENTS, ASSIGNMENTS, INBOUND, TICKETS, Broker
from tests.simulation.clerk import Clerk, Manners
from tests.simulation.customers import Customers
from tests.simulation.documents import Database
from tests.simulation.group import Group
from tests.simulation.host import Host, Life
from tests.simulation.ledger import Ledger
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Rule, Server, Weather
from tests.simulation.producer import SimulatedPublisher
from tests.simulation.roles import (
    DealerRole,
    Grounds,
    NotifierRole,
    SorterRole,
    shard_store,
    sort_store,
)
from tests.simulation.setting import EPOCH, INBOUND_PARTITIONS, SHARDS, staff

COUNTS = {
    INBOUND: INBOUND_PARTITIONS,
    TICKETS: SHARDS,
    AGENTS: SHARDS,
    ASSIGNMENTS: 2,
    f"{TICKETS}.dealer.dlq": SHARDS,
    f"{INBOUND}.sorter.dlq": INBOUND_PARTITIONS,
}
ROLES: dict[str, Callable[[Host, Grounds], Any]] = {
    "sorter": SorterRole,
    "dealer": DealerRole,
    "notifier": NotifierRole,
}


class Happening(NamedTuple):
    """A line of the history."""

    at: float
    what: str
    says: str


@dataclass(frozen=True, slots=True)
class Size:
    """How large a world is."""

    sorters: int = 2
    dealers: int = 3
    notifiers: int = 2
    messages: int = 24
    seconds: float = 30.0


USUAL = Size()


class World:
    """Made and used inside a VirtualLoop. `plant`: changes the grounds, for planted bugs."""

    def __init__(
        self,
        loop: VirtualLoop,
        rng: random.Random,
        *,
        size: Size = USUAL,
        plant: Callable[[Grounds], None] = lambda _grounds: None,
    ) -> None:
        self.loop = loop
        self.rng = rng
        self.size = size
        self.history: list[Happening] = []
        self.manners = Manners()
        kafka = Server("broker", loop=loop, weather=Weather(rng))
        mongo = Server("store", loop=loop, weather=Weather(rng))
        self.broker = Broker(kafka, counts=COUNTS, epoch=EPOCH)
        self.database = Database(mongo)
        self.sorters = Group("sorter", self.broker, topics=(INBOUND,))
        self.dealers = Group("dealer", self.broker, topics=(TICKETS, AGENTS))
        self.ledger = Ledger(self.broker, self.database, now=loop.time)
        self.grounds = Grounds(
            loop=loop,
            broker=self.broker,
            database=self.database,
            sorters=self.sorters,
            dealers=self.dealers,
            shard_store=shard_store,
            sort_store=sort_store,
            publisher=SimulatedPublisher,
        )
        plant(self.grounds)
        self._hosts: dict[str, Host] = {}
        self._roles: dict[str, Any] = {}
        self._outside: set[asyncio.Task[Any]] = set()
        self._ending = False
        self.ledger.watch()
        self.sorters.on_commit = self.ledger.sorted_upto
        self.customers = Customers(
            loop=loop,
            rng=rng,
            broker=self.broker,
            publisher=SimulatedPublisher(Host("ingest", loop=loop), self.broker),
            seconds=size.seconds,
        )
        self.clerks = [
            Clerk(
                profile.agent,
                loop=loop,
                rng=rng,
                manners=self.manners,
                notifiers=self.notifiers,
                note=self.ledger.see,
                follow=self.ledger.follow,
            )
            for profile in staff()
        ]

    def begin(self) -> None:
        """Start every process, hire the staff, let everybody work."""
        self.hire()
        for role, number in (
            ("sorter", self.size.sorters),
            ("dealer", self.size.dealers),
            ("notifier", self.size.notifiers),
        ):
            for each in range(number):
                self.start(f"{role}-{each}")
        for clerk in self.clerks:
            self.outside(clerk.work())

    def hire(self) -> None:
        """Publish the roster."""
        for profile in staff():
            event = wrap(profile, id=f"hire/{profile.agent}", at=utc(EPOCH))
            self.broker.append(outgoing(event))

    def outside(self, work: Any) -> asyncio.Task[Any]:
        """Something that belongs to no process."""
        task = self.loop.create_task(work)
        self._outside.add(task)
        return task

    def start(self, name: str) -> Host:
        """Start the process, for the first time or after its death."""
        before = self._hosts.get(name)
        host = Host(name, loop=self.loop, start=before.start + 1 if before else 1)
        self._hosts[name] = host
        self.note("start", str(host))
        host.died.add_done_callback(lambda _died: self._buried(host))
        self._roles[name] = ROLES[name.partition("-")[0]](host, self.grounds)
        return host

    def host(self, name: str) -> Host:
        return self._hosts[name]

    def role(self, name: str) -> Any:
        return self._roles[name]

    def running(self) -> list[str]:
        """Names of the processes that are not dead."""
        return [name for name, host in self._hosts.items() if host.alive]

    def notifiers(self) -> list[NotifierRole]:
        return [
            self._roles[name]
            for name, host in self._hosts.items()
            if name.startswith("notifier") and host.life is Life.RUNNING
        ]

    def kill(self, name: str) -> None:
        self.note("kill", name)
        self._hosts[name].kill()

    def stop(self, name: str, *, seconds: float) -> None:
        """SIGSTOP now, SIGCONT later."""
        host = self._hosts[name]
        self.note("stop", f"{name} for {seconds} s")
        host.stop()
        self.loop.call_later(seconds, host.resume)

    def strike(self, server: Server, rule: Rule) -> Rule:
        """Arrange a fault at one exact step."""
        server.rules.append(rule)
        return rule

    def heal(self) -> None:
        """End of all faults."""
        self.note("heal", "")
        for server in (self.broker.server, self.database.server):
            server.up = True
            server.weather.calm()
            server.rules.clear()
        for host in self._hosts.values():
            host.skew = 0.0
            host.resume()

    def note(self, what: str, says: str) -> None:
        self.history.append(Happening(self.loop.time(), what, says))

    async def end(self) -> None:
        """Let every task end."""
        self._ending = True
        for host in self._hosts.values():
            host.kill()
        for task in self._outside:
            task.cancel()
        await asyncio.gather(*self._outside, return_exceptions=True)
        for _ in range(20):
            await asyncio.sleep(1)

    def _buried(self, host: Host) -> None:
        """Whoever runs the processes starts them again."""
        if host.failure is not None:
            self.note("crash", f"{host}: {host.failure!r}")
            if not isinstance(host.failure, PublishFailed):
                self.ledger.blame("crash", f"{host}: {host.failure!r}")
        if not self._ending:
            self.loop.call_later(self.rng.uniform(0.2, 4.0), self._restart, host)

    def _restart(self, host: Host) -> None:
        if not self._ending and self._hosts[host.name] is host:
            self.start(host.name)
