"""The lobby as its own process, the way it runs in production, and customers who chat there."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import jwt
from aiokafka import AIOKafkaConsumer

from cli.chat import AUDIENCE, ISSUER, customer_token
from cli.chat_client import ChatClient, Message
from deploy.stack.ports import free_ports
from shared.contracts import Contract, decode
from shared.messaging.consuming import started
from shared.messaging.topics import topic
from tests.integration.ingest_process import drain, line
from tests.stacks import Fresh

KEY: Final = Path("deploy/ingest/demo/chat_customers.key").read_bytes().strip()
STOP_SECONDS: Final = 20.0


class Lobby:
    """A lobby that can be stopped and started again at the same address."""

    def __init__(self, fresh: Fresh, **settings: str) -> None:
        self._port: Final = free_ports(1)[0]
        self._env: Final = {
            **os.environ,
            "CROUPIER_KAFKA": fresh.stack.kafka,
            "CROUPIER_MONGO": fresh.stack.mongo,
            "CROUPIER_DATABASE": fresh.database,
            "CROUPIER_TOPIC_PREFIX": fresh.topic_prefix,
            "CROUPIER_INGEST_ROLE": "lobby",
            "CROUPIER_INGEST_PORT": str(self._port),
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None
        self._draining: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The customers' socket at the demo's site."""
        return f"ws://127.0.0.1:{self._port}/v1/chat/website"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Until its door is open."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.ingest"),
            env=self._env,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        await line(process.stderr, "lobby.open")
        self._process = process
        self._draining = asyncio.create_task(drain(process.stderr))

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """The exit code."""
        assert self._process is not None
        self._process.send_signal(how)
        return await asyncio.wait_for(self._process.wait(), STOP_SECONDS)

    async def end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._draining is not None:
            await self._draining


@asynccontextmanager
async def running_lobby(fresh: Fresh, **settings: str) -> AsyncIterator[Lobby]:
    lobby = Lobby(fresh, **settings)
    try:
        await lobby.start()
        yield lobby
    finally:
        await lobby.end()


class Customer(ChatClient):
    """One who remembers how often each reply was told, over all connections."""

    def __init__(self, lobby: Lobby, customer: str | None = None, **options: Any) -> None:
        self.told: Final[Counter[str]] = Counter()
        self.kinds: Final[Counter[str]] = Counter()
        super().__init__(
            url=lobby.url,
            customer_token=None if customer is None else lambda: vouched(customer),
            on_message=self._count,
            **options,
        )

    @property
    def device(self) -> str:
        """What the ids of this device's messages begin with, as agents see them."""
        assert self.token is not None
        claims = jwt.decode(self.token, options={"verify_signature": False})
        return str(claims["dev"])

    def texts(self, by: str) -> list[str]:
        """In the order of time."""
        mine = [each for each in self.entries.values() if each["by"] == by]
        return [each["text"] for each in sorted(mine, key=lambda each: str(each["at"]))]

    async def told_by_agent(self, text: str) -> Message:
        return await self.heard(lambda each: (each["by"], each["text"]) == ("agent", text))

    def _count(self, message: Message) -> None:
        self.kinds[message["type"]] += 1
        if message["type"] == "entry":
            self.told[message["entry"]["text"]] += 1


def vouched(customer: str) -> str:
    """What the demo's site makes for a customer who is logged in."""
    return customer_token(customer, key=KEY, issuer=ISSUER, audience=AUDIENCE)


async def events_until(
    fresh: Fresh, kind: type[Contract], enough: Callable[[list[Any]], bool]
) -> list[Any]:
    """The events of a kind, from the beginning of its topic, once they are enough."""
    name = topic(kind.TOPIC, fresh.topic_prefix)
    consumer = AIOKafkaConsumer(
        name, bootstrap_servers=fresh.stack.kafka, auto_offset_reset="earliest"
    )
    found: list[Any] = []
    async with started(consumer):
        while not enough(found):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                events = (decode(record.value) for record in records)
                found += (event.data for event in events if isinstance(event.data, kind))
    return found
