"""How one desk answers: which queue, how urgent, who may take it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.router.domain.clocks import ClockRule
from services.router.domain.hours import Hours
from services.router.domain.ladder import Rung
from services.router.domain.picks import PickLimit
from services.router.domain.protection import Protection
from services.router.domain.requirement import Need, Requirement
from services.router.domain.reserve import Reserve
from services.router.domain.rules import DeskRules, Elsewhere
from services.router.domain.shifts import Guards
from services.router.domain.treatment import Kind, Treatment
from services.router.policy.noticing import desk_notices
from services.router.policy.opening import opening_hours
from services.router.policy.relaxing import highest, needs_of, staged
from services.router.policy.schema import (
    ANY,
    RESOLUTION,
    ClockSection,
    DeskSection,
    EscalateSection,
    PolicyFile,
    QueueSection,
    ReserveSection,
    Targets,
    TopicSection,
)


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """One desk of a policy. hours: by queue; of one that is not there, around the clock. tiers:
    factors on the targets that do not name them; of one that is not there, 1."""

    rules: DeskRules
    section: DeskSection
    hours: Mapping[str, Hours]
    priorities: Mapping[int, float]
    tiers: Mapping[str, float]
    priority: int
    urgent: int

    def treat(self, kind: Kind) -> Treatment:
        """Queue, priority, requirement, time allowed and when it runs, for tickets of a kind."""
        topic = self._topic(kind)
        queue = self.section.queues[topic.queue]
        law = (
            ClockRule(name, clock.within, clock.warn, statutory=True)
            for name, clock in self._clocks(kind.topic, topic.queue)
        )
        priority = self._priority(topic, queue, urgent=kind.urgent)
        return Treatment(
            topic.queue,
            priority,
            self._requirement(topic, queue, kind),
            self._target(queue.targets, kind) * self.priorities[priority],
            self.hours.get(topic.queue),
            self._next_target(queue, kind, self.priorities[priority]),
            (*self._resolution(queue, kind, topic.queue, self.priorities[priority]), *law),
        )

    def elsewhere(self) -> Elsewhere:
        """As other desks see it."""
        protected = {name: each.confidential for name, each in self.rules.protected.items()}
        return Elsewhere(self.rules.queues, protected)

    def queue_of(self, topic: str) -> str:
        """Where a topic goes."""
        return self._own(topic).queue

    def _own(self, topic: str) -> TopicSection:
        return self.section.topics.get(topic) or TopicSection(queue=self.section.otherwise)

    def _topic(self, kind: Kind) -> TopicSection:
        """Where it goes. In another queue than its topic's, where an agent moved it, only what
        that queue asks for counts; one that is not there any more is as if it was never moved."""
        topic = self._own(kind.topic)
        moved = kind.queue in self.section.queues and kind.queue != topic.queue
        return TopicSection(queue=kind.queue) if moved else topic

    def _priority(self, topic: TopicSection, queue: QueueSection, *, urgent: bool) -> int:
        own = topic.priority if topic.priority is not None else queue.priority
        own = own if own is not None else self.priority
        return min(own, self.urgent) if urgent else own

    def clocks_of(self, topic: str) -> tuple[str, ...]:
        """Names of the statutory clocks that a topic starts."""
        return tuple(name for name, _ in self._clocks(topic, self.queue_of(topic)))

    def _clocks(self, topic: str, queue: str) -> Iterator[tuple[str, ClockSection]]:
        for name, clock in self.section.clocks.items():
            if topic in clock.topics or queue in clock.queues:
                yield name, clock

    def _next_target(self, queue: QueueSection, kind: Kind, factor: float) -> float | None:
        return self._target(queue.next_targets, kind) * factor if queue.next_targets else None

    def _resolution(
        self, queue: QueueSection, kind: Kind, name: str, factor: float
    ) -> Iterator[ClockRule]:
        if queue.resolve_targets:
            seconds = self._target(queue.resolve_targets, kind) * factor
            yield ClockRule(RESOLUTION, seconds, hours=self.hours.get(name))

    def _target(self, targets: Targets, kind: Kind) -> float:
        target = targets.get(kind.channel, targets[ANY])
        by_tier = target if isinstance(target, dict) else {ANY: target}
        own = by_tier.get(kind.tier)
        return by_tier[ANY] * self.tiers.get(kind.tier, 1.0) if own is None else own

    def _requirement(self, topic: TopicSection, queue: QueueSection, kind: Kind) -> Requirement:
        section = self.section
        lang = kind.lang if kind.lang in section.languages else section.default_language
        always, stages = staged(lang, desk=section, queue=queue, topic=topic)
        at_first = stages[0].ways[0] if stages else ()
        asked = highest(always, {need.skill: need.level for need in at_first})
        soft = {
            skill: level
            for skill, level in highest(queue.prefers, topic.prefers).items()
            if level > asked.get(skill, 0)
        }
        needs = [*needs_of(always), *(Need(skill, soft[skill], hard=False) for skill in soft)]
        effort = queue.weight if topic.weight is None else topic.weight
        weight = self.rules.weights.get(kind.channel, 1.0) * effort
        return Requirement(topic.queue, kind.channel, tuple(sorted(needs)), weight, stages)


def desk_policy(name: str, section: DeskSection, file: PolicyFile) -> DeskPolicy:
    """A desk as the checked file has it."""
    return DeskPolicy(
        rules=_rules(name, section, file.version),
        section=section,
        hours=opening_hours(section),
        priorities=file.priorities,
        tiers=file.factors(),
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
        missed_most=section.missed,
        silence_seconds=section.silence,
        grace_seconds=section.grace,
        wrap_up_seconds=section.wrap_up,
        reopen_seconds=section.reopen,
        auto_accept=frozenset(auto),
        weights=dict(section.weights),
        interruptible=frozenset(section.interruptible),
        # where the late may have every slot, one order by deadline says the same
        late_share=section.late if section.late < 1 else None,
        reserves=tuple(_reserve(each, section) for each in section.reserves),
        sticky_seconds=section.sticky,
        transfer_seconds=section.transfer,
        first_host_seconds=section.hosts.first,
        next_host_seconds=section.hosts.then,
        park_seconds_max=section.park,
        pull=None if section.pull is None else PickLimit(section.pull.most, section.pull.per),
        waiting_share=section.waiting.counts,
        customer_nudge_seconds=section.waiting.nudge or 0.0,
        customer_silence_seconds=section.waiting.resolve or 0.0,
        agent_nudge_seconds=section.unanswered.nudge or 0.0,
        agent_lead_seconds=section.unanswered.lead or 0.0,
        agent_lead=section.unanswered.who,
        agent_silence_seconds=section.unanswered.requeue or 0.0,
        guards=_guards(section),
        new_hire_share=section.new_hires.share,
        queues=frozenset(section.queues),
        review_queue=section.review or "",
        protected={
            queue: _protection(each, section)
            for queue, each in section.queues.items()
            if each.protected
        },
        escalations={
            queue: tuple(_rung(step, section) for step in each.escalate)
            for queue, each in section.queues.items()
            if each.escalate
        },
        notices=desk_notices(section),
    )


def _protection(queue: QueueSection, desk: DeskSection) -> Protection:
    return Protection(
        desk.page.after, dict(queue.when_nobody), desk.default_language, queue.confidential
    )


def _rung(step: EscalateSection, desk: DeskSection) -> Rung:
    where = {"page": step.page or "", "queue": step.queue or "", "desk": step.desk or ""}
    return Rung(step.after, **where, texts=dict(step.tell), default_language=desk.default_language)


def _guards(desk: DeskSection) -> Guards:
    own = {name: queue.guard for name, queue in desk.queues.items()}
    by_queue = {name: guard for name, guard in own.items() if guard is not None}
    return Guards(desk.shifts.guard, by_queue)


def _reserve(reserve: ReserveSection, desk: DeskSection) -> Reserve:
    own = reserve.own
    queue = {} if own.queue is None else desk.queues[own.queue].needs
    spoken = {} if own.language is None else {f"lang.{own.language}": desk.languages[own.language]}
    return Reserve(
        reserve.name,
        reserve.slots,
        queue=own.queue,
        channel=own.channel,
        tier=own.tier,
        skill=own.skill if own.language is None else f"lang.{own.language}",
        among=needs_of(highest(queue, spoken, reserve.among)),
    )
