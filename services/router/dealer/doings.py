"""What a shard does that no record tells: its turns say it, so that they can be replayed."""

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from shared.contracts.turn_recorded_v1 import QuietWork
from shared.runtime.clock import utc

Work = Literal["all", "deals", "none"]

_MOST_QUIET: Final = 100
"""Of what nothing came. Timers that go off later than they did lead to the same, so the latest are
enough, and a shard may have nothing to say for a night."""


@dataclass(frozen=True, slots=True)
class Doings:
    """See TurnRecorded. Times are epoch seconds."""

    work: Work = "none"
    quiet: tuple[QuietWork, ...] = ()
    loaded_at: float | None = None
    offers_from: float | None = None
    set_aside: bool = False


class Unsaid:
    """What was done since the last turn that was written."""

    def __init__(self, *, loaded_at: float | None = None) -> None:
        self._loaded_at = loaded_at
        self._offers_from: float | None = None
        self._quiet: deque[QuietWork] = deque(maxlen=_MOST_QUIET)

    def worked(self, work: Work, *, at: float, policy: int) -> None:
        """The desks did what nothing came of."""
        if work != "none":
            self._quiet.append(QuietWork(at=utc(at), policy=policy, timers=work == "all"))

    def restarted_offers(self, *, at: float) -> None:
        self._offers_from = at

    def said_with(self, work: Work, *, set_aside: bool) -> Doings:
        """All of it, as the turn that did this is to say."""
        return Doings(work, tuple(self._quiet), self._loaded_at, self._offers_from, set_aside)
