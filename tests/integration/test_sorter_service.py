"""The sorter on a real broker and store: redelivery, races, order, poison."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.router.adapters.mongo_sort import MongoSortStore
from services.router.policy import PolicyBoard, load_policy
from services.router.sorter.consumer import SorterService
from services.router.sorter.documents import ticket_id
from services.router.sorter.handler import Sorter
from services.router.sorter.observer import Observer
from services.router.understanding.port import Understood
from shared.contracts.announcement import Announcement
from shared.contracts.base import Contract, Envelope, encode, wrap
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.registry import decode
from shared.messaging.consuming import started
from shared.messaging.partition import by_key
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.subscription import Source
from shared.privacy.mask import mask
from shared.runtime.clock import SystemClock
from shared.runtime.metrics import Metrics
from shared.store import Store
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

INBOUND = "support.inbound.v1"
TICKETS = "support.tickets.v1"
DEAD = "support.inbound.v1.sorter.dlq"
AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
PARTITIONS = 12
POLICY = load_policy(Path(__file__).parents[2] / "deploy/policy/betting.yaml")

Point = Callable[[str], Awaitable[None]]


class Bug(Exception):
    """What a programmer did not think of."""


class PlainUnderstanding:
    """Everything is English; one word it cannot stand."""

    def understand(self, text: str, *, lang_hint: str | None = None) -> Understood:
        if text == "poison":
            raise Bug
        return Understood(lang_hint or "en", 1.0, "deposit", 1.0, False, True)


@dataclass
class Points:
    """Failpoints that do what the test says."""

    on: dict[str, Point] = field(default_factory=dict)

    async def hit(self, name: str) -> None:
        if name in self.on:
            await self.on[name](name)


@dataclass
class Rig:
    """Real parts for one test."""

    fresh: Fresh
    store: Store
    publisher: KafkaPublisher
    producer: AIOKafkaProducer
    closing: AsyncExitStack
    consumers: dict[str, AIOKafkaConsumer] = field(default_factory=dict)

    @asynccontextmanager
    async def sorter(self, *, drain: float = 5.0, **on: Point) -> AsyncIterator[SorterService]:
        """A running sorter; points are named by their last part: `after_insert=…`."""
        points = Points({f"sorter.{name}": do for name, do in on.items()})
        sorter = Sorter(
            store=MongoSortStore(self.store),
            publisher=self.publisher,
            understanding=PlainUnderstanding(),
            policies=PolicyBoard(POLICY),
            clock=SystemClock(),
            mask=mask,
            failpoints=points,
        )
        source = Source(
            kafka=self.fresh.stack.kafka,
            topic_prefix=self.fresh.topic_prefix,
            group_suffix=f".{self.fresh.suffix}",
        )
        service = SorterService(
            source, sorter=sorter, observer=Observer(Metrics()), drain_seconds=drain
        )
        async with service:
            yield service

    async def write(self, *messages: MessageReceived) -> None:
        for message in messages:
            event: Envelope[Contract] = wrap(message, id=f"e-{message.entry_id}", at=AT)
            await self.put(encode(event), key=message.key.encode())

    async def put(self, value: bytes, *, key: bytes) -> None:
        await self.producer.send_and_wait(self.fresh.topic(INBOUND), value, key=key)

    async def read(self, name: str, count: int) -> list[Any]:
        """The next `count` records of a topic, from its beginning."""
        consumer = await self._consumer(name)
        return [await consumer.getone() for _ in range(count)]

    async def news(self, count: int) -> list[Envelope[Announcement]]:
        """The next `count` announcements."""
        events = [decode(record.value) for record in await self.read(TICKETS, count)]
        return [event for event in events if isinstance(event.data, Announcement)]  # type: ignore[misc]

    async def _consumer(self, name: str) -> AIOKafkaConsumer:
        if name not in self.consumers:
            consumer = AIOKafkaConsumer(
                self.fresh.topic(name),
                bootstrap_servers=self.fresh.stack.kafka,
                auto_offset_reset="earliest",
            )
            self.consumers[name] = await self.closing.enter_async_context(started(consumer))
        return self.consumers[name]

    async def committed(self) -> dict[int, int]:
        """partition -> next offset, as the group committed it."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.fresh.stack.kafka,
            group_id=f"sorter.{self.fresh.suffix}",
            enable_auto_commit=False,
        )
        async with started(consumer):
            parts = [
                TopicPartition(self.fresh.topic(INBOUND), number) for number in range(PARTITIONS)
            ]
            offsets = {part.partition: await consumer.committed(part) for part in parts}
        return {number: offset for number, offset in offsets.items() if offset}


@pytest.fixture
async def rig(fresh: Fresh) -> AsyncIterator[Rig]:
    await fresh.provision()
    producer = AIOKafkaProducer(bootstrap_servers=fresh.stack.kafka, acks="all", partitioner=by_key)
    config = ProducerConfig(
        kafka=fresh.stack.kafka, client_id="test", topic_prefix=fresh.topic_prefix
    )
    async with AsyncExitStack() as closing:
        store = Store(url=fresh.stack.mongo, database=fresh.database)
        closing.push_async_callback(store.close)
        publisher = await closing.enter_async_context(KafkaPublisher(config))
        await producer.start()
        closing.push_async_callback(producer.stop)
        yield Rig(fresh, store, publisher, producer, closing)


def wrote(number: int | str, text: str = "hello", **more: Any) -> MessageReceived:
    fields = {"channel": "form", "account": "web", "sender": "me", "sent_at": AT, **more}
    return MessageReceived(message_id=str(number), text=text, **fields)


async def test_a_message_becomes_a_stored_and_announced_ticket(rig: Rig) -> None:
    async with rig.sorter():
        await rig.write(wrote(1))
        [opened] = await rig.news(1)

    ticket = await rig.store["tickets"].find_one({"_id": ticket_id("form:web:1")})
    message = await rig.store["messages"].find_one({"_id": "form:web:1"})
    assert opened.data.ticket == ticket["_id"] == message["ticket"]
    assert (ticket["queue"], ticket["desk"], ticket["state"]) == ("payments", "main", "queued")
    assert sum((await rig.committed()).values()) == 1


async def test_messages_of_each_customer_are_announced_in_the_brokers_order(rig: Rig) -> None:
    senders = ("anna", "boris", "can")
    async with rig.sorter():
        await rig.write(
            *(
                wrote(f"{sender}-{number}", sender=sender)
                for number in range(40)
                for sender in senders
            )
        )
        news = await rig.news(120)

    for sender in senders:
        entries = [one.data.entry for one in news if one.data.entry.identity.endswith(sender)]
        assert [entry.message for entry in entries] == [
            f"form:web:{sender}-{number}" for number in range(40)
        ]
        assert len({one.data.ticket for one in news}) == len(senders)
        assert [entry.offset for entry in entries] == sorted(entry.offset for entry in entries)


async def test_a_stored_but_unannounced_message_returns_after_a_restart(rig: Rig) -> None:
    stored = asyncio.Event()

    async def never(_name: str) -> None:
        stored.set()
        await asyncio.Event().wait()

    async with rig.sorter(drain=0.0, after_insert=never):
        await rig.write(wrote(1))
        await stored.wait()
    assert await rig.committed() == {}

    async with rig.sorter():
        [opened] = await rig.news(1)

    assert opened.type == "TicketOpened"
    assert await rig.store["tickets"].count_documents({}) == 1
    assert sum((await rig.committed()).values()) == 1


async def test_first_contacts_on_many_channels_meet_in_one_ticket_though_two_sorters_race(
    rig: Rig,
) -> None:
    """Each sorter decides to open a ticket before either may insert."""
    both = asyncio.Barrier(2)

    def together() -> Point:
        waited: list[str] = []

        async def wait(name: str) -> None:
            if not waited:
                waited.append(name)
                await both.wait()

        return wait

    contacts = [wrote(number, sender=f"s{number}", customer="7") for number in range(24)]
    async with (
        rig.sorter(drain=0.0, before_insert=together()),
        rig.sorter(drain=0.0, before_insert=together()),
    ):
        await rig.write(*contacts)
        told: set[str] = set()
        tickets: set[str] = set()
        while len(told) < len(contacts):
            [one] = await rig.news(1)
            told.add(one.data.entry.message)
            tickets.add(one.data.ticket)

    assert both.n_waiting == 0
    assert len(tickets) == 1
    assert await rig.store["tickets"].count_documents({}) == 1
    assert await rig.store["messages"].count_documents({"ticket": tickets.pop()}) == 24


async def test_repeated_deliveries_are_announced_at_the_first_position(rig: Rig) -> None:
    async with rig.sorter():
        await rig.write(*(wrote(1) for _ in range(5)))
        news = await rig.news(5)

    assert len({(one.id, one.data.entry.offset) for one in news}) == 1
    assert await rig.store["messages"].count_documents({}) == 1


async def test_a_record_under_a_wrong_key_finds_its_way(rig: Rig) -> None:
    message = wrote(1)
    async with rig.sorter():
        await rig.put(encode(wrap(message, id="e-1", at=AT)), key=b"some-other-key")
        [opened] = await rig.news(1)

    [sent_on] = [one for one in await rig.read(INBOUND, 2) if one.key == message.key.encode()]
    assert (opened.data.entry.partition, opened.data.entry.offset) == (
        sent_on.partition,
        sent_on.offset,
    )


async def test_poison_is_set_aside_and_the_rest_goes_on(rig: Rig) -> None:
    async with rig.sorter():
        await rig.put(b"\xff{", key=b"form:web:me")
        await rig.write(wrote(1, "poison"), wrote(2))
        [opened] = await rig.news(1)
        letters = await rig.read(DEAD, 2)

    assert opened.data.entry.message == "form:web:2"
    reasons = sorted(dict(letter.headers)["reason"].decode() for letter in letters)
    assert [reason.split(":")[0] for reason in reasons] == ["failed", "invalid"]
    assert sum((await rig.committed()).values()) == 3


async def test_a_sorter_without_its_topics_says_what_to_do(rig: Rig) -> None:
    if rig.fresh.stack.kind == "embedded":
        pytest.skip("the embedded broker makes a topic of every name it is asked for")
    elsewhere = replace(rig, fresh=replace(rig.fresh, suffix=f"{rig.fresh.suffix}x"))

    with pytest.raises(RuntimeError, match="croupier stack provision"):
        async with elsewhere.sorter():
            pass
