"""Kafka in, for the policy: follows `support.policy.v1`.

Every process reads the one partition from its beginning, without a group and without committing:
the log is the truth about versions, and short. A duplicate is not above the version in force and
has no effect. What cannot be read is noted and passed over; the version before stays in force.
"""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.router.policy.board import Notice, PolicyBoard
from shared.contracts import InvalidEvent, decode
from shared.contracts.policy_published_v1 import PolicyPublished
from shared.messaging.consuming import started
from shared.messaging.topics import topic

log = structlog.get_logger()

_POLL_MS: Final = 500


class PolicyLog:
    """An async context manager: once entered, the board has what was published before. `run`
    follows what comes after."""

    def __init__(self, board: PolicyBoard, *, kafka: str, topic_prefix: str) -> None:
        self._board: Final = board
        self._partition: Final = TopicPartition(topic(PolicyPublished.TOPIC, topic_prefix), 0)
        self._consumer: Final = AIOKafkaConsumer(
            bootstrap_servers=kafka.split(","),
            client_id="croupier-router-policy",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=_POLL_MS,
        )
        self._closing = AsyncExitStack()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._read()

    async def _read(self) -> None:
        for records in (await self._consumer.getmany(timeout_ms=_POLL_MS)).values():
            for record in records:
                self._take(record.value)

    def _take(self, value: bytes | None) -> None:
        try:
            event = decode(value)
        except InvalidEvent as error:
            log.error("policy.invalid_event", error=str(error))  # noqa: TRY400 - no trace wanted
            return
        if not isinstance(event.data, PolicyPublished):
            return
        published = event.data
        notice = self._board.take(
            version=published.policy, file=published.file, text=published.text
        )
        told = log.error if notice is Notice.REFUSED else log.info
        told(f"policy.{notice}", version=published.policy, in_force=self._board.current.version)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(started(self._consumer))
            self._consumer.assign([self._partition])
            end = (await self._consumer.end_offsets([self._partition]))[self._partition]
            while await self._consumer.position(self._partition) < end:
                await self._read()
            self._closing = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._closing.aclose()
