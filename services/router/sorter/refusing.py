"""Dead letters of the sorter, without card numbers."""

from typing import Final

from services.router.sorter.body import Masker
from services.router.sorter.reading import Refused
from shared.messaging.deadletter import dead_letter
from shared.messaging.records import Outgoing

GROUP: Final = "sorter"


def refuse(refused: Refused, *, mask: Masker) -> Outgoing:
    """The dead letter of a record. Its bytes may be anything: what is text in them is masked."""
    text = (refused.record.value or b"").decode("utf-8", "surrogateescape")
    value = mask(text).text.encode("utf-8", "surrogateescape")
    record = refused.record._replace(value=value)
    return dead_letter(record, group=GROUP, reason=f"{refused.slug}: {refused.says}")
