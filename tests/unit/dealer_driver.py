"""A dealer of one shard for tests: real worker and desk, fake store, broker and clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeVar

from services.router.adapters.requirements import pack
from services.router.dealer.limits import DealerLimits
from services.router.dealer.observer import Observer
from services.router.dealer.setting import Ports, Ruling
from services.router.dealer.supervisor import Supervisor
from services.router.dealer.worker import ShardWorker
from services.router.domain.rules import DeskRules
from shared.contracts import Contract, Envelope, decode, encode, wrap
from shared.contracts.accept_ticket_v1 import AcceptTicket
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.announcement import Entry
from shared.contracts.message_added_v1 import MessageAdded
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.messaging.records import Outgoing, Record
from shared.runtime.clock import utc
from shared.runtime.metrics import Metrics
from tests.fakes.clock import HandClock, settle
from tests.fakes.feed import AGENTS, FakeFeed
from tests.fakes.publisher import FakePublisher
from tests.fakes.shard_store import FakeShardStore
from tests.unit.desk_driver import NOON, requirement

C = TypeVar("C", bound=Contract)

RULES = DeskRules(desk="main", version=7, silence_seconds=1e6, skip_seconds=0.0)
LIMITS = DealerLimits(idle_seconds=1e6, retry_seconds=(1.0, 1.0))
"""Nothing happens by real time: a test turns the clock and nudges."""


def ticket_doc(name: str, **changed: Any) -> dict[str, Any]:
    """A ticket as a sorter inserts it."""
    return {
        "_id": name,
        "brand": "brand",
        "customer": f"customer of {name}",
        "identity": f"web:main:{name}",
        "desk": "main",
        "queue": "payments",
        "channel": "web",
        "needs": pack(requirement()),
        "lang": "ru",
        "topic": "deposit",
        "priority": 0,
        "tier": "standard",
        "policy": 7,
        "opened_at": NOON,
        "queued_at": NOON,
        "due_at": NOON + 600,
        "state": "queued",
        "agent": None,
        "assignment": 0,
        "until": 0.0,
        "gone_at": 0.0,
        "skipped": [],
        "seen": {"0": 0},
        "last_message": f"web:main:{name}-m0",
        "entries": 1,
        "joinable": f"brand|customer of {name}",
        "version": 1,
        **changed,
    }


@dataclass
class World:
    """One shard's surroundings. `rules` are those of its desks."""

    rules: tuple[DeskRules, ...] = (RULES,)
    policy: int = 7
    limits: DealerLimits = LIMITS
    store: FakeShardStore = field(default_factory=FakeShardStore)
    feed: FakeFeed = field(default_factory=FakeFeed)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    clock: HandClock = field(default_factory=lambda: HandClock(NOON))
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self._ids = count(1)
        self.ports = Ports(
            store=self.store,
            publisher=self.publisher,
            feed=self.feed,
            clock=self.clock,
            observer=Observer(self.metrics),
            ruling=lambda: Ruling(self.policy, lambda _shard, _shards: self.rules),
            limits=self.limits,
        )

    @asynccontextmanager
    async def worker(self) -> AsyncIterator["Running"]:
        """A worker of shard 0 under way, loaded and settled."""
        worker = ShardWorker(0, self.ports)
        self.feed.deliver = worker.deliver
        running = Running(worker, asyncio.create_task(worker.run()), self.clock)
        await settle()
        try:
            yield running
        finally:
            await ended(running.task)

    async def resume(self, running: "Running", *, stop_at_once: bool = False) -> None:
        """Run a worker that was stopped again."""
        running.task = asyncio.create_task(running.worker.run())
        if stop_at_once:
            running.worker.stop()
        await settle()

    @asynccontextmanager
    async def supervisor(self) -> AsyncIterator[tuple[Supervisor, asyncio.Task[None]]]:
        supervisor = Supervisor(self.ports)
        self.feed.deliver = supervisor.deliver
        task = asyncio.create_task(supervisor.run())
        await settle()
        try:
            yield supervisor, task
        finally:
            await ended(task)

    def tell(self, data: Contract, *, id: str | None = None, shard: int = 0) -> Record:
        """Put an event on its topic."""
        event = wrap(data, id=id or f"e{next(self._ids)}", at=utc(NOON))
        return self.feed.append(data.TOPIC, encode(event), shard=shard, key=data.key.encode())

    def junk(self, *, topic: str = AGENTS) -> Record:
        return self.feed.append(topic, b"junk")

    def staff(self, *names: str, capacity: float = 1.0, desk: str = "main") -> None:
        """Agents hired, connected and ready."""
        for name in names:
            self.hire(name, capacity=capacity, desk=desk)
        self.tell(NotifierHeartbeat(desk=desk, notifier="n1", agents=names, period_seconds=5.0))
        for name in names:
            self.tell(SetAgentState(desk=desk, agent=name, state="ready"))

    def hire(self, name: str, *, capacity: float = 1.0, desk: str = "main") -> Record:
        return self.tell(
            AgentProfileChanged(
                desk=desk, agent=name, skills={"lang.ru": 3}, channels=("web",), capacity=capacity
            )
        )

    def wrote(self, ticket: str, *, offset: int = 1, desk: str = "main", **more: Any) -> Record:
        """The customer's next message, announced."""
        entry = Entry(
            message=f"web:main:{ticket}-m{offset}",
            kind="message",
            partition=0,
            offset=offset,
            at=utc(NOON),
            identity=f"web:main:{ticket}",
            **more,
        )
        return self.tell(MessageAdded(ticket=ticket, desk=desk, entry=entry))

    def accept(self, ticket: str, agent: str, *, assignment: int = 1) -> Record:
        return self.tell(
            AcceptTicket(desk="main", agent=agent, ticket=ticket, assignment=assignment)
        )

    def said(self, contract: type[C]) -> list[Envelope[C]]:
        """What was confirmed of one kind, in order; what was said again counts once."""
        told = [decode(each.value) for each in self.publisher.confirmed if _is_event(each)]
        events = {event.id: event for event in told}.values()
        return [event for event in events if isinstance(event.data, contract)]  # type: ignore[misc]

    def dead_letters(self) -> list[str]:
        """Reasons, in order."""
        return [
            dict(each.headers)["reason"].decode()
            for each in self.publisher.confirmed
            if not _is_event(each)
        ]

    def steps(self, ticket: str) -> list[str]:
        """What happened to a ticket, as told to the world."""
        told = [event.data for event in self.said(TicketChanged)]
        return [step.on for one in told if one.ticket == ticket for step in one.steps]

    def count(self, name: str, **labels: str) -> float:
        """A metric's value; 0 when it was never touched."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def another_owner(self) -> None:
        """Another process raises the epoch."""
        held = self.store.shards[0]
        self.store.shards[0] = replace(held, epoch=held.epoch + 1)


@dataclass
class Running:
    """A worker and its task."""

    worker: ShardWorker
    task: asyncio.Task[None]
    clock: HandClock

    async def settle(self) -> None:
        """Let the worker look at the clock and its queue until it rests."""
        for _ in range(12):
            self.worker.deliver([])
            await settle()

    async def wait(self, seconds: float) -> None:
        await self.clock.advance(seconds)
        await self.settle()


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for it; how it ended is the test's business."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()


def _is_event(record: Outgoing) -> bool:
    return not record.topic.endswith(".dlq")
