"""Dead letters of the sorter: whole where they can be, small enough, without card numbers."""

from typing import Final

from services.router.sorter.body import Masker
from services.router.sorter.reading import Refused
from shared.contracts.base import MAX_RECORD_BYTES
from shared.messaging.deadletter import dead_letter
from shared.messaging.records import Outgoing, Record

GROUP: Final = "sorter"
TRUNCATED_FROM: Final = "truncated-from"
_ROOM_FOR_HEADERS: Final = 4096
_LONGEST_KEY: Final = 1024


def refuse(refused: Refused, *, mask: Masker) -> Outgoing:
    """The dead letter of a record. Its bytes may be anything; a part that is UTF-8 is masked."""
    text = (refused.record.value or b"").decode("utf-8", "surrogateescape")
    value = mask(text).text.encode("utf-8", "surrogateescape")
    record = _bounded(refused.record._replace(value=value))
    return dead_letter(record, group=GROUP, reason=f"{refused.slug}: {refused.says}")


def _bounded(record: Record) -> Record:
    """A direct producer's record may be larger than what we publish: keep its beginning."""
    value, key = record.value or b"", record.key or b""
    headers = sum(len(name) + len(content) for name, content in record.headers)
    size = len(value) + len(key) + headers
    if size <= MAX_RECORD_BYTES - _ROOM_FOR_HEADERS:
        return record
    room = MAX_RECORD_BYTES - _ROOM_FOR_HEADERS - _LONGEST_KEY
    return record._replace(
        key=key[:_LONGEST_KEY],
        value=value[:room],
        headers=((TRUNCATED_FROM, str(size).encode()),),
    )
