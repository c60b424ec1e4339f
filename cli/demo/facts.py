"""How things are, at one moment of the demo's day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import time
from typing import Any

from cli.demo.agent_log import AgentLog
from cli.demo.agent_people import DemoAgent
from cli.demo.player import Player
from cli.status_model import UNRESOLVED
from shared.store.driver import Store


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """oldest: seconds that the longest waiting has waited; 0 when nobody waits."""

    queue: str
    waiting: int
    in_hand: int
    oldest: float


@dataclass(frozen=True, slots=True)
class AgentFacts:
    agent: str
    state: str
    load: float
    capacity: float
    cards: int
    resolved: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from the knock at our door to the first agent's screen. None without a card."""

    p50: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Facts:
    """seconds: since the day began. messages: accepted so far."""

    seconds: float
    messages: int
    repeats: int
    sent_again: int
    queues: tuple[QueueFacts, ...]
    agents: tuple[AgentFacts, ...]
    latency: Latency

    @property
    def waiting(self) -> int:
        return sum(queue.waiting for queue in self.queues)

    @property
    def oldest(self) -> float:
        return max((queue.oldest for queue in self.queues), default=0.0)

    @property
    def in_hand(self) -> int:
        return sum(queue.in_hand for queue in self.queues)


async def take_facts(
    store: Store,
    player: Player,
    log: AgentLog,
    people: Sequence[DemoAgent],
    *,
    desks: Sequence[str],
    seconds: float,
) -> Facts:
    """Look at the store, the doors and the agents."""
    return Facts(
        seconds=seconds,
        messages=len(player.accepted),
        repeats=player.repeats,
        sent_again=player.sent_again,
        queues=await _queues(store, desks),
        agents=tuple(_agent(each, log) for each in people),
        latency=latency_of(latencies(player, log).values()),
    )


async def _queues(store: Store, desks: Sequence[str]) -> tuple[QueueFacts, ...]:
    tickets = store["tickets"].find(
        {"desk": {"$in": list(desks)}, "state": {"$in": list(UNRESOLVED)}},
        {"queue": 1, "state": 1, "queued_at": 1},
    )
    by_queue: dict[str, list[dict[str, Any]]] = {}
    async for ticket in tickets:
        by_queue.setdefault(ticket["queue"], []).append(ticket)
    now = time()
    return tuple(_queue(name, by_queue[name], now) for name in sorted(by_queue))


def _queue(name: str, tickets: Sequence[dict[str, Any]], now: float) -> QueueFacts:
    waiting = [ticket["queued_at"] for ticket in tickets if ticket["state"] == "queued"]
    oldest = max(0.0, now - min(waiting)) if waiting else 0.0
    return QueueFacts(name, len(waiting), len(tickets) - len(waiting), oldest)


def _agent(person: DemoAgent, log: AgentLog) -> AgentFacts:
    client, capacity = person.client, log.capacities.get(person.agent, 0.0)
    if client is None or not client.connected:
        return AgentFacts(person.agent, "away", 0.0, capacity, 0, person.did["resolve"])
    return AgentFacts(
        person.agent,
        str(client.desk.state.get("state", "?")),
        log.load_of(client),
        capacity,
        len(client.desk.cards),
        person.did["resolve"],
    )


def latencies(player: Player, log: AgentLog) -> dict[str, float]:
    """Entry -> seconds, of the messages that an agent saw as the customer's latest."""
    return {
        entry: log.first_seen[entry] - accepted.knocked_at
        for entry, accepted in player.accepted.items()
        if entry in log.first_seen
    }


def latency_of(seconds: Iterable[float]) -> Latency:
    """Percentiles by nearest rank."""
    ordered = sorted(seconds)
    if not ordered:
        return Latency(None, None)
    last = len(ordered) - 1
    return Latency(ordered[round(0.50 * last)], ordered[round(0.99 * last)])
