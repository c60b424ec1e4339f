"""The recorder's use case: a batch of events becomes documents, each once.

Nothing counts as done before the store, or for what cannot be read the dead letters' topic, has
confirmed it. Every step may be repeated: ids follow from the events.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from services.router.ports import ChangeStore
from services.router.recorder.reading import read
from shared.contracts import InvalidEvent
from shared.messaging.deadletter import dead_letter
from shared.messaging.patience import SetAside
from shared.messaging.records import Outgoing, Publisher, Record, next_offsets
from shared.store.documents import ChangeDoc

GROUP: Final = "recorder"


@dataclass(frozen=True, slots=True)
class Recorded:
    """offsets: partition -> next offset to read: what may be committed.

    counts: new, repeated. refused: reason -> how many.
    """

    offsets: Mapping[int, int]
    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """What a batch is recorded with. kept: how long after it happened."""

    store: ChangeStore
    publisher: Publisher
    kept: timedelta

    async def record(self, records: Sequence[Record]) -> Recorded:
        """Raises Transient when the store is away, PublishFailed when the broker does not confirm:
        nothing may be committed, and the batch may be recorded again. Raises another StoreError
        when that would not help."""
        changes, letters = self._read(records)
        new = await self.store.add(changes) if changes else 0
        if letters:
            await self.publisher.publish(letters)
        return Recorded(
            offsets=next_offsets(records),
            counts=Counter(new=new, repeated=len(changes) - new),
            refused=Counter(invalid=len(letters)),
        )

    def set_aside(self, record: Record, says: str) -> SetAside[Recorded]:
        """The dead letter of a record that nobody can handle."""
        outcome = Recorded(next_offsets((record,)), refused=Counter(failed=1))
        return SetAside(dead_letter(record, group=GROUP, reason=f"failed: {says}"), outcome)

    def _read(self, records: Sequence[Record]) -> tuple[list[ChangeDoc], list[Outgoing]]:
        """What is kept, and the dead letters of what cannot be read."""
        changes: list[ChangeDoc] = []
        letters: list[Outgoing] = []
        for record in records:
            try:
                change = read(record, kept=self.kept)
            except InvalidEvent as fault:
                letters.append(dead_letter(record, group=GROUP, reason=f"invalid: {fault}"))
            else:
                changes += [] if change is None else [change]
        return changes, letters
