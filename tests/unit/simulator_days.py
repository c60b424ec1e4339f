"""Small days for tests of the simulator: one queue, one channel, unless a test says otherwise."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from services.router.domain.requirement import Need
from services.router.domain.rules import DeskRules
from services.router.policy import load_policy
from services.router.simulator.load import parse_scenario
from services.router.simulator.outcome import Outcome
from services.router.simulator.scenario import ScenarioFile
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


SCENARIO = """
name: small
desk: main
lasts: 2h
arrivals:
  chat-ru:
    topic: deposit
    lang: ru
    channel: chat
    per_hour: 120
    handling: {mean: 4m}
    patience: 5m
  mail-lt:
    topic: general
    lang: lt
    channel: mail
    tier: vip
    waiting: 3
    per_hour: 10
    handling: {mean: 6m, law: exponential}
agents:
  ru:
    count: 6
    skills: {lang.ru: 3, payments: 2}
    channels: [chat]
    breaks: [{at: 30m, away: 10m, spread: 30m}]
  lt:
    count: 3
    skills: {lang.lt: 4}
    channels: [chat, mail]
    ends: 1h
"""
"""For the policy below."""

POLICY_FILE = Path(__file__).with_name("simulator_policy.yaml")
POLICY = load_policy(POLICY_FILE)


def scenario(*changes: tuple[str, str]) -> ScenarioFile:
    """The scenario above, with some of its text (old, new) changed."""
    text = SCENARIO
    for old, new in changes:
        assert old in text, f"{old!r} is not in the scenario"
        text = text.replace(old, new)
    return parse_scenario(text, policy=POLICY)
