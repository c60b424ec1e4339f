"""Hands the cards of `support.assignments.v1` to the sockets of their agents.

Reads every partition, in every instance, without a group and without committing: each instance
needs all cards, for any agent may be connected to it. Reading begins at the end, which is known
before the first socket is let in; what came before is in the snapshots. A duplicate is dropped by
each connection. Where records were missed (the log moved past us), every connection is given a
fresh snapshot.

aiokafka and not a FastStream subscriber: the position must be fixed before a socket is accepted,
and `latest` is looked up lazily there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from services.notifier.cards import push_of
from services.notifier.protocol.server import CustomerTypes
from services.notifier.registry import Registry
from shared.contracts import InvalidEvent, decode
from shared.contracts.card import ForAgent
from shared.contracts.customer_typing_v1 import CustomerTyping
from shared.messaging.consuming import started
from shared.messaging.topics import topic
from shared.runtime.clock import SystemClock
from shared.runtime.logging import get_logger

POLL_MS: Final = 500
MAX_RECORDS: Final = 1_000
STALE_SECONDS: Final = 10.0
"""So old a hint that somebody types is none."""

_SYSTEM: Final = SystemClock()


class Router:
    """Takes raw records to connections. `pushed` is called with how many sockets got news."""

    def __init__(
        self,
        *,
        registry: Registry,
        pushed: Callable[[int], object],
        now: Callable[[], float] = _SYSTEM.now,
    ) -> None:
        self._registry: Final = registry
        self._now: Final = now
        self._pushed: Final = pushed

    def route(self, key: bytes | None, value: bytes | None) -> None:
        """Never waits. Records of agents who are not here are not even decoded."""
        connections = tuple(self._registry.of((key or b"").decode(errors="replace")))
        if not connections:
            return
        try:
            event = decode(value)
        except InvalidEvent as error:
            get_logger().error("feed.invalid_event", error=str(error))
            return
        if isinstance(event.data, CustomerTyping):
            self._hint(event.data)
            return
        push = push_of(event)
        # by its own word, not by the key: a card under a wrong key is for nobody else's eyes
        if push is None or not _is_for(event.data, connections[0].agent):
            get_logger().error("feed.misdirected_event", event_id=event.id, event_type=event.type)
            return
        self._pushed(sum(connection.push(push) for connection in connections))

    def _hint(self, typing: CustomerTyping) -> None:
        """For whoever the hint itself names, if it comes in time."""
        if self._now() - typing.at.timestamp() < STALE_SECONDS:
            for connection in self._registry.of(typing.agent):
                connection.say(CustomerTypes(ticket=typing.ticket))


class Feed:
    """The consumer. Entered, it stands at the end of each partition; `run` reads from there."""

    def __init__(
        self,
        *,
        kafka: str,
        topic_prefix: str,
        router: Router,
        partitions: int,
        on_gap: Callable[[], Awaitable[None]],
    ) -> None:
        """on_gap: called when records were missed, after reading continues at the end."""
        self._router: Final = router
        self._on_gap: Final = on_gap
        name = topic(ForAgent.TOPIC, topic_prefix)
        self._partitions: Final = [TopicPartition(name, number) for number in range(partitions)]
        self._consumer: Final = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            client_id="croupier-notifier-feed",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=POLL_MS,
        )
        self._closing = AsyncExitStack()
        self.reading = False

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                batches: dict[TopicPartition, list[Any]] = await self._consumer.getmany(
                    timeout_ms=POLL_MS, max_records=MAX_RECORDS
                )
            except OffsetOutOfRangeError:
                get_logger().warning("feed.gap")
                await self._consumer.seek_to_end(*self._partitions)
                await self._on_gap()
                continue
            self._route(batches.values())

    def _route(self, batches: Iterable[Iterable[Any]]) -> None:
        for records in batches:
            for record in records:
                self._router.route(record.key, record.value)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(started(self._consumer))
            self._consumer.assign(self._partitions)
            await self._consumer.seek_to_end(*self._partitions)
            # `position` waits until it is known, not merely asked for
            await asyncio.gather(*map(self._consumer.position, self._partitions))
            self._closing = opening.pop_all()
        self.reading = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.reading = False
        await self._closing.aclose()


def _is_for(data: object, agent: str) -> bool:
    return isinstance(data, ForAgent) and data.agent == agent
