"""The waiting tickets of one class: all who may take one of them may take any."""

import math
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from services.router.domain.deadlines import Deadlines, Key, key_of
from services.router.domain.pool import Fits, Pool
from services.router.domain.requirement import Requirement
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.turns import Lead


class Shape(NamedTuple):
    """What the tickets of a class have in common.

    tier: where a reserve asks for it, empty otherwise. stage, kept: see Reach. barred: see Ticket.
    """

    requirement: Requirement
    tier: str
    stage: int
    kept: tuple[str, ...]
    barred: tuple[str, ...]


class WaitingClass(Lead):
    """Tickets nobody skips wait in two heaps: those whose deadline can be met, and those that are
    late, as of `aged_to`. The few with a skip list wait beside them, all in one order, since each
    may be servable by different agents.

    pool: where its tickets look for agents. fits: those that were found. is_home: whether a waiting
    ticket waits here.
    """

    __slots__ = (
        "_is_home",
        "_tickets",
        "aged_to",
        "barred",
        "fits",
        "late",
        "pool",
        "shape",
        "skipping",
        "timely",
        "weight",
    )

    def __init__(
        self,
        shape: Shape,
        *,
        pool: Pool,
        tickets: Mapping[str, Ticket],
        is_home: Callable[["WaitingClass", Ticket], bool],
    ) -> None:
        super().__init__()
        self.shape = shape
        self.pool = pool
        self.weight = shape.requirement.weight
        self.barred = shape.barred
        self.fits = Fits(pool_version=-1)
        self.timely = Deadlines(self._is_live)
        self.late = Deadlines(self._is_live)
        self.skipping: list[Key] = []
        self.aged_to = -math.inf
        self._tickets = tickets
        self._is_home = is_home

    @property
    def empty(self) -> bool:
        return self.timely.head is None and self.late.head is None and not self.skipping

    def add(self, ticket: Ticket) -> Key:
        """Where it stands now in the order of deals."""
        key = key_of(ticket)
        if ticket.skipped:
            insort(self.skipping, key)
        else:
            self._line(key).add(key)
        return key

    def remove(self, ticket: Ticket) -> None:
        """Call before the ticket changes: it is found by what it was added with."""
        key = key_of(ticket)
        if ticket.skipped:
            del self.skipping[bisect_left(self.skipping, key)]
        else:
            self._line(key).remove(key)

    def age(self, now: float) -> None:
        """Those whose deadline has passed are late from now on. Each ticket moves once."""
        self.aged_to = now
        if self.timely.head is None or self.timely.head[0] >= now:
            return
        for key in self.timely.pop_before(now):
            self.late.add(key)

    def skipping_at(self, now: float) -> tuple[Sequence[Key], Sequence[Key]]:
        """Those with a skip list: the ones that can be met, and the late ones, both in order."""
        border = bisect_left(self.skipping, (now, -math.inf, ""))
        return self.skipping[border:], self.skipping[:border]

    def _line(self, key: Key) -> Deadlines:
        return self.late if key[0] < self.aged_to else self.timely

    def _is_live(self, key: Key) -> bool:
        ticket = self._tickets.get(key[2])
        return (
            ticket is not None
            and ticket.state is TicketState.QUEUED
            and ticket.due_at == key[0]
            and not ticket.skipped
            and self._is_home(self, ticket)
        )
