"""The dealer's Feed over the simulated consumer."""

from collections.abc import Iterable

from services.router.ports import FeedUnavailable, Offsets
from shared.messaging.records import Record
from tests.simulation.broker import AGENTS, TICKETS, Broker, Partition
from tests.simulation.consumer import Consumer
from tests.simulation.network import Lost

TOPICS = (TICKETS, AGENTS)
_FRESH_SECONDS = 1.5


class SimulatedFeed:
    """A Feed. `attach` it to the process's consumer."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._consumer: Consumer | None = None
        self._handed: dict[Partition, int] = {}

    def attach(self, consumer: Consumer) -> None:
        self._consumer = consumer

    def hand_out(self, records: Iterable[Record]) -> None:
        """Note what was delivered."""
        for record in records:
            self._handed[Partition(record.topic, record.partition)] = record.offset + 1

    def assigned(self) -> frozenset[int]:
        held = self._ready().assigned
        return frozenset(
            each.number for each in held if all(Partition(t, each.number) in held for t in TOPICS)
        )

    def partitions(self) -> int:
        return self._broker.partitions(TICKETS)

    async def start_of(self, shard: int) -> Offsets:
        return await self._ask(lambda: {t: self._broker.log(t, shard).start for t in TOPICS})

    async def end_of(self, shard: int) -> Offsets:
        return await self._ask(lambda: {t: self._broker.log(t, shard).end for t in TOPICS})

    async def mark_of(self, shard: int, topic: str, offset: int) -> int | None:
        def mark() -> dict[str, int]:
            record = self._broker.log(topic, shard).at(offset)
            return {} if record is None else {topic: record.timestamp}

        return (await self._ask(mark)).get(topic)

    def seek(self, shard: int, offsets: Offsets) -> None:
        for topic, offset in offsets.items():
            self._ready().seek(Partition(topic, shard), offset)
            self._handed[Partition(topic, shard)] = offset

    def pause(self, shard: int) -> None:
        self._ready().pause(Partition(topic, shard) for topic in TOPICS)

    def resume(self, shard: int) -> None:
        self._ready().resume(Partition(topic, shard) for topic in TOPICS)

    def caught_up(self, shard: int) -> bool:
        consumer, now = self._ready(), self._broker.server.loop.time()
        for topic in TOPICS:
            partition = Partition(topic, shard)
            if partition not in consumer.ends:
                return False
            end, asked = consumer.ends[partition]
            if now - asked > _FRESH_SECONDS or self._handed.get(partition, -1) < end:
                return False
        return True

    async def _ask(self, perform: object) -> dict[str, int]:
        try:
            answer: dict[str, int] = await self._ready().link.call("offsets", perform)  # type: ignore[arg-type]
        except Lost as lost:
            raise FeedUnavailable(str(lost)) from lost
        return answer

    def _ready(self) -> Consumer:
        assert self._consumer is not None
        return self._consumer
