"""A ticket's story: its steps in words, and between them the stages its needs went through."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from services.router.domain.requirement import Requirement
from services.router.domain.revision import treat
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket, TicketState
from services.router.explain.facts import Step
from services.router.explain.model import Moment, WhyNot
from services.router.explain.needs import needed
from services.router.explain.phrases import joined, profiled, reasons, sentence, timed
from services.router.explain.promise import Promise, by_hours, promised
from services.router.explain.tasks import Asked, asked_in, of_task
from services.router.explain.times import clock, deadline, span
from shared.runtime.clock import utc

_QUEUED = TicketState.QUEUED.value


class Spell(NamedTuple):
    """A time in the queue, epoch seconds. queued_at: since when the customer waited, which is
    before `begins` where the ticket came back."""

    begins: float
    ends: float
    queued_at: float


def tell(
    ticket: Ticket,
    steps: Sequence[Step],
    answers: Mapping[int | None, WhyNot] | None = None,
    unnamed: Set[str] = frozenset(),
    *,
    rules: DeskRules,
    now: float,
) -> list[Moment]:
    """steps: in their order. answers: assignment -> why not the agent that is asked for.
    unnamed: tickets that are not mentioned. rules: of the desk, as they are now."""
    beside = "" if ticket.beside in unnamed else ticket.beside
    as_opened = replace(ticket, tier=_first_tier(ticket, steps), beside=beside)
    first = _first_promise(ticket, steps)
    asked = asked_in(steps)
    told = chain(
        (
            _moment(as_opened, step, rules, asked, first=first)
            for step in steps
            if step.other not in unnamed
        ),
        _stages(ticket, spells(ticket, steps, now=now)),
    )
    by_time = sorted(told, key=lambda moment: moment.at)
    return [_answered(moment, answers or {}) for moment in by_time]


def spells(ticket: Ticket, steps: Sequence[Step], *, now: float) -> Iterator[Spell]:
    """The times in the queue; one that goes on ends now."""
    begins: float | None = None
    for step in steps:
        if step.after == _QUEUED and begins is None:
            begins = step.at
        elif step.after != _QUEUED and begins is not None:
            waited = step.decision.waited if step.decision is not None else step.at - begins
            yield Spell(begins, step.at, step.at - waited)
            begins = None
    if begins is not None:
        yield Spell(begins, now, ticket.queued_at)


def _answered(moment: Moment, answers: Mapping[int | None, WhyNot]) -> Moment:
    if moment.decision is None or moment.assignment not in answers:
        return moment
    return moment.model_copy(update={"why_not": answers[moment.assignment]})


def _moment(
    ticket: Ticket, step: Step, rules: DeskRules, asked: Asked, *, first: Promise
) -> Moment:
    """ticket: with the tier it was opened with. first: the deadline it was opened with."""
    opened = ticket.opened_at
    if step.on == "opened" and step.desk not in ("", rules.desk):
        says, details = _opened_elsewhere(ticket, first, step.desk)
    elif step.on == "opened":
        says, details = _opening(ticket, step, first, rules)
    else:
        promise = promised(step)
        because = promise is not None and by_hours(ticket, promise, rules)
        says = of_task(step, asked) or sentence(step, day=opened)
        why = reasons(step, ticket.requirement, day=opened, by_hours=because)
        told = (profiled(step, day=opened), joined(step, day=opened), timed(step, day=opened))
        details = (*chain.from_iterable(told), *why)
    return Moment(
        at=utc(step.at),
        after=max(0.0, step.at - opened),
        on=step.on,
        says=says,
        details=details,
        agent=step.agent,
        assignment=step.assignment,
        decision=None if step.recorded is None else dict(step.recorded),
    )


def _opening(
    ticket: Ticket, step: Step, first: Promise, rules: DeskRules
) -> tuple[str, tuple[str, ...]]:
    ticket = _before_it_moved(ticket, step.to_queue or "", rules)
    asked, opened = ticket.requirement, ticket.opened_at
    because = by_hours(ticket, first, rules)
    due = deadline(first.due, now=opened, day=opened, by_hours=because)
    if step.other is not None:
        says = f"opened by {step.agent} as a task of {step.other}: queue {asked.queue}"
        return says, (due, f"needs {needed(asked)}")
    says = f"opened: {asked.channel}, queue {asked.queue}, priority {ticket.priority}"
    return says, (
        f"a {ticket.tier} customer, {ticket.lang}, about {ticket.topic}; {due}",
        f"needs {needed(asked)}",
        *(
            f"the clock {each.name} runs until {clock(each.due_at, day=opened)}"
            for each in ticket.clocks
            if each.statutory and not each.of
        ),
        *(("there since a protected matter of the customer is open",) if step.to_queue else ()),
        *((f"beside ticket {ticket.beside}",) if ticket.beside else ()),
    )


def _opened_elsewhere(ticket: Ticket, first: Promise, desk: str) -> tuple[str, tuple[str, ...]]:
    """The rules of the desk it is at do not tell what that one made of it."""
    opened = ticket.opened_at
    return f"opened at the desk {desk}: {ticket.requirement.channel}", (
        f"a {ticket.tier} customer, {ticket.lang}, about {ticket.topic};"
        f" {deadline(first.due, now=opened, day=opened, by_hours=False)}",
        *((f"beside ticket {ticket.beside}",) if ticket.beside else ()),
    )


def _before_it_moved(ticket: Ticket, queue: str, rules: DeskRules) -> Ticket:
    """In the queue of its topic, or of the task that it is, as far as the rules of today tell."""
    if ticket.moved_to == queue:
        return ticket
    unmoved = replace(ticket, moved_to=queue)
    treat(unmoved, rules)
    return unmoved


def _first_promise(ticket: Ticket, steps: Sequence[Step]) -> Promise:
    """What it was opened with: a ticket that was reopened, or whose customer's profile changed, has
    another by now."""
    own = Promise(ticket.queued_at, ticket.due_at)
    told = (
        promised(step) if step.from_due_at is None else own._replace(due=step.from_due_at)
        for step in steps
    )
    return next(filter(None, told), own)


def _first_tier(ticket: Ticket, steps: Sequence[Step]) -> str:
    return next((step.from_tier for step in steps if step.from_tier is not None), ticket.tier)


def _stages(ticket: Ticket, waits: Iterator[Spell]) -> Iterator[Moment]:
    """Each stage that began while the ticket waited."""
    asked = ticket.requirement
    for wait in waits:
        for number, stage in enumerate(asked.stages[1:], start=1):
            at = wait.queued_at + stage.after
            if wait.begins <= at < wait.ends:
                yield _stage(ticket, asked, number, at=at, waited=stage.after)


def _stage(ticket: Ticket, asked: Requirement, number: int, *, at: float, waited: float) -> Moment:
    return Moment(
        at=utc(at),
        after=max(0.0, at - ticket.opened_at),
        on="stage",
        says=f"stage {number} after {span(waited)}: needs {needed(asked, number)}",
    )
