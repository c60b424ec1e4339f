"""Ingest as its own process, the way it runs in production."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from aiokafka import AIOKafkaConsumer

from shared.contracts import decode
from shared.contracts.inbound import InboundEvent
from shared.messaging.consuming import started
from shared.messaging.topics import topic
from tests.stacks import Fresh

WEBSITE_KEY = Path("deploy/ingest/demo/website.key").read_text("utf-8").strip()
BOT_SECRET = Path("deploy/ingest/demo/lucky_bot.secret").read_text("utf-8").strip()


@dataclass
class Ingest:
    """A running ingest."""

    process: asyncio.subprocess.Process
    http: str
    smtp_port: int

    def client(self) -> httpx.AsyncClient:
        """Speaks for the website."""
        return httpx.AsyncClient(base_url=self.http, headers={"X-Api-Key": WEBSITE_KEY}, timeout=10)


@asynccontextmanager
async def running_ingest(fresh: Fresh, **settings: str) -> AsyncIterator[Ingest]:
    """Start it on this test's topics, wait until its doors are open, and stop it at the end."""
    env = {
        **os.environ,
        "CROUPIER_KAFKA": fresh.stack.kafka,
        "CROUPIER_TOPIC_PREFIX": fresh.topic_prefix,
        "CROUPIER_INGEST_PORT": "0",
        "CROUPIER_INGEST_SMTP_PORT": "0",
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.ingest"), env=env, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    opened = await line(process.stderr, "ingest.open")
    draining = asyncio.create_task(drain(process.stderr))
    try:
        yield Ingest(process, f"http://127.0.0.1:{opened['http']}", opened["smtp"])
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await draining


async def line(stream: asyncio.StreamReader, event: str) -> dict[str, int]:
    seen = []
    async for line in stream:
        seen.append(line)
        if event.encode() in line:
            found: dict[str, int] = json.loads(line)
            return found
    raise AssertionError(b"".join(seen).decode())


async def drain(stream: asyncio.StreamReader) -> None:
    async for _line in stream:
        pass


async def inbound(fresh: Fresh) -> list[InboundEvent]:
    """Everything in this test's inbound topic now."""
    name = topic(InboundEvent.TOPIC, fresh.topic_prefix)
    consumer = AIOKafkaConsumer(bootstrap_servers=fresh.stack.kafka, auto_offset_reset="earliest")
    async with started(consumer):
        consumer.subscribe([name])
        while not consumer.assignment():
            await consumer.getmany(timeout_ms=100)
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        events: list[InboundEvent] = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    data = decode(record.value).data
                    assert isinstance(data, InboundEvent)
                    assert record.key == data.key.encode()
                    events.append(data)
    return events
