"""Small days for tests of the simulator: one queue, one channel, unless a test says otherwise."""

import math
from collections.abc import Iterable
from typing import Any

from services.router.domain.requirement import Need
from services.router.domain.rules import DeskRules
from services.router.simulator.outcome import Outcome
from services.router.simulator.trace import Arrival, Shift, Trace

RULES = DeskRules(desk="main", version=1, wrap_up_seconds=0.0, auto_accept=frozenset({"chat"}))
MANUAL = DeskRules(
    desk="main", version=1, wrap_up_seconds=0.0, offer_seconds=20.0, skip_seconds=60.0
)


def arrival(id: str, at: float, *, handling: float = 100.0, **more: Any) -> Arrival:
    given: dict[str, Any] = {
        "kind": "chat",
        "queue": "general",
        "lang": "ru",
        "channel": "chat",
        "tier": "standard",
        "needs": (Need("lang.ru"),),
        "patience": math.inf,
        "target": 60.0,
        **more,
    }
    return Arrival(id=id, at=at, handling=handling, **given)


def shift(agent: str, *, capacity: float = 1.0, **more: Any) -> Shift:
    given: dict[str, Any] = {
        "kind": "ru",
        "skills": {"lang.ru": 3},
        "channels": frozenset({"chat"}),
        **more,
    }
    return Shift(agent=agent, capacity=capacity, **given)


def day(
    arrivals: Iterable[Arrival], shifts: Iterable[Shift], *, seconds: float = 1000.0, seed: int = 1
) -> Trace:
    return Trace("day", seed, seconds, tuple(arrivals), tuple(shifts))


def times(outcomes: Iterable[Outcome]) -> list[tuple[str, float | None, float | None]]:
    """(id, taken, done or left) of each."""
    return [(o.id, o.taken_at, o.done_at if o.done_at is not None else o.left_at) for o in outcomes]
