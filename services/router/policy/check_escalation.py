"""Whether the steps for those who wait and wait can be taken, each in its turn."""

from collections.abc import Iterator, Mapping, Sequence

from services.router.policy.faults import Fault, text_faults, unknown
from services.router.policy.relaxing import highest
from services.router.policy.schema import DeskSection, EscalateSection, QueueSection
from services.router.policy.source import Path

_Ways = dict[str, list[str]]
"""Queue -> where steps move its tickets on to."""


def escalation_faults(desk: DeskSection, here: Path) -> Iterator[Fault]:
    ways: _Ways = {}
    for name, queue in desk.queues.items():
        path: Path = (*here, "queues", name, "escalate")
        yield from _times(queue.escalate, path)
        for index, step in enumerate(queue.escalate):
            yield from _kind(step, (*path, index))
            yield from _texts(desk, queue, step, (*path, index))
        yield from _moves(desk, name, path, ways)


def _times(steps: Sequence[EscalateSection], here: Path) -> Iterator[Fault]:
    before = 0.0
    for index, step in enumerate(steps):
        path: Path = (*here, index, "after")
        if step.after == 0:
            yield path, "0s would be done for every ticket at once: give it a time"
        elif step.after <= before:
            yield path, "no later than the step before: put the steps in the order of their times"
        before = max(before, step.after)


def _kind(step: EscalateSection, here: Path) -> Iterator[Fault]:
    given = [field for field in ("page", "queue", "tell") if getattr(step, field)]
    if not given:
        yield here, "this step does nothing: give it page, queue or tell, or remove it"
    elif len(given) > 1:
        yield here, f"a step does one thing: make {' and '.join(given)} a step each"


def _texts(
    desk: DeskSection, queue: QueueSection, step: EscalateSection, here: Path
) -> Iterator[Fault]:
    path: Path = (*here, "tell")
    if step.tell and queue.confidential:
        yield path, "it would tip the customer off, says `confidential`: remove one of them"
    yield from text_faults(desk, step.tell, path)


def _moves(desk: DeskSection, name: str, here: Path, ways: _Ways) -> Iterator[Fault]:
    """ways: of the queues before this one; its own are added."""
    place, steps_there = name, False
    for index, step in enumerate(desk.queues[name].escalate):
        if steps_there:
            yield (
                (*here, index),
                f"by then a ticket is in {place} and goes by the steps of that queue: give this one"
                " there, or remove it",
            )
        if step.queue is None:
            continue
        path: Path = (*here, index, "queue")
        if step.queue not in desk.queues:
            yield from unknown(path, step.queue, desk.queues, "queue", "queues")
            continue
        back = _way(ways, step.queue, place)
        if back is not None:
            yield path, f"a ticket would go round in a circle, {_circle(back)}: name another queue"
            continue
        yield from _guarded(desk, name, step.queue, path)
        ways.setdefault(place, []).append(step.queue)
        place, steps_there = step.queue, bool(desk.queues[step.queue].escalate)


def _way(ways: Mapping[str, Sequence[str]], start: str, end: str) -> tuple[str, ...] | None:
    """The queues a ticket would pass from one to the other; None: it would never come there.
    Without circles, as all that is in `ways` is."""
    if start == end:
        return (end,)
    for following in ways.get(start, ()):
        rest = _way(ways, following, end)
        if rest is not None:
            return (start, *rest)
    return None


def _circle(back: tuple[str, ...]) -> str:
    return " → ".join((back[-1], *back))


def _guarded(desk: DeskSection, name: str, to: str, here: Path) -> Iterator[Fault]:
    """What a queue promises of who answers, and of what customers notice, holds however long."""
    queue, other = desk.queues[name], desk.queues[to]
    for field in ("protected", "confidential"):
        if getattr(queue, field) is not getattr(other, field):
            which = name if getattr(queue, field) else to
            yield here, f"only {which} is {field}: name a queue that is as {name} in this"
            return
    topics = (topic.needs for topic in desk.topics.values() if topic.queue == name)
    for skill, level in highest(queue.needs, *topics).items():
        if skill in desk.hard and other.needs.get(skill, 0) < level:
            yield (
                here,
                f"{skill!r} never falls, says `hard`: name a queue that needs it at {level}, too",
            )
