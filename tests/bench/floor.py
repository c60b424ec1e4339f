"""The floor: the same durable effects a ticket with no logic at all, in one process.

consume → insert a message, a ticket and its claim (one transaction a batch) → publish an
announcement → consume → one transaction: the shard's document with offsets and outbox, the ticket's
update → publish a card and an event. Documents and records have the sizes of the real ones; nothing
is decoded, decided or checked. `python -m tests.bench.floor`, told where by CROUPIER_* variables.
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import Outgoing
from shared.store import Store
from shared.store.writes import Writes
from tests.bench.world import CARDS, EVENTS, INBOUND, TICKETS

BATCH = 500
# the sizes of the real records, in bytes of JSON
ANNOUNCEMENT = b"a" * 430
CARD = b"c" * 640
EVENT = b"e" * 1_000


async def main() -> None:
    """Sort and deal until terminated."""
    place = os.environ
    store = Store(
        url=place["CROUPIER_MONGO"], database=place["CROUPIER_DATABASE"], driver="pymongo"
    )
    prefix = place["CROUPIER_TOPIC_PREFIX"]
    await store["shards"].insert_one({"_id": 0, "epoch": 1, "seq": 0, "outbox": []})
    config = ProducerConfig(
        kafka=place["CROUPIER_KAFKA"], client_id="floor", topic_prefix=prefix, timeout=60.0
    )
    async with KafkaPublisher(config) as sorted_out, KafkaPublisher(config) as dealt_out:
        inbound = await _consumer(prefix + INBOUND)
        tickets = await _consumer(prefix + TICKETS)
        sys.stdout.write("floor is ready\n")
        sys.stdout.flush()
        await asyncio.gather(_sort(inbound, store, sorted_out), _deal(tickets, store, dealt_out))


async def _sort(consumer: AIOKafkaConsumer, store: Store, publisher: KafkaPublisher) -> None:
    while True:
        batch = await _take(consumer)
        ids = [f"{record.partition}:{record.offset}" for record in batch]
        async with store.transaction() as session:
            await store.write(_insertion(ids), session=session)
        await publisher.publish(
            [Outgoing(TICKETS, b"main", each.encode() + b" " + ANNOUNCEMENT) for each in ids]
        )


async def _deal(consumer: AIOKafkaConsumer, store: Store, publisher: KafkaPublisher) -> None:
    seq = 0
    while True:
        batch = await _take(consumer)
        ids = [record.value.partition(b" ")[0] for record in batch]
        outbox = [
            said
            for number, each in enumerate(ids)
            for said in (
                Outgoing(CARDS, b"agent-%d" % (number % 100), CARD),
                Outgoing(EVENTS, each, EVENT),
            )
        ]
        async with store.transaction() as session:
            await store.write(_deal_of(ids, seq, outbox), session=session)
        seq += 1
        await publisher.publish(outbox)


def _insertion(ids: Sequence[str]) -> Writes:
    writes = Writes()
    for collection, made in (("claims", _claim), ("tickets", _ticket), ("messages", _message)):
        for each in ids:
            writes.insert(collection, made(each))
    return writes


def _deal_of(ids: Sequence[bytes], seq: int, outbox: Sequence[Outgoing]) -> Writes:
    writes = Writes()
    said = [[*each[:3], []] for each in outbox]
    shard = {"_id": 0, "epoch": 1, "seq": seq}
    writes.update("shards", shard, {"$set": {"seq": seq + 1, "outbox": said}})
    for each in ids:
        writes.update("tickets", *_update(each.decode()))
    return writes


async def _consumer(topic: str) -> AIOKafkaConsumer:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=os.environ["CROUPIER_KAFKA"],
        group_id="floor",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    return consumer


async def _take(consumer: AIOKafkaConsumer) -> list[ConsumerRecord]:
    while True:
        found = await consumer.getmany(timeout_ms=1_000, max_records=BATCH)
        if batch := [record for records in found.values() for record in records]:
            return batch


def _ticket(key: str) -> dict[str, Any]:
    now = time.time()
    return {
        "_id": f"t-{key}",
        "brand": "bench",
        "customer": f"a:{key:0>24}",
        "identity": f"telegram:bench_bot:{key}",
        "desk": "main",
        "queue": "general",
        "channel": "telegram",
        "needs": "general@telegram*0.05 lang.ru:1",
        "lang": "ru",
        "topic": "deposit",
        "priority": 3,
        "tier": "standard",
        "policy": 1,
        "opened_at": now,
        "queued_at": now,
        "due_at": now + 300,
        "state": "queued",
        "agent": None,
        "assignment": 0,
        "until": 0.0,
        "gone_at": 0.0,
        "skipped": [],
        "seen": {"0": 1},
        "last_message": f"telegram:bench_bot:{key}",
        "entries": 1,
        "joinable": f"bench|{key}",
        "version": 1,
    }


def _claim(key: str) -> dict[str, Any]:
    return {
        "_id": f"bench|{key}",
        "ticket": f"t-{key}",
        "desk": "main",
        "brand": "bench",
        "customer": f"a:{key:0>24}",
    }


def _message(key: str) -> dict[str, Any]:
    return {
        "_id": f"telegram:bench_bot:{key}",
        "ticket": f"t-{key}",
        "kind": "message",
        "identity": f"telegram:bench_bot:{key}",
        "customer": f"a:{key:0>24}",
        "brand": "bench",
        "desk": "main",
        "partition": 0,
        "offset": 1,
        "at": time.time(),
        "stored_at": datetime.now(UTC),
        "text": "x" * 60,
        "lang": "ru",
        "topic": "deposit",
        "reopens": True,
        "digest": b"d" * 16,
    }


def _update(key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    now = time.time()
    changed = {
        "state": "accepted",
        "agent": "agent-001",
        "assignment": 1,
        "until": 0.0,
        "gone_at": 0.0,
        "skipped": [],
        "queued_at": now,
        "due_at": now + 300,
        "identity": f"telegram:bench_bot:{key}",
        "seen": {"0": 1},
        "last_message": f"telegram:bench_bot:{key}",
        "entries": 1,
        "policy": 1,
        "version": 2,
        "stamp": {"shard": 0, "seq": 1, "n": 1},
    }
    return {"_id": f"t-{key}", "desk": "main", "version": 1}, {"$set": changed}


if __name__ == "__main__":
    uvloop.run(main())
