"""Whether a desk's protected queues can keep what they are there for."""

from collections.abc import Iterator

from services.router.policy.faults import Fault, text_faults
from services.router.policy.schema import DeskSection, QueueSection
from services.router.policy.source import Path


def protected_faults(desk: DeskSection, here: Path) -> Iterator[Fault]:
    if desk.page.after == 0:
        yield (*here, "page", "after"), "0s would page for every ticket: give it a time"
    for name, queue in desk.queues.items():
        path: Path = (*here, "queues", name)
        if queue.protected:
            yield from _protected(desk, queue, path)
        else:
            yield from _ordinary(queue, path)
    otherwise = desk.queues.get(desk.otherwise)
    if otherwise is not None and otherwise.protected:
        says = "a protected queue is for topics that ask for it: name another for all the rest"
        yield (*here, "otherwise"), says


def _protected(desk: DeskSection, queue: QueueSection, here: Path) -> Iterator[Fault]:
    if not any(skill in desk.hard for skill in queue.needs):
        says = "anybody would do by and by: give it a skill under `needs` that `hard` lists"
        yield (*here, "protected"), says
    path: Path = (*here, "when_nobody")
    if queue.confidential and queue.when_nobody:
        yield path, "a reply would tip the customer off, says `confidential`: remove one of them"
    yield from text_faults(desk, queue.when_nobody, path)


def _ordinary(queue: QueueSection, here: Path) -> Iterator[Fault]:
    for field in ("confidential", "when_nobody"):
        if getattr(queue, field):
            yield (
                (*here, field),
                "only a protected queue has this: add `protected: true` or remove it",
            )
