"""The longer clocks of a ticket, beside the deadline of its next answer: until its matter is
resolved, and until what a law or a card scheme allows is over.

A clock runs from when the ticket was opened, whoever has it and wherever it goes. A statutory one
is never stopped, and never taken back; any other stands while the customer's answer is awaited, and
follows the policy.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from services.router.domain.hours import Hours

WARNED: Final = 1
MISSED: Final = 2
"""What was told of a clock by now; 0: nothing."""


class ClockRule(NamedTuple):
    """A clock as a policy gives it to a kind of ticket. seconds: the time allowed. warn_seconds:
    how long before its end somebody is warned; 0: nobody is. hours: in which it runs; None: around
    the clock, as a statutory one always does."""

    name: str
    seconds: float
    warn_seconds: float = 0.0
    hours: Hours | None = None
    statutory: bool = False


class Clock(NamedTuple):
    """A ticket's. Times are epoch seconds.

    warn_at: 0: nobody is warned. told: 0, WARNED or MISSED. held: seconds of its hours during which
    it stood. held_from: since when it stands; 0: it runs. of: the part of a merged ticket that
    brought it; empty: its own.
    """

    name: str
    due_at: float
    warn_at: float = 0.0
    told: int = 0
    statutory: bool = False
    held: float = 0.0
    held_from: float = 0.0
    of: str = ""

    @property
    def mark(self) -> float:
        """When something is to be told of it next; 0: never, or not while it stands."""
        if self.held_from or self.told == MISSED:
            return 0.0
        return self.warn_at if self.warn_at and not self.told else self.due_at


Clocks = tuple[Clock, ...]


def next_mark(clocks: Clocks) -> float:
    """When something is to be told of any; 0: never, as things stand."""
    return min((mark for clock in clocks if (mark := clock.mark)), default=0.0)


def set_by(rules: Iterable[ClockRule], clocks: Clocks, *, opened_at: float) -> Clocks:
    """The clocks of a ticket under these rules. The statutory ones come first, as they began."""
    own = {clock.name: clock for clock in clocks if not clock.of}
    law = tuple(clock for clock in clocks if clock.statutory)
    rest = (
        _set(rule, own.get(rule.name), opened_at)
        for rule in rules
        if rule.name not in own or not own[rule.name].statutory
    )
    return tuple(sorted((*law, *rest), key=lambda clock: not clock.statutory))


def hold(clocks: Clocks, *, now: float) -> Clocks:
    """The customer's answer is awaited, or the matter is resolved."""
    return tuple(
        clock if clock.statutory or clock.held_from else clock._replace(held_from=now)
        for clock in clocks
    )


def release(clocks: Clocks, rules: Iterable[ClockRule], *, opened_at: float, now: float) -> Clocks:
    """It is ours again to act: what stood runs on, with the time it had left."""
    hours = {rule.name: rule.hours for rule in rules}
    released = tuple(_release(clock, hours.get(clock.name), now) for clock in clocks)
    return set_by(rules, released, opened_at=opened_at)


def brought_by(part: str, clocks: Clocks) -> Clocks:
    """What a ticket that becomes part of another brings: the law does not care for merging."""
    return tuple(clock._replace(of=part) for clock in clocks if clock.statutory and not clock.of)


def told_in(whole: Clocks, part: str, clocks: Clocks) -> Clocks:
    """The clocks of that part, which leaves the whole, with what was told of them there."""
    told = {clock.name: clock.told for clock in whole if clock.of == part}
    return tuple(clock._replace(told=told.get(clock.name, clock.told)) for clock in clocks)


def without(part: str, clocks: Clocks) -> Clocks:
    """What is left once that part is on its own again."""
    return tuple(clock for clock in clocks if clock.of != part)


def _set(rule: ClockRule, before: Clock | None, opened_at: float) -> Clock:
    held, held_from = (before.held, before.held_from) if before is not None else (0.0, 0.0)
    seconds = rule.seconds + held
    due_at = opened_at + seconds if rule.hours is None else rule.hours.after(opened_at, seconds)
    return Clock(
        rule.name,
        due_at,
        due_at - rule.warn_seconds if rule.warn_seconds else 0.0,
        before.told if before is not None else 0,
        rule.statutory,
        held,
        held_from,
    )


def _release(clock: Clock, hours: Hours | None, now: float) -> Clock:
    if not clock.held_from:
        return clock
    since = min(clock.held_from, now)
    stood = now - since if hours is None else hours.between(since, now)
    return clock._replace(held=clock.held + stood, held_from=0.0)
