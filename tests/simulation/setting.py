"""What every simulated process is made with: policy, staff, limits, and a plain understanding."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import starmap
from pathlib import Path
from typing import Final

from services.router.dealer.limits import DealerLimits
from services.router.domain.rules import DeskRules
from services.router.domain.treatment import Kind, Treatment
from services.router.policy import Policy, load_policy
from services.router.understanding.port import Understood
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged, Shift
from shared.messaging.partition import partition_of
from shared.runtime.clock import utc
from shared.runtime.metrics import Metrics

EPOCH: Final = 1_800_000_000.0
"""Wall-clock time at the beginning of every run."""

BOBS_SHIFTS: Final = ((0.0, 10.0), (14.0, 25.0), (30.0, 100_000.0))
"""Seconds from the beginning of a run."""

SHARDS: Final = 3
INBOUND_PARTITIONS: Final = 2
WAITING_SHARE: Final = 0.25
"""Of the weight of a ticket in hand that waits for the customer."""

_TOPICS: Final = {"payments": "deposit", "general": "general"}
"""Queue -> a topic of its tickets."""

_WORDS: Final = {"deposit": "deposit", "help": "responsible_gaming"}

LIMITS: Final = DealerLimits(turn_records=20, turn_effects=60, drain_seconds=3.0)


@cache
def policy() -> Policy:
    return load_policy(Path(__file__).with_name("desk_policy.yaml"))


@cache
def metrics() -> Metrics:
    """One set for all runs of a process: nobody reads them here, and making them is slow."""
    return Metrics()


def rules_of(shard: int, shards: int) -> tuple[DeskRules, ...]:
    """The desks whose key falls on the shard."""
    return tuple(
        _hasty(policy().rules_for(desk))
        for desk in policy().desks()
        if partition_of(desk.encode(), shards) == shard
    )


def _hasty(rules: DeskRules) -> DeskRules:
    """What comes of silence is to be seen in a run."""
    return replace(
        rules,
        waiting_share=WAITING_SHARE,
        customer_nudge_seconds=3.0,
        customer_silence_seconds=8.0,
        agent_nudge_seconds=6.0,
        agent_lead_seconds=7.0,
        agent_silence_seconds=45.0,
        transfer_seconds=3.0,
        queues=frozenset(_TOPICS),
        treat=_treating(rules),
    )


def _treating(rules: DeskRules) -> Callable[[Kind], Treatment]:
    """A ticket that was moved is treated as one of the queue's topic."""
    own = rules.treat
    assert own is not None

    def treat(kind: Kind) -> Treatment:
        return own(kind._replace(topic=_TOPICS.get(kind.queue, kind.topic)))

    return treat


def shard_of(desk: str) -> int:
    return partition_of(desk.encode(), SHARDS)


@cache
def staff() -> tuple[AgentProfileChanged, ...]:
    """Agents of both desks; one of `main` is the only one who can do payments and is licensed,
    another works in short shifts."""
    everywhere = ("form", "telegram", "chat")
    able = {"lang.en": 3, "payments": 3, "licence": 1}
    return (
        _agent("ann", "main", able, capacity=2),
        _agent("bob", "main", {"lang.en": 3}, capacity=1, shifts=BOBS_SHIFTS),
        _agent("cem", "main", {"lang.en": 1}, capacity=1, channels=("telegram", "chat")),
        _agent("dov", "casino", {"lang.en": 2}, capacity=2),
        _agent("eva", "casino", {"lang.en": 2}, capacity=1, channels=everywhere),
    )


def _agent(
    name: str,
    desk: str,
    skills: dict[str, int],
    *,
    capacity: float,
    channels: tuple[str, ...] = ("form", "telegram", "chat"),
    shifts: Sequence[tuple[float, float]] | None = None,
) -> AgentProfileChanged:
    """shifts: seconds from the beginning of a run."""
    return AgentProfileChanged(
        desk=desk,
        agent=name,
        skills=skills,
        channels=channels,
        capacity=capacity,
        shifts=None if shifts is None else tuple(starmap(_shift, shifts)),
    )


def _shift(begins: float, ends: float) -> Shift:
    return Shift(starts_at=utc(EPOCH + begins), ends_at=utc(EPOCH + ends))


def may_be_dealt_to(agent: str, at: float) -> bool:
    """Whether an agent's shift, and the guard before its end, allow a deal at that time."""
    profile = next(each for each in staff() if each.agent == agent)
    if profile.shifts is None:
        return True
    guard = policy().rules_for(profile.desk).guards.seconds
    return any(
        each.starts_at.timestamp() <= at < each.ends_at.timestamp() - guard
        for each in profile.shifts
    )


class PlainUnderstanding:
    """Understanding by the first word: `deposit` and `help` are topics, `thanks` wakes nobody."""

    def understand(self, text: str, *, lang_hint: str | None = None) -> Understood:
        word = text.partition(" ")[0]
        topic = _WORDS.get(word, "general")
        return Understood(lang_hint or "en", 1.0, topic, 1.0, False, word != "thanks")
