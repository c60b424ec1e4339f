"""What becomes of a record nobody can handle: kept whole, with the reason and where it was."""

from shared.messaging.records import Outgoing, Record
from shared.messaging.topics import dead_letters

REASON = "reason"
ORIGIN_TOPIC = "origin-topic"
ORIGIN_PARTITION = "origin-partition"
ORIGIN_OFFSET = "origin-offset"
_LONGEST_REASON = 1_000


def dead_letter(record: Record, *, group: str, reason: str) -> Outgoing:
    """The record as a dead letter of `group`, under its own key.

    reason names the fault and never quotes a customer's words.
    """
    return Outgoing(
        topic=dead_letters(record.topic, group),
        key=record.key or b"",
        value=record.value or b"",
        headers=(
            *record.headers,
            (REASON, reason[:_LONGEST_REASON].encode()),
            (ORIGIN_TOPIC, record.topic.encode()),
            (ORIGIN_PARTITION, str(record.partition).encode()),
            (ORIGIN_OFFSET, str(record.offset).encode()),
        ),
    )
