"""What becomes of a record nobody can handle: kept whole, with the reason and where it was."""

from shared.contracts.base import MAX_RECORD_BYTES
from shared.messaging.records import Outgoing, Record
from shared.messaging.topics import dead_letters

REASON = "reason"
ORIGIN_TOPIC = "origin-topic"
ORIGIN_PARTITION = "origin-partition"
ORIGIN_OFFSET = "origin-offset"
LEFT_BEHIND = "left-behind-bytes"
_LONGEST_REASON = 1_000
_ROOM = 8_192  # for what we add ourselves


def dead_letter(record: Record, *, group: str, reason: str) -> Outgoing:
    """The record as a dead letter of `group`, under its own key.

    reason names the fault and never quotes a customer's words. A record too large to be published
    again leaves its headers and value behind: the origin says where they are.
    """
    whole = _size(record) <= MAX_RECORD_BYTES - _ROOM
    return Outgoing(
        topic=dead_letters(record.topic, group),
        key=(record.key or b"")[: _ROOM // 2],
        value=(record.value or b"") if whole else b"",
        headers=(
            *(record.headers if whole else ((LEFT_BEHIND, str(_size(record)).encode()),)),
            (REASON, reason[:_LONGEST_REASON].encode()),
            (ORIGIN_TOPIC, record.topic.encode()),
            (ORIGIN_PARTITION, str(record.partition).encode()),
            (ORIGIN_OFFSET, str(record.offset).encode()),
        ),
    )


def _size(record: Record) -> int:
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers
