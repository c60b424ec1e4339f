"""Reads, without a group, all that customers here may have to be shown.

Every instance reads every partition: any customer may be connected to it. Of replies and of what
customers wrote the last minutes are read first, before the door opens, so that nothing falls
between what the store has and what is yet to come; of signals and events, only what is new. A
record of nobody's here costs a look at its key.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Protocol, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from services.ingest.lobby.chat.memory import MEMORY_SECONDS
from shared.contracts.agent_typing_v1 import AgentTyping
from shared.contracts.inbound import InboundEvent
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.messaging.consuming import started
from shared.messaging.partitions import partition_counts
from shared.messaging.topics import bare, topic
from shared.runtime.clock import Clock
from shared.runtime.logging import get_logger

POLL_MS: Final = 500
MAX_RECORDS: Final = 1_000
WRITTEN_SECONDS: Final = 120.0
"""The sorter has what customers wrote long before that."""

LOOK_BACK: Final[Mapping[str, float]] = {
    ReplyRequested.TOPIC: MEMORY_SECONDS,
    InboundEvent.TOPIC: WRITTEN_SECONDS,
    AgentTyping.TOPIC: 0.0,
    TicketChanged.TOPIC: 0.0,
}


class Routes(Protocol):
    """Takes records; never waits."""

    def route(self, topic: str, key: bytes | None, value: bytes | None, /) -> None:
        """topic: without prefix."""
        ...


class Feed:
    """The consumer. Entered, it has read up to where the topics ended when it began; `run` goes on
    from there."""

    def __init__(
        self,
        *,
        kafka: str,
        topic_prefix: str,
        router: Routes,
        clock: Clock,
        look_back: Mapping[str, float] = LOOK_BACK,
        on_gap: Callable[[], object],
    ) -> None:
        """look_back: topic -> how many seconds of it are read first. on_gap: called when records
        were missed, after reading continues at the end."""
        self._look_back: Final = look_back
        self._kafka: Final = kafka
        self._prefix: Final = topic_prefix
        self._router: Final = router
        self._clock: Final = clock
        self._on_gap: Final = on_gap
        self._partitions: list[TopicPartition] = []
        self._consumer: Final = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            client_id="croupier-lobby-feed",
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
            await self._read()

    async def _read(self) -> None:
        try:
            batches: dict[TopicPartition, list[Any]] = await self._consumer.getmany(
                timeout_ms=POLL_MS, max_records=MAX_RECORDS
            )
        except OffsetOutOfRangeError:
            get_logger().warning("feed.gap")
            await self._consumer.seek_to_end(*self._partitions)
            self._on_gap()
            return
        for partition, records in batches.items():
            name = bare(partition.topic, self._prefix)
            for record in records:
                self._router.route(name, record.key, record.value)

    async def _start(self) -> None:
        names = {topic(name, self._prefix): back for name, back in self._look_back.items()}
        counts = await partition_counts(self._kafka, list(names))
        for name, count in counts.items():
            self._partitions += (TopicPartition(name, number) for number in range(count))
        self._consumer.assign(self._partitions)
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(self._partitions)
        starts = await self._starts(names)
        for each in self._partitions:
            self._consumer.seek(each, starts.get(each, ends[each]))
        behind = {each for each, start in starts.items() if start < ends[each]}
        while behind:
            await self._read()
            positions = await asyncio.gather(*map(self._consumer.position, behind))
            at = dict(zip(behind, positions, strict=True))
            behind = {each for each in behind if at[each] < ends[each]}

    async def _starts(self, names: Mapping[str, float]) -> dict[TopicPartition, int]:
        """Where the last minutes begin, of partitions that had any."""
        now = self._clock.now()
        asked = {
            each: round((now - names[each.topic]) * 1000)
            for each in self._partitions
            if names[each.topic]
        }
        found = await self._consumer.offsets_for_times(asked)
        return {each: start.offset for each, start in found.items() if start is not None}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(started(self._consumer))
            await self._start()
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
