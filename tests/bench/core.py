"""What the routing core costs by itself, with no broker and no store: `python -m tests.bench.core`.

A decision here is the whole way of one ticket through the core: it arrives, is dealt, accepted and
resolved. `cost_by_waiting` measures it with every agent full and the queues long, each freed slot
going to the earliest deadline; `cost_by_agents` with slots to spare, each arrival going to the best
agent. Tickets need one of four languages and may prefer one of ten topics, on two channels.
"""

import gc
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from time import perf_counter

from rich.console import Console
from rich.table import Table

from services.router.domain.agent import Agent, AgentState
from services.router.domain.desk import Desk
from services.router.domain.effects import TicketStepped
from services.router.domain.events import Accept, Resolve
from services.router.domain.requirement import Need, Requirement
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket
from services.router.domain.treatment import Kind, Treatment

LANGUAGES = ("ru", "lt", "tr", "en")
TOPICS = (
    "deposit",
    "withdrawal",
    "bonus",
    "account",
    "verification",
    "technical",
    "rules",
    "dispute",
    "responsible_gaming",
    "feedback",
)
CHANNELS = ("telegram", "web")
START = 1_790_000_000.0
CYCLES = 20_000
ROUNDS = 3
RULES = DeskRules(desk="main", version=1, wrap_up_seconds=0.0, silence_seconds=1e9)


def cost_by_waiting(
    sizes: tuple[int, ...] = (1_000, 100_000, 1_000_000), *, agents: int = 200
) -> dict[int, float]:
    """Tickets waiting -> microseconds per decision; the desk is full."""
    return {size: _microseconds(Floor(agents=agents, waiting=size)) for size in sizes}


def cost_by_agents(sizes: tuple[int, ...] = (100, 10_000, 50_000)) -> dict[int, float]:
    """Agents ready -> microseconds per decision; a third of the slots is taken, nothing waits."""
    return {size: _microseconds(Floor(agents=size, busy=size)) for size in sizes}


def bytes_per_waiting(n: int = 100_000) -> float:
    """Memory of one waiting ticket with all that is kept for it, by tracemalloc."""
    desk = Desk(RULES)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for i in range(n):
        desk.adopt_ticket(ticket_of(i), now=START)
        desk.tick(now=START, limit=100)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / n


def python_loop_seconds(additions: int = 10_000_000) -> float:
    """Of a loop that does nothing: how fast this machine is at the moment."""
    began, total = perf_counter(), 0
    for number in range(additions):
        total += number
    return perf_counter() - began


def policy_change_seconds(waiting: int = 100_000) -> float:
    """Until the last of so many waiting tickets has followed another version of the rules, which
    changes the needs and the deadline of every one."""
    desk = Desk(_rules(1))
    for i in range(waiting):
        desk.adopt_ticket(replace(ticket_of(i), version=2), now=START)
    gc.collect()
    began = perf_counter()
    desk.change_rules(_rules(2))
    while desk.pending(now=START):
        desk.tick(now=START, limit=500)
    return perf_counter() - began


def _rules(version: int) -> DeskRules:
    """Rules that treat every kind of ticket otherwise than the version before."""

    @cache
    def treat(kind: Kind) -> Treatment:
        needs = (Need(f"lang.{kind.lang}", version), Need(f"topic.{kind.topic}", hard=False))
        requirement = Requirement(kind.topic, kind.channel, needs, 1.0)
        return Treatment(kind.topic, version, requirement, 60.0 * version)

    return replace(RULES, version=version, treat=treat)


class Floor:
    """A desk at work. ticket, agent: make the i-th."""

    def __init__(
        self,
        *,
        agents: int,
        waiting: int = 0,
        busy: int = 0,
        ticket: Callable[[int], Ticket] | None = None,
        agent: Callable[[int], Agent] | None = None,
    ) -> None:
        self.desk = Desk(RULES)
        self.now = START
        self.count = 0
        self._ticket = ticket or ticket_of
        for i in range(agents):
            self.desk.adopt_agent((agent or agent_of)(i), now=self.now)
        self.dealt: list[Ticket] = []
        slots = sum(agent.capacity for agent in self.desk.agents())
        self._arrive(waiting + int(slots) if waiting else busy)
        self._deal()

    def cycle(self) -> None:
        """One ticket arrives, the one that is dealt for it is accepted, another is resolved."""
        self.now += 0.001
        self._arrive(1)
        finished = self.dealt[self.count % len(self.dealt)]
        agent = finished.agent
        assert agent is not None
        resolve = Resolve("c", agent, finished.id, finished.assignment, finished.last_message)
        self.desk.apply(resolve, now=self.now)
        self.dealt[self.count % len(self.dealt)] = self.dealt[-1]
        self.dealt.pop()
        self._deal()

    def _arrive(self, tickets: int) -> None:
        for _ in range(tickets):
            self.desk.adopt_ticket(self._ticket(self.count), now=self.now)
            self.count += 1

    def _deal(self) -> None:
        while self.desk.pending(now=self.now):
            for effect in self.desk.tick(now=self.now, limit=500):
                if isinstance(effect, TicketStepped) and effect.on == "dealt":
                    self._accept(effect.ticket)

    def _accept(self, ticket: Ticket) -> None:
        assert ticket.agent is not None
        self.desk.apply(Accept("c", ticket.agent, ticket.id, ticket.assignment), now=self.now)
        self.dealt.append(ticket)


def _microseconds(floor: Floor) -> float:
    """The best of a few rounds: what disturbs a run only makes it slower."""
    gc.collect()
    gc.freeze()
    best = min(_seconds(floor) for _ in range(ROUNDS))
    gc.unfreeze()
    return best / CYCLES * 1e6


def _seconds(floor: Floor) -> float:
    began = perf_counter()
    for _ in range(CYCLES):
        floor.cycle()
    return perf_counter() - began


def ticket_of(i: int) -> Ticket:
    """The i-th: every string but its class is its own, as when read from the store."""
    at = START + i * 0.001
    return Ticket(
        id=f"ticket-{i:020d}",
        requirement=requirement_of(i),
        brand="".join(("br", "and")),
        customer=f"customer-{i:016d}",
        identity=f"telegram:main:{i:010d}",
        lang="".join((LANGUAGES[i % 4], "")),
        topic=TOPICS[i // 4 % 10],
        priority=0,
        tier="standard",
        opened_at=at,
        queued_at=at,
        due_at=at + (600.0, 120.0, 3600.0)[i % 3],
        seen=((i % 12, 1_000_000 + i),),
        last_message=f"telegram:main:{i:010d}:{i:08d}",
    )


def requirement_of(i: int) -> Requirement:
    needs = (Need(f"lang.{LANGUAGES[i % 4]}"), Need(f"topic.{TOPICS[i // 4 % 10]}", hard=False))
    channel = CHANNELS[i // 40 % 2]
    return Requirement(queue=TOPICS[i // 4 % 10], channel=channel, needs=needs, weight=1.0)


def agent_of(i: int) -> Agent:
    """One of 40 kinds: a language or two, a topic, a capacity."""
    kind = i % 40
    skills = {f"lang.{LANGUAGES[kind % 4]}": 3, f"topic.{TOPICS[kind // 4]}": 2}
    if kind % 3 == 0:
        skills[f"lang.{LANGUAGES[(kind + 1) % 4]}"] = 2
    return Agent(
        id=f"agent-{i:06d}",
        skills=skills,
        channels=frozenset(CHANNELS),
        capacity=3.0,
        state=AgentState.READY,
        notifiers=frozenset({"notifier"}),
        idle_since=START - i,
    )


def main() -> None:
    """Print the three figures."""
    table = Table("what", "size", "figure", title="The routing core alone")
    for size, cost in cost_by_waiting().items():
        table.add_row("decision, by tickets waiting", f"{size:,}", f"{cost:.1f} µs")
    for size, cost in cost_by_agents().items():
        table.add_row("decision, by agents", f"{size:,}", f"{cost:.1f} µs")
    changed = f"{policy_change_seconds():.2f} s"
    table.add_row("a policy reaches all that wait", "100,000", changed)
    table.add_row("memory of a waiting ticket", "100,000", f"{bytes_per_waiting():.0f} bytes")
    Console().print(table)


if __name__ == "__main__":
    main()
