"""What an agent must always have for a ticket, and what falls away while it waits."""

from collections.abc import Iterator, Mapping, Sequence

from services.router.domain.requirement import Need, Needs, Stage
from services.router.policy.schema import DeskSection, QueueSection, RelaxSection, TopicSection

Levels = dict[str, int]
"""skill -> level"""


def staged(
    lang: str, *, desk: DeskSection, queue: QueueSection, topic: TopicSection
) -> tuple[Levels, tuple[Stage, ...]]:
    """Skills that never fall, and the stages of the others.

    A skill falls only where a step names it, or hands over to another queue; a language only where
    others may stand in for it; a hard skill never.
    """
    own = highest(queue.needs, topic.needs)
    steps = sorted(queue.relax if topic.relax is None else topic.relax, key=_after)
    loose = {skill for skill in own if _falls(skill, steps, desk.hard)}
    always = {skill: level for skill, level in own.items() if skill not in loose}
    spoken = {lang: 0.0, **desk.fallbacks.get(lang, {})}
    if len(spoken) == 1:
        always[f"lang.{lang}"] = desk.languages[lang]
    if len(spoken) == 1 and not loose:
        return always, ()
    wanted = {skill: own[skill] for skill in loose}
    stages = []
    for after in sorted({0.0, *spoken.values(), *map(_after, steps)}):
        begun = [step for step in steps if step.after <= after]
        levels = _relaxed(wanted, begun, always, desk)
        stages.append(Stage(after, tuple(_ways(levels, spoken, after, desk.languages))))
    return always, tuple(_news(stages))


def highest(*levels: Mapping[str, int]) -> Levels:
    """The highest level asked of each skill."""
    found: Levels = {}
    for part in levels:
        for skill, level in part.items():
            found[skill] = max(level, found.get(skill, 0))
    return found


def needs_of(levels: Mapping[str, int]) -> Needs:
    return tuple(sorted(Need(skill, level) for skill, level in levels.items()))


def _after(step: RelaxSection) -> float:
    return step.after


def _falls(skill: str, steps: Sequence[RelaxSection], hard: Sequence[str]) -> bool:
    return skill not in hard and any(step.queue or skill in step.needs for step in steps)


def _relaxed(
    wanted: Levels, steps: Sequence[RelaxSection], always: Levels, desk: DeskSection
) -> Levels:
    """What is left of the loose skills when these steps have begun."""
    levels = dict(wanted)
    for step in steps:
        if step.queue is not None:
            others = desk.queues[step.queue].needs
            levels = {s: level for s, level in others.items() if level > always.get(s, 0)}
        for skill, level in step.needs.items():
            levels[skill] = min(level, levels.get(skill, 0))
    return {skill: level for skill, level in levels.items() if level}


def _ways(
    levels: Levels, spoken: Mapping[str, float], after: float, languages: Mapping[str, int]
) -> Iterator[Needs]:
    """One for each language that will do by then, the customer's own first."""
    if len(spoken) == 1:
        yield needs_of(levels)
        return
    for lang, since in sorted(spoken.items(), key=lambda each: each[1]):
        if since <= after:
            yield needs_of({f"lang.{lang}": languages[lang], **levels})


def _news(stages: Sequence[Stage]) -> Iterator[Stage]:
    """Each with the ways that no earlier one has; without those that bring none."""
    known: set[Needs] = set()
    for stage in stages:
        new = tuple(way for way in stage.ways if way not in known)
        known.update(new)
        if new:
            yield Stage(stage.after, new)
