"""How tickets fared: waits, promises, offers that came to nothing; by queue and tier."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from services.router.domain.effects import TicketStepped
from services.router.domain.ticket import Ticket
from services.router.simulator.figures import percentile

_BEGINS: Final = frozenset({"opened", "reopened"})
_FAILED: Final = {"declined": "declined", "offer_expired": "expired"}


class Cut(NamedTuple):
    queue: str
    tier: str


@dataclass(slots=True)
class Wait:
    """From when a customer began to wait to the first offer; due_at: the promise. Epoch seconds.
    ended_at: None while it goes on. dealt: whether by an offer."""

    cut: Cut
    since: float
    due_at: float
    ended_at: float | None = None
    dealt: bool = False


@dataclass(frozen=True, slots=True)
class Fared:
    """on_time: share, of the waits whose promise can be judged, that ended by an offer before it.
    Seconds are of those that ended by one; None without any. left: customers who went away.
    declined, expired: offers."""

    waits: int
    dealt: int
    on_time: float | None
    p50_s: float | None
    p90_s: float | None
    p99_s: float | None
    waiting: int
    left: int
    declined: int
    expired: int


class Account:
    """Of one run. Told every step of every ticket, in order. now: how far it has come, epoch
    seconds: what still waits then past its promise was not kept."""

    def __init__(self) -> None:
        self._ended: list[Wait] = []
        self._open: dict[str, Wait] = {}
        self._failed: Counter[tuple[Cut, str]] = Counter()
        self.now = 0.0

    def note(self, step: TicketStepped) -> None:
        ticket = step.ticket
        if step.on in _BEGINS:
            self.begin(ticket)
        elif step.on in ("dealt", "abandoned"):
            self._end(ticket, step.at, dealt=step.on == "dealt")
        elif step.on == "cancelled":
            self._open.pop(ticket.id, None)
        elif step.on in _FAILED:
            self._failed[_cut(ticket), _FAILED[step.on]] += 1

    def begin(self, ticket: Ticket) -> None:
        """It waits for its first offer."""
        self._open[ticket.id] = Wait(_cut(ticket), ticket.queued_at, ticket.due_at)

    def join(self, other: "Account") -> None:
        """Another shard's, too."""
        self._ended += other._ended
        self._open |= other._open
        self._failed += other._failed
        self.now = max(self.now, other.now)

    def figures(self) -> dict[Cut, Fared]:
        """By queue and tier, in order."""
        waits: dict[Cut, list[Wait]] = defaultdict(list)
        for wait in (*self._ended, *self._open.values()):
            waits[wait.cut].append(wait)
        return {cut: self._fared(waits[cut], self._failed_of(cut)) for cut in sorted(waits)}

    def overall(self) -> Fared:
        """Of all together."""
        return self._fared((*self._ended, *self._open.values()), self._failed_of())

    def _end(self, ticket: Ticket, at: float, *, dealt: bool) -> None:
        wait = self._open.pop(ticket.id, None)
        if wait is not None:
            # a profile may have changed both meanwhile
            wait.cut, wait.due_at = _cut(ticket), ticket.due_at
            wait.ended_at, wait.dealt = at, dealt
            self._ended.append(wait)

    def _failed_of(self, cut: Cut | None = None) -> Counter[str]:
        """How offers failed; of all cuts without one."""
        failed: Counter[str] = Counter()
        for (of, how), times in self._failed.items():
            failed[how] += times if cut in (None, of) else 0
        return failed

    def _fared(self, waits: Sequence[Wait], failed: Counter[str]) -> Fared:
        seconds = sorted(
            max(0.0, each.ended_at - each.since)
            for each in waits
            if each.dealt and each.ended_at is not None
        )
        judged = [each for each in waits if each.ended_at is not None or each.due_at < self.now]
        kept = [
            each
            for each in judged
            if each.dealt and each.ended_at is not None and each.ended_at <= each.due_at
        ]
        return Fared(
            waits=len(waits),
            dealt=len(seconds),
            on_time=len(kept) / len(judged) if judged else None,
            p50_s=percentile(seconds, 0.5) if seconds else None,
            p90_s=percentile(seconds, 0.9) if seconds else None,
            p99_s=percentile(seconds, 0.99) if seconds else None,
            waiting=sum(each.ended_at is None for each in waits),
            left=sum(each.ended_at is not None and not each.dealt for each in waits),
            declined=failed["declined"],
            expired=failed["expired"],
        )


def _cut(ticket: Ticket) -> Cut:
    return Cut(ticket.requirement.queue, ticket.tier)
