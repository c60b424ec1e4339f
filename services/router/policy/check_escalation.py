"""Whether the steps for those who wait and wait can be taken, each in its turn."""

from collections.abc import Iterator, Mapping, Sequence

from services.router.policy.faults import Fault, text_faults, unknown
from services.router.policy.relaxing import highest
from services.router.policy.schema import (
    DeskSection,
    EscalateSection,
    PolicyFile,
    QueueSection,
)
from services.router.policy.source import Path

_Ways = dict[str, list[str]]
"""Queue -> where steps move its tickets on to."""


def escalation_faults(file: PolicyFile, desk: DeskSection, here: Path) -> Iterator[Fault]:
    ways: _Ways = {}
    for name, queue in desk.queues.items():
        path: Path = (*here, "queues", name, "escalate")
        yield from _times(queue.escalate, path)
        for index, step in enumerate(queue.escalate):
            yield from _kind(step, (*path, index))
            yield from _texts(desk, queue, step, (*path, index))
        yield from _moves(desk, name, path, ways)
        for index, step in enumerate(queue.escalate):
            if step.desk is not None:
                yield from _elsewhere(file, desk, name, step, (*path, index, "desk"))


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
    given = [field for field in ("page", "queue", "desk", "tell") if getattr(step, field)]
    if given[:2] == ["queue", "desk"]:
        del given[0]
    if not given:
        yield here, "this step does nothing: give it page, queue, desk or tell, or remove it"
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
        if step.desk is not None:
            place, steps_there = f"the desk {step.desk}", True
            continue
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


def _elsewhere(
    file: PolicyFile, desk: DeskSection, name: str, step: EscalateSection, here: Path
) -> Iterator[Fault]:
    """Whether a step to another desk leads to one, and to people who may have the ticket."""
    there = file.desks.get(step.desk or "")
    if there is None:
        yield from unknown(here, step.desk or "", file.desks, "desk", "desks")
    elif there is desk:
        yield here, "the ticket is at this desk: name another one, or only a queue"
    elif step.queue is not None and step.queue not in there.queues:
        path: Path = (*here[:-1], "queue")
        yield from unknown(path, step.queue, there.queues, "queue", f"queues of {step.desk}")
    elif _leads_back(file, step.desk or "", desk):
        yield here, "a ticket could come back by that desk's steps, and go round in a circle"
    else:
        yield from _guarded_there(desk, there, name, step, here)


def _leads_back(file: PolicyFile, start: str, home: DeskSection) -> bool:
    """Whether steps lead from one desk to the other, over any queues."""
    open_, seen = [start], {start}
    while open_:
        desk = file.desks[open_.pop()]
        steps = (step.desk for queue in desk.queues.values() for step in queue.escalate)
        for following in {each for each in steps if each in file.desks} - seen:
            if file.desks[following] is home:
                return True
            seen.add(following)
            open_.append(following)
    return False


def _guarded_there(
    desk: DeskSection, there: DeskSection, name: str, step: EscalateSection, here: Path
) -> Iterator[Fault]:
    """What a protected queue promises holds at the other desk, too: it has to have the same."""
    queue = desk.queues[name]
    other = there.queues.get(step.queue or name)
    if queue.protected and (step.queue or name) != name:
        yield here, f"{name} is protected: its tickets go to the queue of that name, remove `queue`"
    elif queue.protected and (other is None or not other.protected):
        yield here, f"{name} is protected here and not at {step.desk}: name another desk"
    elif queue.confidential and not (other and other.confidential):
        yield here, f"{name} is confidential here and not at {step.desk}: name another desk"


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
