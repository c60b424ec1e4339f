"""The dealer's feed in memory: two logs a shard, handed out at once and from where one seeks."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from services.router.ports import FeedUnavailable, Offsets
from shared.messaging.records import Record

TICKETS: Final = "support.tickets.v1"
AGENTS: Final = "support.agents.v1"
TOPICS: Final = (TICKETS, AGENTS)


class FakeFeed:
    """A Feed. `deliver` is called with what a consumer would hand out.

    order: which topic is handed out first. on_seek: called at each seek, before anything is.
    away: questions raise FeedUnavailable while it is set. stale: never caught up while it is set.
    """

    def __init__(self, *, partitions: int = 1) -> None:
        self.deliver: Callable[[list[Record]], None] = lambda _records: None
        self.order = TOPICS
        self.on_seek: Callable[[], object] = lambda: None
        self.held = frozenset(range(partitions))
        self.count = partitions
        self.away = False
        self.stale = False
        self.seeks: list[tuple[int, dict[str, int]]] = []
        self.paused: set[int] = set()
        self._logs: dict[tuple[str, int], list[Record]] = defaultdict(list)
        self._starts: dict[tuple[str, int], int] = defaultdict(int)
        self._positions: dict[tuple[str, int], int] = {}

    def append(
        self,
        topic: str,
        value: bytes | None,
        *,
        shard: int = 0,
        key: bytes | None = b"main",
        offset: int | None = None,
    ) -> Record:
        """Write to the log. offset: further than the next one leaves a hole."""
        log = self._logs[topic, shard]
        at = self._end(topic, shard) if offset is None else offset
        record = Record(topic, shard, at, key, value, 1_790_000_000_000 + at)
        log.append(record)
        self._hand_out(shard)
        return record

    def records(self) -> list[Record]:
        """Everything ever written, log by log."""
        return [record for log in self._logs.values() for record in log]

    def forget_below(self, topic: str, offset: int, *, shard: int = 0) -> None:
        """Retention: the log starts here now."""
        self._starts[topic, shard] = offset

    def recreate(self, topic: str, *, shard: int = 0, stamp: int) -> None:
        """Another topic of the same name: as many records, of another time."""
        log = self._logs[topic, shard]
        self._logs[topic, shard] = [each._replace(timestamp=stamp, value=b"{}") for each in log]

    def assigned(self) -> frozenset[int]:
        return self.held

    def partitions(self) -> int:
        self._answer()
        return self.count

    async def start_of(self, shard: int) -> Offsets:
        self._answer()
        return {topic: self._starts[topic, shard] for topic in TOPICS}

    async def end_of(self, shard: int) -> Offsets:
        self._answer()
        return {topic: self._end(topic, shard) for topic in TOPICS}

    async def mark_of(self, shard: int, topic: str, offset: int) -> int | None:
        self._answer()
        if offset < self._starts[topic, shard]:
            return None
        found = [each for each in self._logs[topic, shard] if each.offset == offset]
        return found[0].timestamp if found else None

    def seek(self, shard: int, offsets: Offsets) -> None:
        self.seeks.append((shard, dict(offsets)))
        for topic, offset in offsets.items():
            self._positions[topic, shard] = offset
        self.on_seek()
        asyncio.get_running_loop().call_soon(self._hand_out, shard)

    def pause(self, shard: int) -> None:
        self.paused.add(shard)

    def resume(self, shard: int) -> None:
        self.paused.discard(shard)
        self._hand_out(shard)

    def caught_up(self, shard: int) -> bool:
        return not self.stale and all(
            self._positions.get((topic, shard), 0) >= self._end(topic, shard) for topic in TOPICS
        )

    def _hand_out(self, shard: int) -> None:
        if shard in self.paused:
            return
        for topic in self.order:
            position = self._positions.get((topic, shard))
            if position is None:
                continue
            start = max(position, self._starts[topic, shard])
            records = [each for each in self._logs[topic, shard] if each.offset >= start]
            if records:
                self._positions[topic, shard] = records[-1].offset + 1
                self.deliver(records)

    def _end(self, topic: str, shard: int) -> int:
        log = self._logs[topic, shard]
        return log[-1].offset + 1 if log else self._starts[topic, shard]

    def _answer(self) -> None:
        if self.away:
            raise FeedUnavailable("told to be away")
