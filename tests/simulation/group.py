"""A consumer group's coordinator, as classic groups work: every rebalance is for everybody.

A member that is not heard of for the session's time is out; a member that is out learns it with
its next heartbeat. While a rebalance is being prepared, members that do not come back in time are
out as well.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.simulation.broker import Broker, Partition

SESSION_SECONDS = 6.0
REBALANCE_SECONDS = 12.0
Status = Literal["fine", "rebalance", "unknown"]


@dataclass(slots=True)
class Member:
    """heard: when, in seconds of the run. rank: its place in assignments, by chance, as member
    ids are. joining: answered when the next generation begins."""

    heard: float
    rank: float
    joining: "asyncio.Future[Generation] | None" = None


@dataclass(frozen=True, slots=True)
class Generation:
    """One assignment of everything. number: rises with each."""

    number: int
    held: Mapping[str, frozenset[Partition]]


class Group:
    """topics: read side by side, with range assignment."""

    def __init__(self, name: str, broker: Broker, *, topics: Sequence[str]) -> None:
        self.name = name
        self.committed: dict[Partition, int] = {}
        self.on_commit: Callable[[dict[int, int]], None] = lambda _offsets: None
        self.generation = Generation(0, {})
        self._broker = broker
        self._topics = topics
        self._members: dict[str, Member] = {}
        self._preparing = False
        self._watch()

    def join(self, member: str) -> "asyncio.Future[Generation]":
        joining: asyncio.Future[Generation] = self._broker.server.loop.create_future()
        known = self._members.get(member)
        rank = known.rank if known is not None else self._broker.server.weather.rng.random()
        self._members[member] = Member(self._now(), rank, joining)
        if not self._preparing:
            self._prepare()
        self._begin_if_complete()
        return joining

    def leave(self, member: str) -> None:
        if self._members.pop(member, None) is not None:
            self._prepare()
            self._begin_if_complete()

    def heartbeat(self, member: str, generation: int) -> Status:
        known = self._members.get(member)
        if known is None:
            return "unknown"
        known.heard = self._now()
        return "rebalance" if self._preparing or generation != self.generation.number else "fine"

    def commit(self, member: str, generation: int, offsets: Mapping[Partition, int]) -> bool:
        """Refused from whoever is not of the present generation."""
        if member not in self._members or generation != self.generation.number:
            return False
        self.committed.update(offsets)
        self.on_commit({partition.number: offset for partition, offset in offsets.items()})
        return True

    def disturb(self) -> None:
        """A rebalance for no reason of ours."""
        if self._members and not self._preparing:
            self._prepare()

    def expel(self, chance: float) -> None:
        """The coordinator loses sight of a member, who works on until it learns of it."""
        settled = sorted(name for name, member in self._members.items() if not member.joining)
        if settled:
            self.leave(settled[int(chance * len(settled))])

    def _prepare(self) -> None:
        if not self._preparing:
            self._preparing = True
            number = self.generation.number
            self._broker.server.later(REBALANCE_SECONDS, self._begin_without_the_late, number)

    def _begin_without_the_late(self, number: int) -> None:
        if self._preparing and number == self.generation.number:
            self._members = {
                name: member for name, member in self._members.items() if member.joining
            }
            self._begin_if_complete()

    def _begin_if_complete(self) -> None:
        if not all(member.joining for member in self._members.values()):
            return
        self._preparing = False
        self.generation = Generation(self.generation.number + 1, self._assign())
        for member in self._members.values():
            joining, member.joining, member.heard = member.joining, None, self._now()
            if joining is not None and not joining.done():
                joining.set_result(self.generation)

    def _assign(self) -> dict[str, frozenset[Partition]]:
        """Range: each topic's partitions in a row, so equal numbers meet."""
        names = sorted(self._members, key=lambda name: self._members[name].rank)
        held: dict[str, set[Partition]] = {name: set() for name in names}
        for topic in self._topics if names else ():
            count = self._broker.partitions(topic)
            share, more = divmod(count, len(names))
            first = 0
            for index, name in enumerate(names):
                size = share + (index < more)
                held[name] |= {Partition(topic, first + each) for each in range(size)}
                first += size
        return {name: frozenset(mine) for name, mine in held.items()}

    def _watch(self) -> None:
        self._broker.server.later(0.5, self._watch)
        if not self._broker.server.up:
            for member in self._members.values():
                member.heard = self._now()
            return
        silent = [
            name
            for name, member in self._members.items()
            if member.joining is None and self._now() - member.heard > SESSION_SECONDS
        ]
        for name in silent:
            del self._members[name]
        if silent:
            self._prepare()
            self._begin_if_complete()

    def _now(self) -> float:
        return self._broker.server.loop.time()
