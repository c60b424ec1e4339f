"""Judges a run's history: what was lost, doubled or dealt beyond capacity, and every other broken
promise, as sentences."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.fault.history import History
from tests.fault.invariants.capacity import capacity
from tests.fault.invariants.conservation import conservation
from tests.fault.invariants.order import order
from tests.fault.invariants.ownership import ownership
from tests.fault.invariants.story import story
from tests.fault.invariants.waiting import waiting


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts for the table; `complaints` says what exactly is wrong, and is empty when nothing is.

    messages: accepted.
    """

    messages: int
    lost: int
    doubled: int
    over_capacity: int
    complaints: tuple[str, ...]


def judge(history: History, *, poison: int = 0) -> Verdict:
    """Check every promise. poison: how many records nobody can handle were sent in; exactly as
    many dead letters must be there, and each record in one only."""
    conserved, overloaded = conservation(history), tuple(capacity(history))
    return Verdict(
        messages=len(history.acked),
        lost=len(conserved.lost),
        doubled=len(conserved.doubled),
        over_capacity=len(overloaded),
        complaints=(
            *conserved.complaints(),
            *ownership(history),
            *overloaded,
            *order(history),
            *waiting(history),
            *story(history),
            *_set_aside(history, poison),
        ),
    )


def _set_aside(history: History, poison: int) -> Iterator[str]:
    """I7: poison, and nothing else, is set aside."""
    origins = {(letter.topic, letter.origin) for letter in history.dead}
    if len(origins) != poison:
        reasons = sorted({f"{letter.topic}: {letter.reason}" for letter in history.dead})
        yield f"I7: {len(origins)} records are dead letters, not {poison}: {reasons}"
