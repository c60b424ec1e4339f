"""Whether a desk's clocks can be kept, and told apart."""

from collections.abc import Iterator

from services.router.policy.faults import Fault, unknown
from services.router.policy.schema import RESOLUTION, DeskSection
from services.router.policy.source import Path


def clock_faults(desk: DeskSection, here: Path) -> Iterator[Fault]:
    for name, clock in desk.clocks.items():
        path: Path = (*here, "clocks", name)
        if name == RESOLUTION:
            yield path, "this is what `resolve_targets` sets: give it another name"
        if name in desk.queues:
            yield path, "a queue has this name: give the clock another"
        if not clock.topics and not clock.queues:
            yield path, "say which tickets it is for: add `topics` or `queues`"
        if clock.within == 0:
            yield (*path, "within"), "0s is over at once: give it a time"
        elif clock.warn >= clock.within:
            yield (*path, "warn"), "it would warn from the beginning: make it less than `within`"
        for index, topic in enumerate(clock.topics):
            yield from unknown((*path, "topics", index), topic, desk.topics, "topic", "topics")
        for index, queue in enumerate(clock.queues):
            yield from unknown((*path, "queues", index), queue, desk.queues, "queue", "queues")
