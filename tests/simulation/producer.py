"""A process's producer: in order per partition, acknowledged, or not."""

from collections import defaultdict
from collections.abc import Sequence

from shared.messaging.partition import partition_of
from shared.messaging.records import Outgoing, PublishFailed, check_size
from tests.simulation.broker import Broker
from tests.simulation.host import Host
from tests.simulation.network import Link, Lost


class SimulatedPublisher:
    """A Publisher. A publication that fails may be there whole, in part, or not at all; what is
    there of one partition is always a beginning, as an idempotent producer has it."""

    def __init__(self, host: Host, broker: Broker) -> None:
        self._broker = broker
        self._link = Link(host, broker.server)

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        for record in outgoing:
            check_size(record)
        if not outgoing:
            return
        records = tuple(outgoing)
        try:
            await self._link.call(
                "publish", lambda: self._append(records), half=lambda: self._append_some(records)
            )
        except Lost as lost:
            raise PublishFailed("no acknowledgement") from lost

    def _append(self, records: Sequence[Outgoing]) -> None:
        for record in records:
            self._broker.append(record)

    def _append_some(self, records: Sequence[Outgoing]) -> None:
        """Of each partition, a random beginning."""
        if not self._broker.server.up:
            return
        by_partition: dict[tuple[str, int], list[Outgoing]] = defaultdict(list)
        for record in records:
            number = partition_of(record.key, self._broker.partitions(record.topic))
            by_partition[record.topic, number].append(record)
        for mine in by_partition.values():
            upto = self._broker.server.weather.rng.randint(0, len(mine))
            self._append(mine[:upto])
