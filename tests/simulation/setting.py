"""What every simulated process is made with: policy, staff, limits, and a plain understanding."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from services.router.dealer.limits import DealerLimits
from services.router.domain.rules import DeskRules
from services.router.domain.treatment import Kind, Treatment
from services.router.policy import Policy, load_policy
from services.router.understanding.port import Understood
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.messaging.partition import partition_of
from shared.runtime.metrics import Metrics

EPOCH: Final = 1_800_000_000.0
"""Wall-clock time at the beginning of every run."""

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
    """Agents of both desks; one of `main` is the only one who can do payments and is licensed."""
    everywhere = ("form", "telegram", "chat")
    able = {"lang.en": 3, "payments": 3, "licence": 1}
    return (
        _agent("ann", "main", able, capacity=2),
        _agent("bob", "main", {"lang.en": 3}, capacity=1),
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
) -> AgentProfileChanged:
    return AgentProfileChanged(
        desk=desk, agent=name, skills=skills, channels=channels, capacity=capacity
    )


class PlainUnderstanding:
    """Understanding by the first word: `deposit` and `help` are topics, `thanks` wakes nobody."""

    def understand(self, text: str, *, lang_hint: str | None = None) -> Understood:
        word = text.partition(" ")[0]
        topic = _WORDS.get(word, "general")
        return Understood(lang_hint or "en", 1.0, topic, 1.0, False, word != "thanks")
