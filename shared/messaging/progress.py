"""How far each partition has come, and what of it the broker knows."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.messaging.records import Record, next_offsets
from shared.messaging.topics import topic

log = structlog.get_logger()

ANSWER_SECONDS: Final = 2.0
"""For the broker to note a commit: below the session, for none is kept up while partitions go."""


class Progress:
    """Offsets that are done, committed explicitly and late: a repetition costs less than a
    round trip for each batch. `topic`: as the broker has it. `group`: for the log."""

    def __init__(self, topic: str, *, group: str) -> None:
        self._topic: Final = topic
        self._group: Final = group
        self._done: dict[int, int] = {}
        self._committed: dict[int, int] = {}

    def advance(self, offsets: Mapping[int, int]) -> None:
        """partition -> next offset to read. A partition only goes forward."""
        for partition, offset in offsets.items():
            self._done[partition] = max(offset, self._done.get(partition, 0))

    def forget(self) -> None:
        """The assignment ended."""
        self._done.clear()
        self._committed.clear()

    @property
    def pending(self) -> bool:
        """Whether something is done that the broker does not know."""
        return self._done != self._committed

    async def commit(self, consumer: AIOKafkaConsumer) -> None:
        """Commit what is new of the partitions still held.

        One that is refused, or not answered in time, is logged, not raised: the records come again,
        to us or their next owner.
        """
        held = consumer.assignment()
        new = {
            TopicPartition(self._topic, partition): offset
            for partition, offset in self._done.items()
            if offset != self._committed.get(partition)
            and TopicPartition(self._topic, partition) in held
        }
        if not new:
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):  # aiokafka asks until somebody answers
                await consumer.commit(new)
        except (KafkaError, TimeoutError) as error:
            log.warning("progress.commit_refused", group=self._group, error=type(error).__name__)
        else:
            self._committed |= {tp.partition: offset for tp, offset in new.items()}

    def lag(self, consumer: AIOKafkaConsumer) -> dict[int, int]:
        """partition -> records the broker holds that are not done, where known."""
        lags: dict[int, int] = {}
        for tp in consumer.assignment():
            if tp.topic != self._topic or tp.partition not in self._done:
                continue
            end = consumer.highwater(tp)
            if end is not None:
                lags[tp.partition] = max(0, end - self._done[tp.partition])
        return lags


class ProgressOfTopics:
    """The same of several topics that one consumer reads. topics: without the prefix."""

    def __init__(self, topics: Sequence[str], *, prefix: str, group: str) -> None:
        self._of: Final = {name: Progress(topic(name, prefix), group=group) for name in topics}

    def advance(self, records: Sequence[Record]) -> None:
        """They are done."""
        for name, progress in self._of.items():
            progress.advance(next_offsets([each for each in records if each.topic == name]))

    def forget(self) -> None:
        """The assignment ended."""
        for progress in self._of.values():
            progress.forget()

    @property
    def pending(self) -> bool:
        """Whether something is done that the broker does not know."""
        return any(progress.pending for progress in self._of.values())

    async def commit(self, consumer: AIOKafkaConsumer) -> None:
        """As `Progress.commit`."""
        for progress in self._of.values():
            if progress.pending:
                await progress.commit(consumer)

    def lag(self, consumer: AIOKafkaConsumer) -> dict[tuple[str, int], int]:
        """(topic, partition) -> records the broker holds that are not done, where known."""
        return {
            (name, partition): records
            for name, progress in self._of.items()
            for partition, records in progress.lag(consumer).items()
        }
