"""A deadline, and whether it is where it is because closed time does not count."""

from typing import Final, NamedTuple

from services.router.domain.revision import kind_of
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket
from services.router.explain.facts import Step

_NEAR: Final = 0.001
"""Seconds by which a time that was computed back may be off."""


class Promise(NamedTuple):
    """since: when the wait began. due: until when it is to end. Epoch seconds."""

    since: float
    due: float


def promised(step: Step) -> Promise | None:
    """As a deal recorded it."""
    decision = step.decision
    return None if decision is None else Promise(step.at - decision.waited, decision.due_at)


def by_hours(ticket: Ticket, promise: Promise, rules: DeskRules) -> bool:
    """As far as the rules of today tell: a deadline that they would not give may be one of other
    hours."""
    if rules.treat is None:
        return False
    since, due = promise
    treatment = rules.treat(kind_of(ticket))
    if treatment.hours is None:
        return False
    return any(
        due - since > seconds + _NEAR and abs(treatment.hours.after(since, seconds) - due) < _NEAR
        for seconds in (treatment.target_seconds, treatment.next_seconds)
        if seconds is not None
    )
