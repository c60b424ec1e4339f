"""Opening hours as people write them: `mon-fri: 09:00-18:00`, `2026-12-25: closed`."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from itertools import groupby, pairwise
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, PlainValidator

from services.router.domain.hours import MIDNIGHT, Hours, Span

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS: Final[Literal["always"]] = "always"
_CLOSED: Final = "closed"
_SPAN: Final = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)")


def zone(value: object) -> ZoneInfo:
    """Raises ValueError."""
    try:
        return ZoneInfo(str(value))
    except (LookupError, ValueError, OSError):
        raise ValueError(
            f"no time zone {str(value)!r}: write its IANA name, such as Europe/Vilnius"
        ) from None


def weekdays(days: str) -> range:
    """Of `sat` or `mon-fri`, 0 for Monday. Raises ValueError."""
    first, _, last = days.partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        raise ValueError(f"not a day: there are {', '.join(DAYS)}, and spans such as mon-fri")
    found = range(DAYS.index(first), DAYS.index(last or first) + 1)
    if not found:
        raise ValueError(f"runs backwards: the week begins with {DAYS[0]}, so write it in two")
    return found


def spans(value: object) -> tuple[Span, ...]:
    """Of one span, of a list of them, or of `closed`. Raises ValueError."""
    if value == _CLOSED:
        return ()
    found = sorted(map(_span, value if isinstance(value, list) else [value]))
    for (begins, ends), (begins_next, _) in pairwise(found):
        if ends == MIDNIGHT or begins_next < ends:
            told = f"{_clock(begins)} and {_clock(begins_next)}"
            raise ValueError(f"the spans from {told} overlap: join them, or shorten one")
    return tuple(found)


def day(value: object) -> date:
    """Raises ValueError."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("not a date: write year, month and day, such as 2026-12-25") from None


def always(value: object) -> Literal["always"]:
    """Raises ValueError."""
    if value != ALWAYS:
        raise ValueError("not opening hours: give a `zone` and a `week`, or write always")
    return ALWAYS


def in_words(hours: Hours | None) -> str:
    """`Europe/Vilnius mon-fri 09:00-18:00; 2026-12-24 09:00-12:00; closed 2026-12-25`"""
    if hours is None:
        return ALWAYS
    closed = [f"{each}" for each, its in sorted(hours.exceptions.items()) if not its]
    return "; ".join(
        (
            f"{hours.zone.key} {', '.join(_week(hours.week))}",
            *(f"{each} {_spans(its)}" for each, its in sorted(hours.exceptions.items()) if its),
            *([f"closed {' '.join(closed)}"] if closed else []),
        )
    )


def _span(value: object) -> Span:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("not opening hours: write from-to, such as 09:00-18:00, or closed")
    begins, ends = ((int(found[hour]), int(found[hour + 1])) for hour in (1, 3))
    if begins >= (24, 0) or ends > (24, 0):
        raise ValueError(f"no such time of day in {value}: 00:00 to 24:00")
    if begins >= ends:
        raise ValueError(f"{value} ends before it begins: split it at midnight, which is 24:00")
    return time(*begins), MIDNIGHT if ends == (24, 0) else time(*ends)


def _week(week: Mapping[int, tuple[Span, ...]]) -> Iterator[str]:
    for its, alike in groupby(range(len(DAYS)), key=lambda number: week.get(number, ())):
        numbers = list(alike)
        ends = dict.fromkeys((DAYS[numbers[0]], DAYS[numbers[-1]]))
        if its:
            yield f"{'-'.join(ends)} {_spans(its)}"


def _spans(its: tuple[Span, ...]) -> str:
    return " ".join(f"{_clock(begins)}-{_clock(ends, last='24:00')}" for begins, ends in its)


def _clock(at: time, *, last: str = "00:00") -> str:
    return last if at == MIDNIGHT else f"{at:%H:%M}"


Zone = Annotated[ZoneInfo, PlainValidator(zone)]
"""A time zone, from its IANA name."""


def _of_the_week(value: str) -> str:
    weekdays(value)
    return value


Always = Annotated[Literal["always"], PlainValidator(always)]

Weekdays = Annotated[str, AfterValidator(_of_the_week)]
"""As written: `sat`, `mon-fri`."""

Spans = Annotated[tuple[Span, ...], PlainValidator(spans)]
"""In order, none overlapping another; none: closed."""

Day = Annotated[date, PlainValidator(day)]
