"""Dealers on a real broker and store, in this process; a test plays the sorter and the notifier."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from cli.running import Running
from services.router.app import compose
from services.router.domain.ticket import Ticket
from services.router.settings import RouterSettings
from shared.contracts import Contract, Envelope, decode, wrap
from shared.contracts.accept_ticket_v1 import AcceptTicket
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.announcement import Entry
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.customer_profile_changed_v1 import CustomerProfileChanged
from shared.contracts.finish_wrap_up_v1 import FinishWrapUp
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.ticket_opened_v1 import TicketOpened
from shared.messaging.consuming import started
from shared.messaging.partition import partition_of
from shared.messaging.records import outgoing
from shared.messaging.topics import topic
from shared.runtime.clock import SystemClock, utc
from shared.runtime.lifecycle import Lifecycle
from shared.store import Store
from tests.contract.shard_samples import ticket, ticket_doc
from tests.stacks import Fresh

C = TypeVar("C", bound=Contract)

DESK: Final = "main"
RUSSIAN_PAYMENTS: Final = dict.fromkeys(("lang.ru", "payments"), 5)
POLICY: Final = Path(__file__).parents[2] / "deploy/policy/betting.yaml"
READ: Final = (
    "support.assignments.v1",
    "support.events.v1",
    "support.replies.v1",
    "support.tickets.v1.dealer.dlq",
    "support.agents.v1.dealer.dlq",
)


@dataclass
class World:
    """Everything around the dealers. heard: every record read so far, in order of arrival."""

    fresh: Fresh
    store: Store
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    partitions: int
    heard: list[Any] = field(default_factory=list)
    ids: "count[int]" = field(default_factory=count)

    @property
    def shard(self) -> int:
        """Of DESK."""
        return partition_of(DESK.encode(), self.partitions)

    def settings(self, **changed: Any) -> RouterSettings:
        given: dict[str, Any] = {
            "kafka": self.fresh.stack.kafka,
            "mongo": SecretStr(self.fresh.stack.mongo),
            "database": self.fresh.database,
            "topic_prefix": self.fresh.topic_prefix,
            "router_role": "dealer",
            "router_policy": POLICY,
            "router_port": 0,
            "router_session_seconds": 6.0,
            "router_group_suffix": f".{self.fresh.suffix}",
        }
        return RouterSettings(**given | changed)

    @asynccontextmanager
    async def dealer(self, **changed: Any) -> AsyncIterator[httpx.AsyncClient]:
        """A running dealer; talks to its health and metrics."""
        lifecycle = Lifecycle()
        try:
            server = await compose(lifecycle, settings=self.settings(**changed))
            host, port = server.address
            async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=20) as client:
                yield client
            assert lifecycle.failed is None
        finally:
            await lifecycle.close()

    async def tell(
        self, data: Contract, *, partition: int | None = None, id: str | None = None
    ) -> str:
        """Publish an event under its key, or to a partition it does not belong to; its id."""
        event = wrap(data, id=id or f"e{next(self.ids)}", at=utc(0))
        record = outgoing(event)
        where = partition_of(record.key, self.partitions) if partition is None else partition
        await self.producer.send_and_wait(
            self.fresh.topic(record.topic), record.value, key=record.key, partition=where
        )
        return event.id

    async def arrive(self, data: InboundEvent | CustomerProfileChanged) -> None:
        """Publish what comes in from customers, where a sorter reads it."""
        count = len(await self.producer.partitions_for(self.fresh.topic(data.TOPIC)))
        await self.tell(data, partition=partition_of(data.key.encode(), count))

    async def write(self, message: str, text: str, *, channel: str = "form") -> None:
        """A customer's message; who writes is the same on all channels."""
        await self.arrive(
            MessageReceived(
                channel=channel,
                account="web",
                sender="me",
                message_id=message,
                sent_at=utc(SystemClock().now()),
                text=text,
            )
        )

    async def hire(self, name: str, *, desk: str = DESK, **changed: Any) -> None:
        """An agent's profile; changed: fields of it that are not the usual ones."""
        usual = {"skills": RUSSIAN_PAYMENTS, "channels": ("web",), "capacity": 3.0}
        await self.tell(AgentProfileChanged(desk=desk, agent=name, **(usual | changed)))

    async def on_duty(self, *names: str, desk: str = DESK) -> None:
        """These agents and nobody else are connected, and ready."""
        await self.tell(
            NotifierHeartbeat(desk=desk, notifier="n1", agents=names, period_seconds=300.0)
        )
        for name in names:
            await self.tell(SetAgentState(desk=desk, agent=name, state="ready"))

    async def staff(self, *names: str, desk: str = DESK, **changed: Any) -> None:
        """Agents alike, ready for anything, or as `hire` has it."""
        for name in names:
            await self.hire(name, desk=desk, **changed)
        await self.on_duty(*names, desk=desk)

    async def serve(self, card: AssignmentCard) -> None:
        """Whoever has the offer takes it, and is done with it."""
        about = {"desk": DESK, "agent": card.agent, "ticket": card.ticket, "assignment": 1}
        await self.accept(card)
        await self.tell(ResolveTicket.model_validate({**about, "seen": card.last_message}))
        await self.tell(FinishWrapUp.model_validate(about))

    async def open(self, name: str, **changed: Any) -> None:
        """What a sorter does for a customer's first message."""
        await self.store["tickets"].insert_one(ticket_doc(recent(name, **changed), desk=DESK))
        await self.announce(name)

    async def announce(self, name: str, *, partition: int | None = None) -> None:
        entry = Entry(
            message=f"web:main:{name}-m1",
            kind="message",
            partition=0,
            offset=4,
            at=utc(0),
            identity=f"web:main:{name}",
        )
        await self.tell(TicketOpened(ticket=name, desk=DESK, entry=entry), partition=partition)

    async def hear(self, wanted: Callable[[Any], bool]) -> Any:
        """The first record that is wanted, among those read and those to come."""
        for record in self.heard:
            if wanted(record):
                return record
        async for record in self.consumer:
            self.heard.append(record)
            if wanted(record):
                return record
        raise AssertionError("the consumer ended")

    async def said(self, kind: type[C], wanted: Callable[[C], bool] = lambda _: True) -> C:
        """The first event of a kind that is wanted."""

        def is_it(record: Any) -> bool:
            data = _data(record)
            return isinstance(data, kind) and wanted(data)

        found = _data(await self.hear(is_it))
        assert isinstance(found, kind)
        return found

    async def card(self, name: str, state: str) -> AssignmentCard:
        """The first card of a ticket in that state."""
        return await self.said(
            AssignmentCard, lambda card: (card.ticket, card.state) == (name, state)
        )

    async def offer(self, ticket: str, number: int) -> AssignmentCard:
        """The card of a ticket's so-manieth assignment."""
        return await self.said(
            AssignmentCard, lambda card: (card.ticket, card.assignment) == (ticket, number)
        )

    async def step(self, ticket: str | None, on: str) -> TicketChanged:
        """The first change of the ticket, or of any, with such a step."""
        return await self.said(
            TicketChanged,
            lambda change: (
                ticket in {None, change.ticket} and any(on == each.on for each in change.steps)
            ),
        )

    async def dead_letter(self, origin: str) -> dict[str, bytes]:
        """Headers of the next dead letter of that topic."""
        name = self.fresh.topic(f"{origin}.dealer.dlq")
        return dict((await self.hear(lambda record: record.topic == name)).headers)

    async def accept(self, card: AssignmentCard) -> None:
        await self.tell(
            AcceptTicket(
                desk=DESK, agent=card.agent, ticket=card.ticket, assignment=card.assignment
            )
        )

    async def dealt_and_accepted(self, name: str) -> None:
        """A ticket's way to an agent, through whoever owns the shard."""
        await self.open(name)
        await self.accept(await self.card(name, "offered"))
        await self.card(name, "accepted")


def recent(name: str, **changed: Any) -> Ticket:
    """One that has waited for nothing yet."""
    now = SystemClock().now()
    times = {"opened_at": now, "queued_at": now, "due_at": now + 600}
    return ticket(name, **times | changed)


@asynccontextmanager
async def surroundings(fresh: Fresh) -> AsyncIterator[World]:
    await fresh.provision()
    async with AsyncExitStack() as closing:
        store = Store(url=fresh.stack.mongo, database=fresh.database)
        closing.push_async_callback(store.close)
        producer = AIOKafkaProducer(bootstrap_servers=fresh.stack.kafka, acks="all")
        await producer.start()
        closing.push_async_callback(producer.stop)
        reading = AIOKafkaConsumer(
            *(topic(name, fresh.topic_prefix) for name in READ),
            bootstrap_servers=fresh.stack.kafka,
            auto_offset_reset="earliest",
        )
        consumer = await closing.enter_async_context(started(reading))
        partitions = await producer.partitions_for(fresh.topic("support.agents.v1"))
        yield World(fresh, store, producer, consumer, len(partitions))


def event(record: Any) -> Envelope[Contract]:
    return decode(record.value)


def said_as(world: World, kind: type[Contract]) -> set[str]:
    """The ids of the events of a kind: what is said once may be delivered twice, for a new owner
    says again what the turn before it said."""
    heard = (event(record) for record in world.heard if record.topic.endswith(kind.TOPIC))
    return {each.id for each in heard if isinstance(each.data, kind)}


def _data(record: Any) -> Contract | None:
    return None if record.topic.endswith(".dlq") else event(record).data


def up_of(world: World) -> Running:
    """What `croupier up` leaves for the commands beside it."""
    nowhere = Path("nowhere")
    return Running(
        pid=1,
        born="",
        kind="external",
        kafka=world.fresh.stack.kafka,
        mongo=world.fresh.stack.mongo,
        database=world.fresh.database,
        accounts=nowhere,
        policy=POLICY,
        secret_file=nowhere,
        smtp_host="127.0.0.1",
        smtp_port=1,
        sockets="",
        services=(),
    )
