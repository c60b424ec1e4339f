"""Moments and spans in words. Times are UTC."""

from collections.abc import Sequence
from typing import Final

from services.router.domain.shifts import Shift
from shared.runtime.clock import utc

_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def clock(at: float, *, day: float) -> str:
    """`12:04:31`, with its date where that is not the one of `day`. Both in epoch seconds."""
    moment = utc(at)
    form = "%H:%M:%S" if moment.date() == utc(day).date() else "%Y-%m-%d %H:%M:%S"
    return moment.strftime(form)


def span(seconds: float) -> str:
    """`42 s`, `3 min 5 s`, `2 h`: the two largest units that say something."""
    left = round(abs(seconds))
    parts: list[str] = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def deadline(due: float, *, now: float, day: float, by_hours: bool) -> str:
    """`due 12:05:00 (in 40 s)`, `due 12:05:00 by opening hours (20 s ago)`."""
    distance = f"in {span(due - now)}" if due >= now else f"{span(now - due)} ago"
    because = " by opening hours" if by_hours else ""
    return f"due {clock(due, day=day)}{because} ({distance})"


def off_shift(shifts: Sequence[Shift], guard: float, *, now: float) -> str:
    """Why nothing is dealt by these shifts at the moment. guard: seconds before the end of one."""
    for begins, ends in shifts:
        if begins <= now < ends:
            since = clock(max(begins, ends - guard), day=now)
            return f"shift ends {clock(ends, day=now)}, no new tickets since {since}"
    ended = [ends for _, ends in shifts if ends <= now]
    to_come = [begins for begins, _ in shifts if begins > now]
    words = [f"shift ended {clock(ended[-1], day=now)}"] if ended else []
    if to_come:
        words.append(f"{'the next' if ended else 'shift'} begins {clock(to_come[0], day=now)}")
    return ", ".join(words) or "no shift is planned"
