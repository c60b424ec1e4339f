"""The broker's logs: partitioned by key, appended to, read from, cut off and recreated."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from shared.contracts.announcement import Announcement
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.desk_input import DeskInput
from shared.contracts.inbound import InboundEvent
from shared.messaging.partition import partition_of
from shared.messaging.records import Outgoing, Record
from tests.simulation.network import Server

INBOUND: Final = InboundEvent.TOPIC
TICKETS: Final = Announcement.TOPIC
AGENTS: Final = DeskInput.TOPIC
ASSIGNMENTS: Final = AssignmentCard.TOPIC
POLL_SECONDS: Final = 1.0


class Partition(NamedTuple):
    topic: str
    number: int


class Log:
    """One partition. `start` is the first offset still there."""

    def __init__(self) -> None:
        self.start = 0
        self.records: list[Record] = []

    @property
    def end(self) -> int:
        return self.start + len(self.records)

    def at(self, offset: int) -> Record | None:
        index = offset - self.start
        return self.records[index] if 0 <= index < len(self.records) else None

    def cut(self, upto: int) -> None:
        """Retention: everything below `upto` goes."""
        gone = min(max(upto - self.start, 0), len(self.records))
        del self.records[:gone]
        self.start += gone


class Fetched(NamedTuple):
    """What one poll brings: records, and each asked partition's end as of then."""

    records: list[Record]
    ends: dict[Partition, int]


class Broker:
    """`counts`: topic -> partitions; any other topic has one."""

    def __init__(self, server: Server, *, counts: Mapping[str, int], epoch: float) -> None:
        self.server = server
        self.logs: dict[Partition, Log] = {}
        self.history: list[Record] = []
        self.on_append: list[Callable[[Record], None]] = []
        self._counts = dict(counts)
        self._epoch = epoch
        self._readers: list[tuple[Mapping[Partition, int], asyncio.Future[None]]] = []

    def partitions(self, topic: str) -> int:
        return self._counts.get(topic, 1)

    def log(self, topic: str, number: int) -> Log:
        return self.logs.setdefault(Partition(topic, number), Log())

    def topic(self, name: str) -> Iterable[Record]:
        """Every record of the topic that is still there, partition by partition."""
        for number in range(self.partitions(name)):
            yield from self.log(name, number).records

    def append(self, outgoing: Outgoing, *, partition: int | None = None) -> Record:
        """partition: for a producer with a partitioner of its own."""
        topic = outgoing.topic
        number = partition_of(outgoing.key, self.partitions(topic))
        number = number if partition is None else partition
        log = self.log(topic, number)
        at = round((self._epoch + self.server.loop.time()) * 1000)
        record = Record(topic, number, log.end, outgoing.key, outgoing.value, at, outgoing.headers)
        log.records.append(record)
        self.history.append(record)
        for observer in self.on_append:
            observer(record)
        self._wake(Partition(topic, number))
        return record

    def recreate(self, topic: str) -> None:
        """Delete the topic and make it anew, empty. Whoever waits for its news is answered."""
        for number in range(self.partitions(topic)):
            self.logs[Partition(topic, number)] = Log()
            self._wake(Partition(topic, number))

    def fetch(self, positions: Mapping[Partition, int], *, limit: int) -> Fetched:
        """Up to `limit` records from each position that the log has."""
        records: list[Record] = []
        ends: dict[Partition, int] = {}
        for partition, position in positions.items():
            log = self.log(*partition)
            ends[partition] = log.end
            first = position - log.start
            if 0 <= first < len(log.records):
                records += log.records[first : first + limit]
        return Fetched(records, ends)

    def poll(self, positions: Mapping[Partition, int], *, limit: int) -> asyncio.Future[Fetched]:
        """As `fetch`, but waits a while for news when there are none."""
        loop = self.server.loop
        answer: asyncio.Future[Fetched] = loop.create_future()
        found = self.fetch(positions, limit=limit)
        if found.records:
            answer.set_result(found)
            return answer
        news: asyncio.Future[None] = loop.create_future()
        self._readers.append((positions, news))
        news.add_done_callback(lambda _news: answer.set_result(self.fetch(positions, limit=limit)))
        self.server.later(POLL_SECONDS, self._give_up, news)
        return answer

    def _give_up(self, news: "asyncio.Future[None]") -> None:
        if not news.done():
            self._readers = [each for each in self._readers if each[1] is not news]
            news.set_result(None)

    def _wake(self, partition: Partition) -> None:
        woken = [each for each in self._readers if partition in each[0]]
        if woken:
            self._readers = [each for each in self._readers if partition not in each[0]]
            for _, news in woken:
                news.set_result(None)
