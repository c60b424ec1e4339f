"""How one desk answers: which queue, how urgent, who may take it."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.router.domain.requirement import Need, Requirement
from services.router.domain.rules import DeskRules
from services.router.domain.treatment import Kind, Treatment
from services.router.policy.schema import ANY, DeskSection, PolicyFile, QueueSection, TopicSection


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """One desk of a policy."""

    rules: DeskRules
    section: DeskSection
    priorities: Mapping[int, float]
    priority: int
    urgent: int

    def treat(self, kind: Kind) -> Treatment:
        """Queue, priority, requirement and time allowed for tickets of a kind."""
        topic = self.section.topics.get(kind.topic) or TopicSection(queue=self.section.otherwise)
        queue = self.section.queues[topic.queue]
        priority = self._priority(topic, queue, urgent=kind.urgent)
        return Treatment(
            topic.queue,
            priority,
            self._requirement(topic, queue, kind),
            _target(queue, kind) * self.priorities[priority],
        )

    def _priority(self, topic: TopicSection, queue: QueueSection, *, urgent: bool) -> int:
        own = topic.priority if topic.priority is not None else queue.priority
        own = own if own is not None else self.priority
        return min(own, self.urgent) if urgent else own

    def _requirement(self, topic: TopicSection, queue: QueueSection, kind: Kind) -> Requirement:
        languages = self.section.languages
        lang = kind.lang if kind.lang in languages else self.section.default_language
        hard = _highest({f"lang.{lang}": languages[lang]}, queue.needs, topic.needs)
        soft = {
            skill: level
            for skill, level in _highest(queue.prefers, topic.prefers).items()
            if level > hard.get(skill, 0)
        }
        needs = [Need(skill, level) for skill, level in hard.items()]
        needs += [Need(skill, level, hard=False) for skill, level in soft.items()]
        weight = self.rules.weights.get(kind.channel, 1.0)
        return Requirement(topic.queue, kind.channel, tuple(sorted(needs)), weight)


def desk_policy(name: str, section: DeskSection, file: PolicyFile) -> DeskPolicy:
    """A desk as the checked file has it."""
    return DeskPolicy(
        rules=_rules(name, section, file.version),
        section=section,
        priorities=file.priorities,
        priority=file.priority,
        urgent=file.urgent,
    )


def _rules(name: str, section: DeskSection, version: int) -> DeskRules:
    auto = (channel for channel, how in section.accept.items() if how == "auto")
    return DeskRules(
        desk=name,
        version=version,
        offer_seconds=section.offer,
        skip_seconds=section.skip,
        silence_seconds=section.silence,
        grace_seconds=section.grace,
        wrap_up_seconds=section.wrap_up,
        reopen_seconds=section.reopen,
        auto_accept=frozenset(auto),
        weights=dict(section.weights),
    )


def _target(queue: QueueSection, kind: Kind) -> float:
    target = queue.targets.get(kind.channel, queue.targets[ANY])
    return target.get(kind.tier, target[ANY]) if isinstance(target, dict) else target


def _highest(*levels: Mapping[str, int]) -> dict[str, int]:
    """The highest level asked of each skill."""
    highest: dict[str, int] = {}
    for part in levels:
        for skill, level in part.items():
            highest[skill] = max(level, highest.get(skill, 0))
    return highest
