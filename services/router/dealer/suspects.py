"""Who is at fault when a turn fails: one of its records, or our own work."""

from collections.abc import Sequence
from dataclasses import replace

from services.router.ports import ShardState, Trouble
from shared.messaging.records import Record


class Suspects:
    """Narrows a failure down.

    After a failed turn records are taken one a turn until those of that turn are behind us, and
    the desks' own work (timers, deals) has turns of its own until it was done once without
    failing. A record that fails by itself is set aside after some attempts. Our own work that
    fails as often has no record to blame: the process ends, and its restart is the recovery.
    """

    def __init__(self, *, attempts: int) -> None:
        self._attempts = attempts
        self._last: dict[str, int] = {}
        self._barren = 0
        self._apart = False
        self._own_next = False

    def alone(self, state: ShardState) -> bool:
        """Whether the next record is to be taken by itself."""
        return bool(state.trouble) or any(
            state.offsets[topic] <= last for topic, last in self._last.items()
        )

    def apart(self, state: ShardState) -> bool:
        """Whether records and the desks' own work are kept in different turns."""
        return self._apart or bool(state.trouble)

    def own_next(self, state: ShardState) -> bool:
        """Whether the next turn belongs to the desks' own work."""
        return self._own_next and self.apart(state)

    def failed(self, records: Sequence[Record], *, cause: Exception) -> None:
        """A turn failed. Raises `cause` when it cannot be a record's fault."""
        if not records:
            self._barren += 1
            if self._barren >= self._attempts:
                raise cause
        for record in records:
            self._last[record.topic] = max(self._last.get(record.topic, 0), record.offset)
        self._apart = self._own_next = True

    def passed(self, state: ShardState, *, records: int, ticked: bool) -> None:
        """A turn was committed. ticked: the desks' own work was part of it."""
        self._own_next = records > 0
        if not self.alone(state):
            self._last.clear()
        if ticked:
            self._barren = 0
            self._apart = bool(self._last)


def with_attempt(state: ShardState, record: Record, *, most: int) -> ShardState | None:
    """The state with one more attempt at the record noted; None when it has had them all."""
    others = tuple(each for each in state.trouble if each.topic != record.topic)
    tried = sum(
        each.attempts
        for each in state.trouble
        if (each.topic, each.offset) == (record.topic, record.offset)
    )
    if tried >= most:
        return None
    return replace(state, trouble=(*others, Trouble(record.topic, record.offset, tried + 1)))
