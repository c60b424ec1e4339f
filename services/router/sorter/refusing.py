"""Dead letters of the sorter, without card numbers."""

from typing import Final

from services.router.sorter.reading import Refused
from shared.messaging.deadletter import dead_letter
from shared.messaging.records import Outgoing
from shared.privacy.raw import mask_raw

GROUP: Final = "sorter"


def refuse(refused: Refused) -> Outgoing:
    """The dead letter of a record. Its bytes may be anything: what is text in them is masked."""
    record = refused.record._replace(value=mask_raw(refused.record.value or b""))
    return dead_letter(record, group=GROUP, reason=f"{refused.slug}: {refused.says}")
