"""What every pipeline of the bench is measured with: the same messages in, the same cards out.

A pipeline is a process of its own that reads `support.inbound.v1` and writes one card a message to
`support.assignments.v1`. The clock runs from the first publication to the last card.
"""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter

from aiokafka import AIOKafkaConsumer

from cli.demo.script import load_script
from deploy.stack.provision import provision
from shared.contracts import wrap
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import Outgoing, outgoing

INBOUND = "support.inbound.v1"
TICKETS = "support.tickets.v1"
CARDS = "support.assignments.v1"
EVENTS = "support.events.v1"
AGENTS = 100
_CHUNK = 1_000
_START_SECONDS = 60.0
_RUN_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Place:
    """Names of one run on a shared stack."""

    kafka: str
    mongo: str
    prefix: str
    database: str

    @classmethod
    async def fresh(cls, *, kafka: str, mongo: str) -> "Place":
        """Topics and indexes that no other run uses."""
        suffix = secrets.token_hex(4)
        place = cls(kafka, mongo, f"bench-{suffix}.", f"bench-{suffix}")
        await provision(kafka=kafka, mongo=mongo, database=place.database, prefix=place.prefix)
        return place

    def environment(self) -> dict[str, str]:
        """For a process that works there."""
        return {
            **os.environ,
            "CROUPIER_KAFKA": self.kafka,
            "CROUPIER_MONGO": self.mongo,
            "CROUPIER_DATABASE": self.database,
            "CROUPIER_TOPIC_PREFIX": self.prefix,
            "CROUPIER_LOG_LEVEL": "info",
        }

    def topic(self, name: str) -> str:
        return self.prefix + name

    @asynccontextmanager
    async def publisher(self) -> AsyncIterator[KafkaPublisher]:
        config = ProducerConfig(
            kafka=self.kafka, client_id="bench", topic_prefix=self.prefix, timeout=60.0
        )
        async with KafkaPublisher(config) as publisher:
            yield publisher


def messages(count: int, *, offset: int = 0) -> list[Outgoing]:
    """First messages of so many customers, in the words of the demo's script."""
    texts = [message.text for message in load_script().messages]
    now = datetime.now(UTC)
    return [
        outgoing(
            wrap(
                MessageReceived(
                    channel="telegram",
                    account="bench_bot",
                    sender=str(number),
                    message_id=str(number),
                    sent_at=now,
                    text=texts[number % len(texts)],
                ),
                id=f"bench:{number}",
                at=now,
                correlation=f"bench:{number}",
            )
        )
        for number in range(offset, offset + count)
    ]


async def staff(place: Place, *, agents: int = AGENTS) -> None:
    """Agents for the real pipeline, all ready. Returns when its dealer, which runs, knows them."""
    names = tuple(f"agent-{number:03}" for number in range(agents))
    skills = dict.fromkeys(("lang.ru", "lang.lt", "lang.tr", "lang.en"), 5)
    told = [
        *(
            AgentProfileChanged(
                desk="main", agent=name, skills=skills, channels=("telegram",), capacity=100
            )
            for name in names
        ),
        NotifierHeartbeat(desk="main", notifier="bench", agents=names, period_seconds=300),
        *(SetAgentState(desk="main", agent=name, state="ready") for name in names),
    ]
    now = datetime.now(UTC)
    events = [wrap(data, id=f"staff:{number}", at=now) for number, data in enumerate(told)]
    async with _cards(place) as answers, place.publisher() as publisher:
        await publisher.publish([outgoing(event) for event in events])
        async with asyncio.timeout(_START_SECONDS):
            # one card for being hired, one for being ready
            await _count(answers, 2 * agents)


@asynccontextmanager
async def running(
    place: Place, module: str, *, ready: bytes, env: Mapping[str, str] | None = None
) -> AsyncIterator[int]:
    """A pipeline's process, from the line `ready` on its output to the end; its pid."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        env={**place.environment(), **(env or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_START_SECONDS):
            while ready not in (line := await process.stdout.readline()):
                if not line:
                    raise RuntimeError(f"{module} ended before it was ready")
        drain = asyncio.create_task(_read_on(process.stdout))
        yield process.pid
        drain.cancel()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def seconds_for(place: Place, load: Sequence[Outgoing]) -> float:
    """Publish the load and wait for as many cards; how long it took."""
    async with (
        _cards(place) as cards,
        place.publisher() as publisher,
        asyncio.timeout(_RUN_SECONDS),
    ):
        began = perf_counter()
        publishing = asyncio.create_task(_publish(publisher, load))
        await _count(cards, len(load))
        ended = perf_counter()
        await publishing
    return ended - began


@asynccontextmanager
async def _cards(place: Place) -> AsyncIterator[AIOKafkaConsumer]:
    """Reads the cards from now on."""
    consumer = AIOKafkaConsumer(
        place.topic(CARDS), bootstrap_servers=place.kafka, auto_offset_reset="latest"
    )
    await consumer.start()
    try:
        await consumer.seek_to_end()
        for tp in consumer.assignment():
            await consumer.position(tp)  # or "the end" is looked up only at the first fetch
        yield consumer
    finally:
        await consumer.stop()


async def _publish(publisher: KafkaPublisher, load: Sequence[Outgoing]) -> None:
    for at in range(0, len(load), _CHUNK):
        await publisher.publish(load[at : at + _CHUNK])


async def _count(counter: AIOKafkaConsumer, cards: int) -> None:
    while cards > 0:
        for records in (await counter.getmany(timeout_ms=1_000)).values():
            cards -= len(records)


async def _read_on(stream: asyncio.StreamReader) -> None:
    """Keep a process's output from filling its pipe."""
    while await stream.read(65_536):
        pass
