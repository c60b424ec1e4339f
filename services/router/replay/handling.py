"""How long agents took with tickets, by the record."""

from collections import defaultdict, deque
from statistics import median
from typing import Final

from services.router.replay.recorded import RecordedTurn
from shared.contracts.ticket_changed_v1 import Step, TicketChanged

_MOST: Final = 1_000
"""Of a queue, the latest that count towards what is usual."""

_DONE: Final = frozenset({"resolved", "customer_silent"})


class Handling:
    """From when an agent took a ticket to when they were done with it."""

    def __init__(self) -> None:
        self._taken: dict[str, float] = {}
        self._own: dict[str, list[float]] = defaultdict(list)
        self._by_queue: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_MOST))
        self._all: deque[float] = deque(maxlen=_MOST)

    def note(self, turn: RecordedTurn) -> None:
        for change in turn.changes:
            for step in change.steps:
                self._note(change, step)

    def of(self, ticket: str, queue: str) -> float | None:
        """Seconds: the ticket's own where it was handled (the mean of several times), else the
        median of its queue, else of all; None where nothing was handled yet."""
        own = self._own.get(ticket)
        if own is not None:
            return sum(own) / len(own)
        usual = self._by_queue.get(queue) or self._all
        return median(usual) if usual else None

    def _note(self, change: TicketChanged, step: Step) -> None:
        at = step.at.timestamp()
        if step.on == "accepted" or (step.on == "dealt" and step.to_state == "accepted"):
            self._taken[change.ticket] = at
        elif step.on in _DONE and change.ticket in self._taken:
            seconds = at - self._taken.pop(change.ticket)
            self._own[change.ticket].append(seconds)
            self._by_queue[change.queue].append(seconds)
            self._all.append(seconds)
