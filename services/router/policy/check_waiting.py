"""Whether what a desk does with those who wait fits together: fallbacks, relaxation, reserves,
reminders, picks, what can be interrupted."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from services.router.policy.faults import Fault, unknown
from services.router.policy.relaxing import highest
from services.router.policy.schema import DeskSection, PolicyFile, RelaxSection, ReserveSection
from services.router.policy.source import Path


def waiting_faults(file: PolicyFile, desk: DeskSection, here: Path) -> Iterator[Fault]:
    for index, skill in enumerate(desk.hard):
        yield from unknown((*here, "hard", index), skill, file.skills, "skill", "skills")
    yield from _fallbacks(desk, (*here, "fallbacks"))
    for name, queue in desk.queues.items():
        topics = (topic.needs for topic in desk.topics.values() if topic.queue == name)
        asked = highest(queue.needs, *topics)
        yield from _steps(desk, queue.relax, asked, (*here, "queues", name, "relax"))
    for name, topic in desk.topics.items():
        if topic.relax and topic.queue in desk.queues:
            asked = highest(desk.queues[topic.queue].needs, topic.needs)
            yield from _steps(desk, topic.relax, asked, (*here, "topics", name, "relax"))
    yield from _silences(desk, here)
    if desk.pull is not None and desk.pull.per == 0:
        says = "0s would limit nothing: give it a time, or remove `pull` so that nobody pulls"
        yield (*here, "pull", "per"), says
    yield from _interruptible(file, desk, (*here, "interruptible"))
    names: set[str] = set()
    for index, reserve in enumerate(desk.reserves):
        path: Path = (*here, "reserves", index)
        if reserve.name in names:
            yield (*path, "name"), f"another reserve is named {reserve.name!r}: name it differently"
        names.add(reserve.name)
        yield from _reserve(file, desk, reserve, path)


def _fallbacks(desk: DeskSection, here: Path) -> Iterator[Fault]:
    for lang, others in desk.fallbacks.items():
        for each in dict.fromkeys((lang, *others)):
            path: Path = (*here, lang) if each == lang else (*here, lang, each)
            yield from unknown(path, each, desk.languages, "language", "languages")
        if lang in others:
            yield (*here, lang, lang), "a language cannot stand in for itself: remove it"


def _silences(desk: DeskSection, here: Path) -> Iterator[Fault]:
    unanswered, waiting = desk.unanswered, desk.waiting
    path: Path = (*here, "unanswered")
    stages = {"nudge": unanswered.nudge, "lead": unanswered.lead, "requeue": unanswered.requeue}
    yield from _in_turn(stages, path)
    if unanswered.lead is None and "who" in unanswered.model_fields_set:
        yield (*path, "who"), "nobody is told without `lead`: give that a time, or remove this"
    yield from _in_turn({"nudge": waiting.nudge, "resolve": waiting.resolve}, (*here, "waiting"))


def _in_turn(stages: Mapping[str, float | None], here: Path) -> Iterator[Fault]:
    """Whether each stage has its time, of those that are given, before the next one comes."""
    given = [(name, seconds) for name, seconds in stages.items() if seconds is not None]
    for name, seconds in given:
        if seconds == 0:
            yield (*here, name), "0s would be at once: give it a time, or remove it for never"
    for (name, seconds), (later, end) in pairwise(given):
        if 0 < end <= seconds:
            done = "told" if name == "lead" else "reminded"
            yield (*here, name), f"nobody is {done} by then, for {later} comes first: shorten it"


def _steps(
    desk: DeskSection, steps: Sequence[RelaxSection], asked: Mapping[str, int], here: Path
) -> Iterator[Fault]:
    """asked: the highest level needed of each skill without these steps."""
    for index, step in enumerate(steps):
        path: Path = (*here, index)
        if not step.needs and step.queue is None:
            yield path, "this step relaxes nothing: give it needs, or a queue, or remove it"
        if step.queue is not None:
            yield from unknown((*path, "queue"), step.queue, desk.queues, "queue", "queues")
        for skill, level in step.needs.items():
            place: Path = (*path, "needs", skill)
            if skill in desk.hard:
                yield place, f"{skill!r} never falls, says `hard`: remove it here or there"
            elif level >= asked.get(skill, 0):
                needed = f"at {asked[skill]}" if skill in asked else "not at all"
                yield place, f"{skill!r} is needed {needed} here: relax it to less, or remove it"


def _interruptible(file: PolicyFile, desk: DeskSection, here: Path) -> Iterator[Fault]:
    for index, channel in enumerate(desk.interruptible):
        yield from unknown((*here, index), channel, file.channels, "channel", "channels")
    if set(file.channels) <= set(desk.interruptible):
        yield here, "nothing is left that could interrupt: leave out a channel that does"


def _reserve(
    file: PolicyFile, desk: DeskSection, reserve: ReserveSection, here: Path
) -> Iterator[Fault]:
    own, path = reserve.own, (*here, "for")
    if not own.model_fields_set:
        yield (
            path,
            "a reserve must be for something: give a language, skill, queue, channel or tier",
        )
    if own.language is not None and own.skill is not None:
        yield path, "give either a language or a skill: name the other under `among`"
    for field, known, where in (
        ("language", desk.languages, "languages"),
        ("skill", file.skills, "skills"),
        ("queue", desk.queues, "queues"),
        ("channel", file.channels, "channels"),
        ("tier", file.tiers, "tiers"),
    ):
        name = getattr(own, field)
        if name is not None:
            yield from unknown((*path, field), name, known, field, where)
    for skill in reserve.among:
        yield from unknown((*here, "among", skill), skill, file.skills, "skill", "skills")
