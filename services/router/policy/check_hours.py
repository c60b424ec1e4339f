"""Whether opening hours leave time to answer in."""

from collections.abc import Iterator
from datetime import time
from typing import Final

from services.router.domain.hours import MIDNIGHT, Span
from services.router.policy.faults import Fault
from services.router.policy.hours import ALWAYS, DAYS, weekdays
from services.router.policy.schema import ANY, DeskSection, HoursSection, PolicyFile, QueueSection
from services.router.policy.source import Path

_WEEKS: Final = 52
"""However many holidays the schema lets through, `Hours` finds more open weeks than these."""
_DAY: Final = 86_400.0


def hours_faults(file: PolicyFile, desk: DeskSection, here: Path) -> Iterator[Fault]:
    if isinstance(desk.hours, HoursSection):
        yield from _week(desk.hours, (*here, "hours", "week"))
    for name, queue in desk.queues.items():
        path: Path = (*here, "queues", name)
        if isinstance(queue.hours, HoursSection):
            yield from _week(queue.hours, (*path, "hours", "week"))
        hours = queue.hours or desk.hours
        if isinstance(hours, HoursSection) and _open_seconds(hours):
            yield from _targets(file, queue, _open_seconds(hours), (*path, "targets"))
    given = (desk.hours, *(queue.hours for queue in desk.queues.values()))
    if desk.holidays and not any(isinstance(each, HoursSection) for each in given):
        yield (*here, "holidays"), "nothing here has `hours` to close: add them, or remove this"


def _week(hours: HoursSection, here: Path) -> Iterator[Fault]:
    if not _open_seconds(hours):
        yield here, f"nothing is ever open: give a day its hours, or write `hours: {ALWAYS}`"
    known: dict[int, str] = {}
    for days in hours.week:
        for number in weekdays(days):
            if number in known:
                told = f"{DAYS[number]} has its hours under {known[number]} already: keep one"
                yield (*here, days), told
                break
            known[number] = days


def _targets(file: PolicyFile, queue: QueueSection, week: float, here: Path) -> Iterator[Fault]:
    slowest = max(file.priorities.values())
    longest = max((1.0, *file.factors().values()))
    for channel, target in queue.targets.items():
        tiers = target if isinstance(target, dict) else {None: target}
        for tier, seconds in tiers.items():
            factor = longest if tier in {None, ANY} else 1.0
            if seconds * factor * slowest > _WEEKS * week:
                path: Path = (*here, channel) if tier is None else (*here, channel, tier)
                yield path, "longer than what is open in a year: shorten it, or open longer"


def _open_seconds(hours: HoursSection) -> float:
    """Of a week."""
    return sum(
        len(weekdays(days)) * sum(map(_seconds, spans)) for days, spans in hours.week.items()
    )


def _seconds(span: Span) -> float:
    begins, ends = span
    return (_DAY if ends == MIDNIGHT else _since_midnight(ends)) - _since_midnight(begins)


def _since_midnight(at: time) -> float:
    return at.hour * 3600.0 + at.minute * 60.0
