"""Records on their way to a shard's next turn.

Kafka hands records out at least once and, around a rebalance or a seek, out of place. Here they
are put right: a record below the next offset was applied before and is dropped; one above it
means that something is missing; another one than was applied just below it means that the topic
was deleted and made anew.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress

from services.router.ports import Offsets
from shared.messaging.records import Record


class Gap(Exception):
    """A record is above the offset that must come next."""

    def __init__(self, topic: str, *, expected: int, found: int) -> None:
        super().__init__(f"{topic}: expected offset {expected}, found {found}")
        self.topic = topic
        self.expected = expected


class OtherLog(Exception):
    """The record just below the next offset is not the one that was applied there."""


class RecordQueue:
    """First in, first out, with a level at which the feed is to be paused."""

    def __init__(self, *, high: int) -> None:
        self._records: deque[Record] = deque()
        self._high = high
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._records)

    @property
    def full(self) -> bool:
        return len(self._records) >= self._high

    @property
    def low(self) -> bool:
        return len(self._records) <= self._high // 2

    def put(self, records: Iterable[Record]) -> None:
        self._records.extend(records)
        self._arrived.set()

    def wake(self) -> None:
        """End a `wait` although nothing arrived."""
        self._arrived.set()

    async def wait(self, seconds: float) -> None:
        """Until something arrives, for at most so long."""
        self._arrived.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._arrived.wait()

    def put_back(self, records: Iterable[Record]) -> None:
        """Return what was taken and not applied, in its order, to the front."""
        self._records.extendleft(reversed(list(records)))

    def clear(self) -> None:
        self._records.clear()

    def take(
        self, limit: int, *, offsets: Offsets, marks: Mapping[str, int] | None = None
    ) -> list[Record]:
        """At most `limit` records that come next, `offsets` being the next to apply per topic and
        `marks` the timestamps of those just below, where known.

        Raises Gap, leaving the queue as it stands, when the very first that is not old is too new;
        OtherLog when these are not the records of the log we knew.
        """
        expected: dict[str, int] = dict(offsets)
        taken: list[Record] = []
        while self._records and len(taken) < limit:
            record = self._records[0]
            due = _due(expected, record)
            if record.offset > due:
                if taken:
                    break
                raise Gap(record.topic, expected=due, found=record.offset)
            self._records.popleft()
            if record.offset == offsets.get(record.topic, 0) - 1:
                _compare(record, marks or {})
            if record.offset == due:
                expected[record.topic] = due + 1
                taken.append(record)
        return taken


def _due(expected: Mapping[str, int], record: Record) -> int:
    return expected.get(record.topic, record.offset)


def _compare(record: Record, marks: Mapping[str, int]) -> None:
    """Raises OtherLog."""
    if marks.get(record.topic, record.timestamp) != record.timestamp:
        raise OtherLog(f"{record.topic}: offset {record.offset} has another timestamp")
