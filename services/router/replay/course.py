"""Whether all that a shard's turns went by is in the topics.

After a topic was made anew, or lost what a dealer had not read yet, the next owner reads from the
store what it missed. No topic has that, so what follows cannot be done again.
"""

from collections.abc import Iterable

from services.router.dealer.turn import announced, understand
from services.router.replay.recorded import RecordedTurn, Unplayable
from shared.contracts.turn_recorded_v1 import TurnRecorded

_ANNOUNCED = frozenset({"entry_added", "customer_profiled"})


class Course:
    """Turns of one shard, one after the other."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def check(self, turn: RecordedTurn) -> None:
        """Raises Unplayable."""
        for applied in turn.told.applied:
            due = self._next.get(applied.topic, applied.first)
            if applied.first != due:
                raise Unplayable(
                    f"{_place(turn.told)}: it went on at {applied.first} of {applied.topic}, not at"
                    f" {due}: the topic had lost what is in between"
                )
            self._next[applied.topic] = applied.last + 1
        self._check_sources(turn)

    def _check_sources(self, turn: RecordedTurn) -> None:
        told = {event.ticket for event in announced(understand(turn.records))}
        for change in turn.changes:
            if change.ticket not in told and any(step.on in _ANNOUNCED for step in change.steps):
                raise Unplayable(
                    f"{_place(turn.told)}: what happened to ticket {change.ticket} was read from"
                    " the store, since no topic had it"
                )


def check_topics(turns: Iterable[TurnRecorded]) -> None:
    """Raises Unplayable where a topic began anew: what was read before is in no topic any more."""
    ends: dict[str, int] = {}
    for told in turns:
        for applied in told.applied:
            if applied.first < ends.get(applied.topic, 0):
                raise Unplayable(
                    f"{_place(told)}: {applied.topic} was made anew before it, and what earlier"
                    " turns read is gone"
                )
            ends[applied.topic] = applied.last + 1


def _place(told: TurnRecorded) -> str:
    return f"shard {told.shard}, turn {told.seq}"
