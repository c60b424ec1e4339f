"""Everything a run left behind: topics, collections, and what customers and agents remember."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from cli.agent_desk import Step
from deploy.stack.topics import load_topics
from shared.contracts import Contract, Envelope, InvalidEvent, decode
from shared.contracts.inbound import InboundEvent
from shared.messaging.consuming import started
from shared.messaging.deadletter import ORIGIN_OFFSET, ORIGIN_PARTITION, REASON
from shared.messaging.topics import dead_letters
from tests.stacks import Fresh

if TYPE_CHECKING:
    from tests.fault.people import People

Doc = Mapping[str, Any]
EVENTS = "support.events.v1"
INBOUND = InboundEvent.TOPIC
DEAD = (
    dead_letters(INBOUND, "sorter"),
    dead_letters("support.tickets.v1", "dealer"),
    dead_letters("support.agents.v1", "dealer"),
)


class DeadLetter(NamedTuple):
    """entry: of the customer's message it was, where that can be read."""

    topic: str
    origin: tuple[int, int]
    reason: str
    entry: str | None


@dataclass(frozen=True)
class History:
    """spoken: identity -> entries in the order written. acked: entries answered 2xx. steps: of all
    agents' own logs. events: of support.events.v1, each partition in order, repetitions included.
    healed_at: epoch seconds. capacity: agent -> how much at once."""

    spoken: Mapping[str, Sequence[str]]
    acked: Collection[str]
    steps: Sequence[Step]
    messages: Sequence[Doc]
    tickets: Sequence[Doc]
    shards: Sequence[Doc]
    capacity: Mapping[str, float]
    events: Sequence[Envelope[Contract]]
    dead: Sequence[DeadLetter]
    healed_at: float


async def gather(people: People) -> History:
    """Read it all."""
    fresh, store, promises = people.fresh, people.store, people.customers.promises

    async def all_of(collection: str) -> list[Doc]:
        docs: list[Doc] = await store[collection].find().to_list(None)
        return docs

    letters = [
        _dead_letter(name, record) for name in DEAD for record in await read_topic(fresh, name)
    ]
    return History(
        spoken=promises.spoken,
        acked=promises.acked,
        steps=[step for agent in people.agents for step in agent.steps],
        messages=await all_of("messages"),
        tickets=await all_of("tickets"),
        shards=await all_of("shards"),
        capacity={doc["_id"]: doc["capacity"] for doc in await all_of("agents")},
        events=[decode(record.value) for record in await read_topic(fresh, EVENTS)],
        dead=letters,
        healed_at=people.healed_at,
    )


async def read_topic(fresh: Fresh, name: str) -> list[Any]:
    """Every record of a topic (its name without prefix), partition by partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=fresh.stack.kafka, auto_offset_reset="earliest", enable_auto_commit=False
    )
    async with started(consumer):
        count = load_topics().with_dead_letters()[name].partitions
        parts = [TopicPartition(fresh.topic(name), number) for number in range(count)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        records: list[Any] = []
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                records.extend(batch)
    return sorted(records, key=lambda record: (record.partition, record.offset))


def entry_of(value: bytes | None) -> str | None:
    """`channel:account:message_id` of an inbound record; None for what is none."""
    try:
        data = decode(value).data
    except InvalidEvent:
        return None
    return data.entry_id if isinstance(data, InboundEvent) else None


def _dead_letter(topic: str, record: Any) -> DeadLetter:
    headers = dict(record.headers)
    origin = int(headers[ORIGIN_PARTITION]), int(headers[ORIGIN_OFFSET])
    return DeadLetter(topic, origin, headers[REASON].decode(), entry_of(record.value))
