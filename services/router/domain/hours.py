"""Opening hours: deadlines that run only while somebody could answer.

Times are epoch seconds; hours are local, so a day of a summer time change is an hour shorter or
longer, as it is for the people who work it.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[time, time]
"""(from, to) of one local day; to 00:00 is the midnight at its end."""

MIDNIGHT = time(0)
_DAY = timedelta(days=1)
_MOST_DAYS = 4_000
"""How far to look: what is not open once in ten years never is."""


class NeverOpen(ValueError):
    """There is not enough open time ahead: these hours have no spans, or holidays for ever."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Of a desk or a shift. week: weekday (0: Monday) -> spans, in order, none overlapping another.
    exceptions: date -> its spans instead; empty on a holiday.

    It holds no state but what it remembers of days it was asked about.
    """

    zone: ZoneInfo
    week: Mapping[int, tuple[Span, ...]]
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    _days: dict[date, tuple[tuple[float, float], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def is_open(self, at: float) -> bool:
        return any(begins <= at < ends for begins, ends in self._spans_of(self._day(at)))

    def opens(self, at: float) -> float:
        """`at` if it is open, else when it opens next. Raises NeverOpen."""
        for begins, ends in self._spans_from(at):
            if at < ends:
                return max(at, begins)
        raise NeverOpen(f"nothing opens within {_MOST_DAYS} days")

    def closes(self, at: float) -> float:
        """When what is open at `at` closes, spans that touch being one; `at` if it is closed.
        Raises NeverOpen when it never does: it is open around the clock."""
        until = at
        for begins, ends in self._spans_from(at):
            if begins > until:
                return until
            until = max(until, ends)
        raise NeverOpen(f"nothing closes within {_MOST_DAYS} days")

    def after(self, at: float, seconds: float) -> float:
        """When so many open seconds have passed since `at`; for none, when it opens. Raises
        NeverOpen."""
        left = seconds
        for begins, ends in self._spans_from(at):
            since = max(begins, at)
            room = max(0.0, ends - since)
            if room and left <= room:
                return since + left
            left -= room
        raise NeverOpen(f"there are no {seconds:.0f} open seconds within {_MOST_DAYS} days")

    def between(self, start: float, end: float) -> float:
        """Open seconds from `start` to `end`."""
        total = 0.0
        for begins, ends in self._spans_from(start):
            if begins >= end:
                break
            total += max(0.0, min(ends, end) - max(begins, start))
        return total

    def _spans_from(self, at: float) -> Iterator[tuple[float, float]]:
        """Spans in order, from the day of `at` on."""
        day = self._day(at)
        for _ in range(_MOST_DAYS):
            yield from self._spans_of(day)
            day += _DAY

    def _spans_of(self, day: date) -> tuple[tuple[float, float], ...]:
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= _MOST_DAYS:
                self._days.clear()
            found = self._days[day] = tuple(self._spread(day))
        return found

    def _spread(self, day: date) -> Iterator[tuple[float, float]]:
        """A time that a clock change leaves out falls after it, perhaps into the next span."""
        spans, until = self.exceptions.get(day), -math.inf
        for begins, ends in self.week.get(day.weekday(), ()) if spans is None else spans:
            last = day + _DAY if ends == MIDNIGHT else day
            since = max(until, self._epoch(day, begins))
            until = max(since, self._epoch(last, ends))
            yield since, until

    def _epoch(self, day: date, at: time) -> float:
        return datetime.combine(day, at, self.zone).timestamp()

    def _day(self, at: float) -> date:
        return datetime.fromtimestamp(at, self.zone).date()
