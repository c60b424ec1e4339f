"""Waiting lines with known answers: Erlang B, C and A. Times are seconds, rates per second.

Sources: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in
automatic telephone exchanges", 1917 (B and C); C. Palm, "Research on telephone traffic carried by
full availability groups", Tele 1957 (A); A. Mandelbaum and S. Zeltyn, "The Palm/Erlang-A queue,
with applications to call centers", Technion 2005 (the forms of A used here); F. Baccelli and
G. Hebuterne, "On queues with impatient customers", Performance '81 (the virtual wait).
"""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Final

_NEGLIGIBLE: Final = 1e-16
_PANELS: Final = 1_000


def erlang_b(servers: int, load: float) -> float:
    """Share of customers lost where nobody waits. load: arrival rate times mean handling.

    By the recursion 1/B(n) = 1 + (n / load) / B(n - 1) from B(0) = 1 (Erlang 1917), which neither
    overflows nor cancels.
    """
    inverse = 1.0
    for n in range(1, servers + 1):
        inverse = 1.0 + inverse * n / load
    return 1.0 / inverse


@dataclass(frozen=True)
class ErlangC:
    """M/M/c: customers wait for ever. With load >= servers the line grows without end."""

    servers: int
    rate: float
    handling: float

    @property
    def load(self) -> float:
        return self.rate * self.handling

    @property
    def stable(self) -> bool:
        return self.load < self.servers

    @cached_property
    def waits(self) -> float:
        """Share of customers who wait at all: c B / (c - load (1 - B)) (Erlang 1917)."""
        if not self.stable:
            return 1.0
        lost = erlang_b(self.servers, self.load)
        return self.servers * lost / (self.servers - self.load * (1.0 - lost))

    @property
    def occupancy(self) -> float:
        """Share of the servers' time in use."""
        return min(1.0, self.load / self.servers)

    @property
    def mean_wait(self) -> float:
        """Of all customers: C handling / (c - load) (Erlang 1917)."""
        if not self.stable:
            return math.inf
        return self.waits * self.handling / (self.servers - self.load)

    def answered_within(self, seconds: float) -> float:
        """Share: 1 - C exp(-(c - load) seconds / handling) (Erlang 1917)."""
        if not self.stable:
            return 0.0
        spare = self.servers - self.load
        return 1.0 - self.waits * math.exp(-spare * seconds / self.handling)


@dataclass(frozen=True)
class ErlangA:
    """M/M/c+M: customers wait for a time with exponential law, then leave. Always stable.

    patience: its mean.
    """

    servers: int
    rate: float
    handling: float
    patience: float

    @cached_property
    def _queue(self) -> tuple[float, float]:
        """(sum, mean position) of the chances of j waiting, relative to none waiting with all
        servers busy: products of rate / (c / handling + k / patience), k = 1..j (Palm 1957)."""
        chance, total, mean, j = 1.0, 1.0, 0.0, 0
        while chance > _NEGLIGIBLE * total:
            j += 1
            chance *= self.rate / (self.servers / self.handling + j / self.patience)
            total += chance
            mean += j * chance
        return total, mean

    @cached_property
    def _all_busy(self) -> float:
        """Chance that all servers are busy and nobody waits: B / (1 + (A - 1) B), where A is the
        sum above (Mandelbaum and Zeltyn 2005, 4.4)."""
        lost = erlang_b(self.servers, self.rate * self.handling)
        return lost / (1.0 + (self._queue[0] - 1.0) * lost)

    @property
    def waits(self) -> float:
        """Share of customers who wait at all."""
        return self._all_busy * self._queue[0]

    @property
    def mean_wait(self) -> float:
        """Of all customers, those who leave included: waiting customers / rate (Little)."""
        return self._all_busy * self._queue[1] / self.rate

    @property
    def occupancy(self) -> float:
        """Share of the servers' time in use: the load of those who stay, per server."""
        return self.rate * self.handling * (1.0 - self.abandoned) / self.servers

    @property
    def abandoned(self) -> float:
        """Share of customers: mean wait / patience (Mandelbaum and Zeltyn 2005, 4.6)."""
        return self.mean_wait / self.patience

    def answered_within(self, seconds: float) -> float:
        """Share of all customers who are answered within this time.

        Those who need not wait, and those whose wait, were they patient, would end at v <= seconds
        and whose patience lasts so long. The density of v is c / handling times the chance that all
        are busy and nobody waits, times exp(rate H(v) - c v / handling) with H(v) = patience
        (1 - exp(-v / patience)) (Baccelli and Hebuterne 1981). Integrated by Simpson's rule.
        """
        freed = self.servers / self.handling

        def density(v: float) -> float:
            staying = self.patience * -math.expm1(-v / self.patience)
            return freed * math.exp(self.rate * staying - freed * v - v / self.patience)

        width = seconds / _PANELS
        inner = sum((4 if k % 2 else 2) * density(k * width) for k in range(1, _PANELS))
        integral = (density(0.0) + inner + density(seconds)) * width / 3
        return 1.0 - self.waits + self._all_busy * integral


def agents_needed(
    *,
    rate: float,
    handling: float,
    patience: float,
    target: float,
    within: float,
    occupancy: float = 1.0,
) -> int:
    """The fewest servers that answer the share `target` of customers `within` so many seconds and
    are not busier than `occupancy`. Erlang C for infinite patience, Erlang A otherwise."""
    for servers in count(1):
        line = (
            ErlangC(servers, rate, handling)
            if math.isinf(patience)
            else ErlangA(servers, rate, handling, patience)
        )
        if line.occupancy <= occupancy and line.answered_within(within) >= target:
            return servers
    raise AssertionError("enough servers answer everybody at once")
