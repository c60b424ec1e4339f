"""What a competent person writes first: one handler a message, one find-and-modify an assignment.

FastStream handler per message (acknowledged after success) → insert the message → open the ticket
→ take a free agent with `find_one_and_update` → update the ticket → publish the card. Correct
while nothing fails, and no faster than its round trips. `python -m tests.bench.naive`.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime

import orjson
import uvloop
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from shared.contracts import Envelope
from shared.contracts.message_received_v1 import MessageReceived
from shared.store import Store
from tests.bench.world import AGENTS, CARDS, EVENTS, INBOUND


async def main() -> None:
    """Serve until terminated."""
    place = os.environ
    prefix = place["CROUPIER_TOPIC_PREFIX"]
    store = Store(url=place["CROUPIER_MONGO"], database=place["CROUPIER_DATABASE"])
    await store["agents"].insert_many(
        [{"_id": f"agent-{number:03}", "desk": "main", "load": 0} for number in range(AGENTS)]
    )
    broker = KafkaBroker(
        place["CROUPIER_KAFKA"],
        acks="all",
        enable_idempotence=True,
        allow_auto_create_topics=False,
        logger=None,
    )

    @broker.subscriber(
        prefix + INBOUND,
        group_id="naive",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def on_message(event: Envelope[MessageReceived]) -> None:
        message = event.data
        now = datetime.now(UTC)
        ticket = {"_id": message.entry_id, "state": "queued", "due_at": now, "desk": "main"}
        await store["messages"].insert_one({"_id": message.entry_id, "text": message.text})
        await store["tickets"].insert_one(ticket)
        agent = await store["agents"].find_one_and_update(
            {"desk": "main", "load": {"$lt": 100_000}}, {"$inc": {"load": 1}}
        )
        await store["tickets"].update_one(
            {"_id": message.entry_id}, {"$set": {"state": "accepted", "agent": agent["_id"]}}
        )
        said = orjson.dumps({"ticket": message.entry_id, "agent": agent["_id"], "at": now})
        await broker.publish(said, prefix + CARDS, key=agent["_id"].encode())
        await broker.publish(said, prefix + EVENTS, key=message.entry_id.encode())

    await broker.start()
    sys.stdout.write("naive is ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
