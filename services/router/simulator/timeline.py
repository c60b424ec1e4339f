"""How a day went, hour by hour."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

from services.router.simulator.figures import Contact
from services.router.simulator.trace import Trace

_BUCKETS = 72
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Timeline:
    """One value for each stretch of `width_s` seconds.

    came, left: contacts. on_time: share of those who came; None where nobody did.
    waiting: queue -> how many wait when the stretch ends.
    """

    width_s: float
    came: Sequence[int]
    left: Sequence[int]
    on_time: Sequence[float | None]
    waiting: Mapping[str, Sequence[int]]


def timeline(trace: Trace, contacts: Sequence[Contact]) -> Timeline:
    width = max(1, ceil(trace.seconds / _BUCKETS / _MINUTE)) * _MINUTE
    size = ceil(trace.seconds / width)
    came = _count((contact.outcome.came_at for contact in contacts), width, size)
    left = _count((contact.outcome.left_at for contact in contacts), width, size)
    met = _count((c.outcome.came_at for c in contacts if c.on_time), width, size)
    queues = sorted({contact.arrival.queue for contact in contacts})
    return Timeline(
        width_s=width,
        came=came,
        left=left,
        on_time=[ok / n if n else None for ok, n in zip(met, came, strict=True)],
        waiting={
            queue: _waiting([c for c in contacts if c.arrival.queue == queue], width, size)
            for queue in queues
        },
    )


def _waiting(contacts: Iterable[Contact], width: float, size: int) -> list[int]:
    begun, ended = [], []
    for contact in contacts:
        begun.append(contact.outcome.came_at)
        ended.append(contact.outcome.came_at + contact.wait)
    changes = zip(_count(begun, width, size), _count(ended, width, size), strict=True)
    return list(accumulate(more - fewer for more, fewer in changes))


def _count(times: Iterable[float | None], width: float, size: int) -> list[int]:
    """How many fall into each stretch; later ones into none."""
    counts = [0] * size
    for time in times:
        if time is not None and (place := int(time // width)) < size:
            counts[place] += 1
    return counts
