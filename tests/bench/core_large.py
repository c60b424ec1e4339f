"""What one event costs a very large desk: `python -m tests.bench.core_large`, five minutes.

Two thousand classes of tickets, fifty thousand agents of two thousand kinds, a million waiting.
Every agent is full, so each freed slot goes to the earliest deadline its agent may take.
"""

import gc
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import quantiles
from time import perf_counter
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from services.router.domain.agent import Agent
from services.router.domain.desk import Desk
from services.router.domain.requirement import Need, Requirement
from services.router.domain.ticket import Ticket
from tests.bench.core import CHANNELS, CYCLES, LANGUAGES, Floor, agent_of, ticket_of

CLASSES = 2_000
SKILLS = 25
QUEUES = 10


class Cost(NamedTuple):
    """Microseconds of an event."""

    p50: float
    p99: float


def cost(*, agents: int = 50_000, waiting: int = 1_000_000) -> dict[str, Cost]:
    """Of each kind of event, and of all of them."""
    floor = Floor(agents=agents, waiting=waiting, ticket=_ticket, agent=_agent)
    timed = _Timed(floor.desk)
    floor.desk = timed  # type: ignore[assignment]
    gc.collect()
    gc.freeze()
    for _ in range(CYCLES):
        floor.cycle()
    gc.unfreeze()
    costs = {name: _cost(took) for name, took in timed.took.items()}
    return {**costs, "all": _cost([one for took in timed.took.values() for one in took])}


class _Timed:
    """A desk whose events are timed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.took: dict[str, list[float]] = {"arrive": [], "Resolve": [], "deal": [], "Accept": []}

    def adopt_ticket(self, ticket: Ticket, *, now: float) -> Any:
        return self._time("arrive", self._desk.adopt_ticket, ticket, now=now)

    def apply(self, event: Any, *, now: float) -> Any:
        return self._time(type(event).__name__, self._desk.apply, event, now=now)

    def tick(self, *, now: float, limit: int) -> Any:
        return self._time("deal", self._desk.tick, now=now, limit=limit)

    def pending(self, *, now: float) -> bool:
        return self._desk.pending(now=now)

    def _time(self, name: str, call: Callable[..., Any], *args: Any, **more: Any) -> Any:
        began = perf_counter()
        answer = call(*args, **more)
        self.took[name].append(perf_counter() - began)
        return answer


def _cost(took: Sequence[float]) -> Cost:
    cuts = quantiles(took, n=100)
    return Cost(cuts[49] * 1e6, cuts[98] * 1e6)


def _ticket(i: int) -> Ticket:
    number = i % CLASSES
    lang, number = LANGUAGES[number % 4], number // 4
    skill, number = f"skill.{number % SKILLS}", number // SKILLS
    queue, channel = f"queue-{number % QUEUES}", CHANNELS[number // QUEUES]
    needs = (Need(f"lang.{lang}"), Need(skill))
    return replace(ticket_of(i), requirement=Requirement(queue, channel, needs, 1.0))


def _agent(i: int) -> Agent:
    """Two languages, and five skills in a row."""
    kind = i % CLASSES
    langs = (LANGUAGES[kind % 4], LANGUAGES[kind // 4 % 4])
    first, level = kind // 16 % SKILLS, 1 + kind // 400
    skills = {f"skill.{(first + more) % SKILLS}": level for more in range(5)}
    return replace(agent_of(i), skills={**skills, **{f"lang.{lang}": 3 for lang in langs}})


def main() -> None:
    """Print what each kind of event costs."""
    table = Table("event", "median", "99 %", title="An event of a very large desk, µs")
    for name, each in cost().items():
        table.add_row(name.lower(), f"{each.p50:.1f}", f"{each.p99:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
