"""When the queues of a desk are open."""

from services.router.domain.hours import Hours
from services.router.policy.hours import weekdays
from services.router.policy.schema import DeskSection, HoursSection


def opening_hours(desk: DeskSection) -> dict[str, Hours]:
    """By queue; without those that are open around the clock."""
    return {
        name: _hours(section, desk)
        for name, queue in desk.queues.items()
        if isinstance(section := queue.hours or desk.hours, HoursSection)
    }


def _hours(section: HoursSection, desk: DeskSection) -> Hours:
    week = {number: its for days, its in section.week.items() for number in weekdays(days)}
    holidays = desk.holidays
    closed = holidays if isinstance(holidays, dict) else dict.fromkeys(holidays, ())
    return Hours(section.zone, week, closed)
