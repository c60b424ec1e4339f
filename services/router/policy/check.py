"""Whether the parts of a policy file fit together: every name used is defined."""

from collections.abc import Collection, Iterator
from typing import Final

from services.router.policy.check_clocks import clock_faults
from services.router.policy.check_escalation import escalation_faults
from services.router.policy.check_hours import hours_faults
from services.router.policy.check_notices import notice_faults
from services.router.policy.check_protected import protected_faults
from services.router.policy.check_waiting import waiting_faults
from services.router.policy.errors import Problem
from services.router.policy.faults import Fault, unknown
from services.router.policy.schema import (
    ANY,
    DeskSection,
    PolicyFile,
    QueueSection,
    Targets,
    TopicSection,
)
from services.router.policy.source import Path, Source

TOPICS: Final = (
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
"""What the understanding tells apart; anything else goes to a desk's `otherwise` queue."""


def check(file: PolicyFile, source: Source) -> list[Problem]:
    """Every reference to something that is not there."""
    return [source.problem(path, says) for path, says in _faults(file)]


def _faults(file: PolicyFile) -> Iterator[Fault]:
    yield from unknown(("priority",), file.priority, file.priorities, "priority", "priorities")
    yield from unknown(("urgent",), file.urgent, file.priorities, "priority", "priorities")
    for index, account in enumerate(file.accounts):
        here: Path = ("accounts", index)
        yield from unknown((*here, "desk"), account.desk, file.desks, "desk", "desks")
        yield from unknown((*here, "tier"), account.tier, file.tiers, "tier", "tiers")
        if "*" not in account.channel:
            yield from unknown(
                (*here, "channel"), account.channel, file.channels, "channel", "channels"
            )
    yield from _last_account(file)
    for name, desk in file.desks.items():
        yield from _desk(file, desk, ("desks", name))


def _last_account(file: PolicyFile) -> Iterator[Fault]:
    last = file.accounts[-1]
    if (last.channel, last.account) != (ANY, ANY):
        yield (
            ("accounts", len(file.accounts) - 1),
            'the last account must match everything: add {channel: "*", account: "*", …}',
        )


def _desk(file: PolicyFile, desk: DeskSection, here: Path) -> Iterator[Fault]:
    for field in ("accept", "weights"):
        for channel in getattr(desk, field):
            yield from unknown(
                (*here, field, channel), channel, file.channels, "channel", "channels"
            )
    yield from unknown(
        (*here, "default_language"), desk.default_language, desk.languages, "language", "languages"
    )
    yield from unknown((*here, "otherwise"), desk.otherwise, desk.queues, "queue", "queues")
    if desk.review is not None:
        yield from unknown((*here, "review"), desk.review, desk.queues, "queue", "queues")
    for name, queue in desk.queues.items():
        yield from _queue(file, queue, (*here, "queues", name))
    for name, topic in desk.topics.items():
        yield from _topic(file, desk, name, topic, (*here, "topics", name))
    yield from waiting_faults(file, desk, here)
    yield from hours_faults(file, desk, here)
    yield from protected_faults(desk, here)
    yield from clock_faults(desk, here)
    yield from escalation_faults(file, desk, here)
    yield from notice_faults(file, desk, here)


def _queue(file: PolicyFile, queue: QueueSection, here: Path) -> Iterator[Fault]:
    yield from _needs(file, queue, here)
    for field in ("targets", "next_targets", "resolve_targets"):
        targets = getattr(queue, field)
        if targets or field == "targets":
            yield from _targets(file, targets, (*here, field))


def _targets(file: PolicyFile, targets: Targets, here: Path) -> Iterator[Fault]:
    yield from _any_other(targets, here)
    for channel, target in targets.items():
        path: Path = (*here, channel)
        yield from unknown(path, channel, (*file.channels, ANY), "channel", "channels")
        if isinstance(target, dict):
            yield from _any_other(target, path)
            for tier in target:
                yield from unknown((*path, tier), tier, (*file.tiers, ANY), "tier", "tiers")


def _topic(
    file: PolicyFile, desk: DeskSection, name: str, topic: TopicSection, here: Path
) -> Iterator[Fault]:
    if name not in TOPICS:
        yield here, f"unknown topic: there are {', '.join(TOPICS)}"
    yield from unknown((*here, "queue"), topic.queue, desk.queues, "queue", "queues")
    yield from _needs(file, topic, here)


def _needs(file: PolicyFile, part: QueueSection | TopicSection, here: Path) -> Iterator[Fault]:
    for field in ("needs", "prefers"):
        for skill in getattr(part, field):
            yield from unknown((*here, field, skill), skill, file.skills, "skill", "skills")
    if part.priority is not None:
        path: Path = (*here, "priority")
        yield from unknown(path, part.priority, file.priorities, "priority", "priorities")


def _any_other(targets: Collection[str], path: Path) -> Iterator[Fault]:
    if ANY not in targets:
        yield path, 'add "*": a target for what is not listed'
