"""Opening hours: open time is counted, closed time is not, and clocks that change do not matter."""

from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.domain.hours import Hours, NeverOpen, Span
from services.router.domain.requirement import Requirement
from services.router.domain.treatment import Treatment

VILNIUS = ZoneInfo("Europe/Vilnius")
NINE_TO_SIX: tuple[Span, ...] = ((time(9), time(18)),)
OFFICE = Hours(VILNIUS, dict.fromkeys(range(5), NINE_TO_SIX))
ROUND_THE_CLOCK = Hours(VILNIUS, dict.fromkeys(range(7), ((time(0), time(0)),)))
MINUTE, HOUR = 60.0, 3600.0


def local(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=VILNIUS).timestamp()


def utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    """Up to two spans of one day."""
    marks = sorted(draw(st.sets(st.integers(0, 95), max_size=4)))
    times = [time(mark // 4, mark % 4 * 15) for mark in marks]
    return tuple(zip(times[0::2], times[1::2], strict=False))


weeks = st.builds(
    Hours,
    st.sampled_from([VILNIUS, ZoneInfo("America/New_York"), ZoneInfo("UTC")]),
    st.dictionaries(st.integers(0, 6), spans(), min_size=1),
)
moments = st.integers(int(local("2026-01-01")), int(local("2027-12-31"))).map(float)


def opens_at_all(hours: Hours) -> bool:
    return any(hours.week.values())


def test_a_deadline_skips_the_night_and_the_weekend() -> None:
    friday = local("2026-11-20T17:30")

    assert OFFICE.after(friday, HOUR) == local("2026-11-23T09:30")
    assert OFFICE.between(friday, local("2026-11-23T10:00")) == 1.5 * HOUR


def test_a_message_of_the_night_counts_from_the_morning() -> None:
    assert OFFICE.after(local("2026-11-19T03:00"), 10 * MINUTE) == local("2026-11-19T09:10")


def test_a_holiday_is_closed_and_a_short_day_ends_early() -> None:
    holidays: dict[date, tuple[Span, ...]] = {
        date(2026, 12, 24): ((time(9), time(12)),),
        date(2026, 12, 25): (),
    }
    hours = Hours(VILNIUS, OFFICE.week, holidays)

    assert hours.after(local("2026-12-24T11:30"), HOUR) == local("2026-12-28T09:30")
    assert not hours.is_open(local("2026-12-25T10:00"))


def test_round_the_clock_is_plain_time_also_when_clocks_change() -> None:
    before = local("2026-10-24T12:00")

    assert ROUND_THE_CLOCK.after(before, 48 * HOUR) == before + 48 * HOUR
    assert ROUND_THE_CLOCK.opens(before) == before
    with pytest.raises(NeverOpen):
        ROUND_THE_CLOCK.closes(before)


def test_the_night_of_a_clock_change_is_as_long_as_it_is() -> None:
    nights = Hours(VILNIUS, {6: ((time(0), time(6)),)})
    begins = local("2026-03-29T00:00")

    assert nights.closes(begins) - begins == 5 * HOUR


def test_hours_that_a_clock_change_leaves_out_are_not_counted_twice() -> None:
    early = Hours(VILNIUS, {6: ((time(3, 30), time(3, 45)), (time(4), time(5)))})
    begins, noon = local("2026-03-29T00:00"), local("2026-03-29T12:00")

    assert early.between(begins, noon) <= HOUR
    assert early.after(begins, early.between(begins, noon)) == local("2026-03-29T05:00")


def test_what_opens_in_an_hour_that_is_left_out_opens_after_it() -> None:
    early = Hours(VILNIUS, {6: ((time(3, 30), time(4, 15)), (time(9), time(10)))})

    assert early.after(local("2026-03-29T00:00"), 0.0) == local("2026-03-29T09:00")


def test_what_closes_at_midnight_and_opens_then_is_one_span() -> None:
    hours = Hours(VILNIUS, {0: ((time(20), time(0)),), 1: ((time(0), time(2)),)})

    assert hours.closes(local("2026-11-23T21:00")) == local("2026-11-24T02:00")


def test_hours_that_never_open_are_an_error_not_an_endless_search() -> None:
    with pytest.raises(NeverOpen):
        Hours(VILNIUS, {}).after(local("2026-11-20"), 1.0)


@given(weeks.filter(opens_at_all), moments, st.integers(1, 100_000).map(float))
def test_between_start_and_deadline_there_is_exactly_the_time_allowed(
    hours: Hours, start: float, seconds: float
) -> None:
    due = hours.after(start, seconds)

    assert hours.between(start, due) == pytest.approx(seconds)


def due_at(hours: Hours | None, start: float, seconds: float) -> float:
    treatment = Treatment("queue", 3, Requirement("queue", "chat", (), 1.0), seconds, hours)
    return treatment.due_at(start)


@given(moments, st.floats(0, 1e7))
def test_without_hours_a_ticket_is_due_when_the_time_allowed_has_passed(
    start: float, seconds: float
) -> None:
    assert due_at(None, start, seconds) == start + seconds
    assert due_at(ROUND_THE_CLOCK, start, seconds) == pytest.approx(start + seconds, abs=1e-3)


@given(weeks.filter(opens_at_all), moments, st.integers(0, 100_000).map(float))
def test_nothing_is_due_earlier_or_while_it_is_closed_because_of_hours(
    hours: Hours, start: float, seconds: float
) -> None:
    due = due_at(hours, start, seconds)

    assert due >= due_at(None, start, seconds)
    assert hours.is_open(due) or hours.is_open(due - 1)


@given(weeks.filter(opens_at_all), moments)
def test_what_is_due_at_once_is_due_when_it_opens(hours: Hours, at: float) -> None:
    assert hours.after(at, 0.0) == hours.opens(at)


@given(weeks.filter(opens_at_all), moments)
def test_a_place_is_open_when_it_opens_and_not_before(hours: Hours, at: float) -> None:
    opening = hours.opens(at)

    assert hours.is_open(opening)
    assert hours.between(at, opening) == 0
    assert hours.is_open(at) == (opening == at)


@given(weeks.filter(opens_at_all), st.lists(moments, min_size=2, max_size=5).map(sorted))
def test_a_later_message_is_never_due_earlier(hours: Hours, starts: list[float]) -> None:
    for before, after in pairwise(starts):
        assert hours.after(before, 600.0) <= hours.after(after, 600.0), utc(before)
