"""What goes into and comes out of Kafka, without a client library in sight."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from shared.contracts.base import MAX_RECORD_BYTES, Contract, Envelope, encode

Headers = tuple[tuple[str, bytes], ...]


class Record(NamedTuple):
    """One record as read. `timestamp` is in epoch milliseconds, as Kafka has it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: Headers = ()


class Outgoing(NamedTuple):
    """One record to publish. The partition follows from the key (murmur2, as Java clients do)."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers = ()


class PublishFailed(Exception):
    """The broker did not confirm. The records may or may not be there: send them again or stop."""


class RecordTooLarge(ValueError):
    """A record above MAX_RECORD_BYTES."""


def check_size(record: Outgoing) -> None:
    """Raises RecordTooLarge."""
    headers = sum(len(name) + len(value) for name, value in record.headers)
    size = len(record.key) + len(record.value) + headers
    if size > MAX_RECORD_BYTES:
        raise RecordTooLarge(
            f"a record for {record.topic} has {size} bytes; at most {MAX_RECORD_BYTES} are allowed"
        )


def next_offsets(records: Sequence[Record]) -> dict[int, int]:
    """Partition -> the offset after its last record, for records of one topic."""
    offsets: dict[int, int] = {}
    for record in records:
        offsets[record.partition] = max(record.offset + 1, offsets.get(record.partition, 0))
    return offsets


class Publisher(Protocol):
    """Publishes and waits."""

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Send in order; return when the broker has confirmed each (acks=all).

        Raises RecordTooLarge before sending anything, PublishFailed when any was not confirmed in
        time.
        """
        ...


def outgoing(event: Envelope[Contract], headers: Headers = ()) -> Outgoing:
    """An event on its topic, under its key."""
    return Outgoing(event.data.TOPIC, event.data.key.encode(), encode(event), headers)
