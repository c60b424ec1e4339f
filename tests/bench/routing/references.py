"""The peers' rules, each with the same eligibility as ours.

What a product documents under a name is what stands here; where it leaves something open, that is
a tunable, and the bench gives each rule the setting that does best on other days than those scored.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from services.router.simulator.trace import Arrival, Trace
from tests.bench.routing.engine import Eligibility, Rule, Seat

Settings = Mapping[str, str | float]


@dataclass(frozen=True, slots=True)
class Peer:
    """make: a fresh rule for a day. grid: the settings to choose from."""

    make: Callable[[Trace, Settings], Rule]
    grid: Mapping[str, tuple[str | float, ...]]

    def settings(self) -> Iterable[Settings]:
        """All combinations of the grid."""
        for values in product(*self.grid.values()):
            yield dict(zip(self.grid, values, strict=True))


class RoundRobin:
    """The next agent of the rota with room; when all are full, the line is served oldest first."""

    rings: tuple[float, ...] = ()

    def __init__(self, trace: Trace) -> None:
        self._agents = len(trace.shifts)
        self._last = -1

    def agent_for(self, ticket: Arrival, seats: Sequence[Seat], now: float) -> Seat | None:
        chosen = min(seats, key=lambda seat: (seat.index - self._last - 1) % self._agents)
        self._last = chosen.index
        return chosen

    def ticket_for(self, seat: Seat, heads: Sequence[Arrival], now: float) -> Arrival | None:
        return oldest(heads)


class LeastOpen:
    """Whoever has the fewest tickets open; the line is served oldest first."""

    rings: tuple[float, ...] = ()

    def agent_for(self, ticket: Arrival, seats: Sequence[Seat], now: float) -> Seat | None:
        return least_open(seats)

    def ticket_for(self, seat: Seat, heads: Sequence[Arrival], now: float) -> Arrival | None:
        return oldest(heads)


class LongestIdle:
    """A line per skill; the agent idle for longest.

    queues: which line a freed agent serves first: "oldest" head, "home" (the line that uses most
    of what they can), "scarce" (the line that fewest agents can serve).
    """

    rings: tuple[float, ...] = ()

    def __init__(self, trace: Trace, *, queues: str) -> None:
        self._queues = queues
        self._eligibility = Eligibility(trace)
        self._servers = servers(trace, self._eligibility)

    def agent_for(self, ticket: Arrival, seats: Sequence[Seat], now: float) -> Seat | None:
        return longest_idle(seats)

    def ticket_for(self, seat: Seat, heads: Sequence[Arrival], now: float) -> Arrival | None:
        return min(heads, key=lambda head: (self._rank(head, seat), head.at))

    def _rank(self, head: Arrival, seat: Seat) -> float:
        if self._queues == "home":
            return self._eligibility.surplus[head.kind, seat.shift.kind]
        return self._servers[head.kind] if self._queues == "scarce" else 0.0


class PriorityFifo:
    """The highest priority first, then the oldest.

    by: what an administrator gives priority to: "tier" (VIPs), "value", "target" (the shortest).
    agent: "least_open" or "longest_idle".
    """

    rings: tuple[float, ...] = ()

    def __init__(self, *, by: str, agent: str) -> None:
        self._by = by
        self._choose = least_open if agent == "least_open" else longest_idle

    def agent_for(self, ticket: Arrival, seats: Sequence[Seat], now: float) -> Seat | None:
        return self._choose(seats)

    def ticket_for(self, seat: Seat, heads: Sequence[Arrival], now: float) -> Arrival | None:
        return min(heads, key=lambda head: (self._rank(head), head.at))

    def _rank(self, head: Arrival) -> float:
        if self._by == "tier":
            return 0.0 if head.tier == "vip" else 1.0
        return head.target if self._by == "target" else -head.value


class RingWidening:
    """First the agents who fit best, every `seconds` the next best, too. Serves oldest first."""

    def __init__(self, trace: Trace, *, seconds: float) -> None:
        eligibility = Eligibility(trace)
        self._seconds = seconds
        self._ring = {
            (kind, team): ring
            for kind in eligibility.kinds
            for ring, team in enumerate(eligibility.teams_for(kind))
        }
        self.rings = tuple(seconds * ring for ring in range(1, len(eligibility.teams)))

    def agent_for(self, ticket: Arrival, seats: Sequence[Seat], now: float) -> Seat | None:
        reached = [seat for seat in seats if self._reaches(ticket, seat, now)]
        return least_open(reached) if reached else None

    def ticket_for(self, seat: Seat, heads: Sequence[Arrival], now: float) -> Arrival | None:
        reached = [head for head in heads if self._reaches(head, seat, now)]
        return oldest(reached) if reached else None

    def _reaches(self, ticket: Arrival, seat: Seat, now: float) -> bool:
        # counted in the engine's own sums, so that a ring opens at its moment and not after
        return now >= ticket.at + self._seconds * self._ring[ticket.kind, seat.shift.kind]


class EarliestDeadline:
    """Plain deadline order, best fit: no late class, nothing reserved."""

    rings: tuple[float, ...] = ()

    def __init__(self, trace: Trace) -> None:
        self._surplus = Eligibility(trace).surplus

    def agent_for(self, ticket: Arrival, seats: Sequence[Seat], now: float) -> Seat | None:
        return min(
            seats,
            key=lambda seat: (
                self._surplus[ticket.kind, seat.shift.kind],
                seat.load / seat.shift.capacity,
                seat.idle_since,
                seat.shift.agent,
            ),
        )

    def ticket_for(self, seat: Seat, heads: Sequence[Arrival], now: float) -> Arrival | None:
        return min(heads, key=lambda head: (head.at + head.target, head.at, head.id))


def oldest(heads: Sequence[Arrival]) -> Arrival:
    return min(heads, key=lambda head: head.at)


def least_open(seats: Sequence[Seat]) -> Seat:
    return min(seats, key=lambda seat: (seat.open, seat.idle_since, seat.index))


def longest_idle(seats: Sequence[Seat]) -> Seat:
    return min(seats, key=lambda seat: (seat.idle_since, seat.index))


def servers(trace: Trace, eligibility: Eligibility) -> dict[str, int]:
    """How many agents can serve each kind."""
    return {
        kind: sum((kind, shift.kind) in eligibility.surplus for shift in trace.shifts)
        for kind in eligibility.kinds
    }


PEERS: Mapping[str, Peer] = {
    "round_robin": Peer(lambda trace, _: RoundRobin(trace), {}),
    "least_open": Peer(lambda *_: LeastOpen(), {}),
    "longest_idle": Peer(
        lambda trace, chosen: LongestIdle(trace, queues=str(chosen["queues"])),
        {"queues": ("oldest", "home", "scarce")},
    ),
    "priority_fifo": Peer(
        lambda _, chosen: PriorityFifo(by=str(chosen["by"]), agent=str(chosen["agent"])),
        {"by": ("tier", "value", "target"), "agent": ("least_open", "longest_idle")},
    ),
    "ring_widening": Peer(
        lambda trace, chosen: RingWidening(trace, seconds=float(chosen["seconds"])),
        {"seconds": (2.0, 5.0, 10.0, 20.0, 40.0)},
    ),
    "deadline": Peer(lambda trace, _: EarliestDeadline(trace), {}),
}
