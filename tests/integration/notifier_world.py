"""A notifier on a real broker and store, and a test that plays the dealer for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from pydantic import SecretStr

from cli.agent_client import AgentClient
from cli.agent_desk import Message, Step
from cli.token import mint
from services.notifier.app import PATH, compose
from services.notifier.settings import NotifierSettings
from shared.contracts import Contract, Envelope, decode, wrap
from shared.contracts.agent_card_v1 import AgentCard
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.desk_input import DeskInput
from shared.messaging.consuming import started
from shared.messaging.partition import partition_of
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import outgoing
from shared.messaging.topics import topic
from shared.runtime.clock import utc
from shared.runtime.http import HttpServer
from shared.runtime.lifecycle import Lifecycle
from shared.store.driver import Store
from tests.stacks import Fresh

SECRET: Final = b"integration-secret-of-32-bytes-or-more"
DESK: Final = "vip"
OPENED_AT: Final = 1_790_000_000.0


@dataclass
class World:
    """Everything around one notifier. The methods are what a dealer does."""

    fresh: Fresh
    store: Store
    publisher: KafkaPublisher
    seq: int = 0
    shards: int = 6

    @property
    def shard(self) -> int:
        """Of DESK."""
        return partition_of(DESK.encode(), self.shards)

    def settings(self, **changes: Any) -> NotifierSettings:
        """For a notifier in this world."""
        given: dict[str, Any] = {
            "kafka": self.fresh.stack.kafka,
            "mongo": SecretStr(self.fresh.stack.mongo),
            "database": self.fresh.database,
            "topic_prefix": self.fresh.topic_prefix,
            "notifier_port": 0,
            "notifier_secret": SecretStr(SECRET.decode()),
            "notifier_presence_seconds": 1.0,
            "notifier_heartbeat_seconds": 300.0,
            "notifier_grace_seconds": 1.0,
        }
        return NotifierSettings(**given | changes)

    async def enrol(self, *agents: str, desk: str = DESK) -> None:
        """Agents, ready."""
        await self.store["agents"].insert_many(
            [
                {
                    "_id": agent,
                    "desk": desk,
                    "name": agent.title(),
                    "skills": {},
                    "channels": ["telegram", "mail"],
                    "capacity": 3.0,
                    "active": True,
                    "state": "ready",
                    "version": 1,
                }
                for agent in agents
            ]
        )

    async def commit(self, agent: str | None, ticket: str, state: str, **changes: Any) -> None:
        """Store a ticket's new state under the shard's next seq, as one commit would."""
        self.seq += 1
        stamp = {"shard": self.shard, "seq": self.seq, "n": 0}
        fields = {
            "brand": "b",
            "customer": "c1",
            "identity": "telegram:a:7",
            "desk": DESK,
            "queue": "deposit",
            "channel": "telegram",
            "lang": "ru",
            "topic": "deposit",
            "priority": 0,
            "opened_at": OPENED_AT,
            "due_at": OPENED_AT + 600,
            "until": 0.0,
            "last_message": "telegram:a:1",
            "entries": 1,
            "assignment": 1,
        }
        written = fields | changes | {"agent": agent, "state": state, "stamp": stamp}
        await self.store["tickets"].update_one({"_id": ticket}, {"$set": written}, upsert=True)
        await self.store["shards"].update_one(
            {"_id": self.shard}, {"$set": {"seq": self.seq}}, upsert=True
        )

    async def announce(
        self, agent: str, ticket: str, state: str, *, cause: str | None = None, **changes: Any
    ) -> None:
        """Publish the card of the last commit."""
        await self.publish(self.card(agent, ticket, state, **changes), cause=cause)

    async def deal(self, agent: str, ticket: str, state: str = "offered", **changes: Any) -> None:
        """Commit, then announce."""
        await self.commit(agent, ticket, state, **changes)
        await self.announce(agent, ticket, state, **changes)

    def card(self, agent: str, ticket: str, state: str, **changes: Any) -> AssignmentCard:
        """A card of the last commit, unless `changes` say otherwise."""
        fields: dict[str, Any] = {
            "agent": agent,
            "shard": self.shard,
            "seq": self.seq,
            "n": 0,
            "desk": DESK,
            "ticket": ticket,
            "assignment": 1,
            "state": state,
            "queue": "deposit",
            "channel": "telegram",
            "lang": "ru",
            "topic": "deposit",
            "customer": "c1",
            "assurance": "channel",
            "opened_at": utc(OPENED_AT),
            "due_at": utc(OPENED_AT + 600),
            "last_message": "telegram:a:1",
            "messages": 1,
        }
        return AssignmentCard.model_validate(fields | changes)

    async def set_state(self, agent: str, state: str, *, cause: str | None = None) -> None:
        """An agent's own state: stored and shown."""
        self.seq += 1
        await self.store["agents"].update_one({"_id": agent}, {"$set": {"state": state}})
        await self.store["shards"].update_one(
            {"_id": self.shard}, {"$set": {"seq": self.seq}}, upsert=True
        )
        shown = AgentCard.model_validate(
            {
                "agent": agent,
                "shard": self.shard,
                "seq": self.seq,
                "n": 0,
                "desk": DESK,
                "state": state,
                "channels": ("telegram", "mail"),
                "load": 0.0,
                "capacity": 3.0,
            }
        )
        await self.publish(shown, cause=cause)

    async def publish(self, data: Contract, *, cause: str | None = None) -> None:
        """On the topic of the contract."""
        event = wrap(data, id=f"test/{id(data)}/{self.seq}", at=utc(OPENED_AT), cause=cause)
        await self.publisher.publish([outgoing(event)])

    @asynccontextmanager
    async def inputs(self) -> AsyncIterator["Inputs"]:
        """What comes to the dealers from now on."""
        name = topic(DeskInput.TOPIC, self.fresh.topic_prefix)
        consumer = AIOKafkaConsumer(
            name, bootstrap_servers=self.fresh.stack.kafka, auto_offset_reset="earliest"
        )
        async with started(consumer):
            yield Inputs(consumer)


@dataclass
class Inputs:
    """The dealers' input, read as a dealer would."""

    consumer: Any
    read: list[Envelope[Contract]] = field(default_factory=list)

    async def next(self, kind: type[Contract]) -> Envelope[Any]:
        """The next event of a kind; others are passed over."""
        async for record in self.consumer:
            event = decode(record.value)
            self.read.append(event)
            if isinstance(event.data, kind):
                return event
        raise AssertionError("the consumer ended")


@asynccontextmanager
async def a_world(fresh: Fresh) -> AsyncIterator[World]:
    """Topics, indexes, a store and a publisher of a test's own."""
    await fresh.provision()
    store = Store(url=fresh.stack.mongo, database=fresh.database)
    config = ProducerConfig(
        kafka=fresh.stack.kafka, client_id="dealer", topic_prefix=fresh.topic_prefix
    )
    try:
        async with KafkaPublisher(config) as publisher:
            yield World(fresh=fresh, store=store, publisher=publisher)
    finally:
        await store.close()


@asynccontextmanager
async def a_notifier(settings: NotifierSettings) -> AsyncIterator[HttpServer]:
    """Serving until the block ends."""
    lifecycle = Lifecycle()
    try:
        yield await compose(lifecycle, settings=settings)
    finally:
        await lifecycle.close()
        assert lifecycle.failed is None


def url_of(server: HttpServer) -> str:
    """The agents' socket."""
    host, port = server.address
    return f"ws://{host}:{port}{PATH}"


def token_of(agent: str, *, ttl: timedelta = timedelta(minutes=5)) -> str:
    """Signed with the secret of `World.settings`."""
    return mint(agent, secret=SECRET, ttl=ttl)


class Watching(AgentClient):
    """A client that remembers, and can be waited for."""

    def __init__(self, *, url: str, agent: str) -> None:
        self.messages: list[Message] = []
        self.steps: list[Step] = []
        self._heard = asyncio.Condition()
        self._notices: set[asyncio.Task[None]] = set()
        super().__init__(
            url=url,
            agent=agent,
            token=lambda: token_of(agent),
            on_message=self._remember,
            on_step=self.steps.append,
        )

    async def heard(self, kind: str, *, times: int = 1) -> Message:
        """The n-th message of a type, when it has come."""
        async with self._heard:
            await self._heard.wait_for(lambda: len(self.all(kind)) >= times)
        return self.all(kind)[times - 1]

    def all(self, kind: str) -> list[Message]:
        """Messages of a type so far."""
        return [message for message in self.messages if message["type"] == kind]

    def _remember(self, message: Message) -> None:
        self.messages.append(message)
        notice = asyncio.create_task(self._notify())
        self._notices.add(notice)
        notice.add_done_callback(self._notices.discard)

    async def _notify(self) -> None:
        async with self._heard:
            self._heard.notify_all()
