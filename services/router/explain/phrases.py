"""The sentences of a story: what each step means to a person."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from services.router.domain.decision import PICKED, Decision
from services.router.domain.requirement import Requirement
from services.router.explain.facts import Step
from services.router.explain.needs import needed
from services.router.explain.rank import describe, full_list, lead
from services.router.explain.times import clock, deadline, span

_STEPS: Final[Mapping[str, str]] = {
    "entry_added": "the customer wrote",
    "dealt": "offered to {agent}",
    "accepted": "{agent} accepted",
    "declined": "{agent} declined",
    "offer_expired": "{agent} let the offer pass",
    "agent_away": "taken back from {agent}, who was no longer ready for it",
    "agent_gone": "taken back from {agent}, who was not connected",
    "agent_lost": "{agent} lost the connection; the ticket waits for them a while",
    "agent_back": "{agent} is connected again",
    "replied": "{agent} replied",
    "customer_back": "the customer answered",
    "agent_nudged": "{agent} was reminded to answer",
    "lead_told": "{who} was told that {agent} does not answer",
    "agent_silent": "taken back from {agent}, who did not answer",
    "customer_nudged": "time to remind the customer",
    "customer_silent": "resolved by itself: the customer did not answer",
    "parked": "{agent} set it aside",
    "woken": "back from where it was set aside",
    "transferred": "{agent} handed it on",
    "arrived": "it waits at the desk {desk} now, where it came from the desk {from_desk}",
    "escalated": "{agent} sent it for re-review",
    "merged": "{agent} merged it into {other}",
    "merged_in": "{agent} merged {other} into it",
    "split": "{agent} split {other} off",
    "split_off": "{agent} split it off from {other}: it waits again",
    "customer_profiled": "the customer's profile changed",
    "safe_reply_sent": "safe reply sent to the customer",
    "paged_nobody_ready": "on-call paged: nobody who could take it was ready",
    "paged_not_taken": "on-call paged: nobody had taken it in time",
    "clock_warned": "the clock {clock} is about to run out",
    "clock_missed": "the clock {clock} has run out",
    "paged_escalated": "still waiting: {who} paged",
    "moved_on": "still waiting: moved on",
    "kept_here": "still waiting: it cannot move on to the other desk and stays",
    "customer_told": "still waiting: the customer was told",
    "nobody_told": "still waiting: nobody was told, since a task has no customer",
    "resolved": "{agent} resolved it",
    "rated": "the customer rated it",
    "wrap_up_ended": "{agent} finished the after-work",
    "abandoned": "the customer left before anybody served them",
    "closed": "closed: the time to reopen it is over",
}

_EXCLUDED: Final[Mapping[str, tuple[str, str]]] = {
    "skill": ("lacked a skill it needs", "lacked a skill it needs"),
    "shift": ("was off shift, or near its end", "were off shift, or near its end"),
    "channel": ("was not ready for its channel", "were not ready for its channel"),
    "state": ("was not ready or not connected", "were not ready or not connected"),
    "capacity": ("had no free slot", "had no free slot"),
    "decided": ("decided it before it came to re-review",) * 2,
    "skipped": ("had declined it or let it pass", "had declined it or let it pass"),
    "kept": ("was not whom it was kept for", "were not whom it was kept for"),
}


def sentence(step: Step, *, day: float) -> str:
    """What happened, in a few words. One that is not known yet is told by its name."""
    told = _STEPS.get(step.on)
    if step.on == "reopened":
        told = "the customer wrote again: reopened"
    if step.on == "matter_opened":
        back = "" if step.agent is None else "taken back from {agent} and "
        told = f"a protected matter of the customer is open: {back}moved"
    if step.decision is not None and step.decision.pulled:
        told = "{agent} took it from the queue themselves"
    if told is None:
        told = step.on.replace("_", " ")
        if step.agent is not None:
            told += ", {agent}"
        if step.before != step.after:
            told += f": {step.before or 'new'} to {step.after}"
    if step.on == "entry_added" and step.other is not None:
        told = "the customer wrote to {other}, which is merged into it"
    if step.until is not None:
        told += f" until {clock(step.until, day=day)}"
    if step.to_agent is not None:
        told += f" to {step.to_agent}"
    if step.to_desk is not None:
        told += f" to the desk {step.to_desk}"
    if step.to_queue is not None:
        told += f"{' to the' if step.to_desk is None else ','} queue {step.to_queue}"
    return told.format_map(step._asdict())


def joined(step: Step, *, day: float) -> Iterator[str]:
    """What another ticket made of this one's deadline."""
    if step.other is not None and step.due_at not in (None, step.from_due_at):
        yield deadline(step.due_at, now=step.at, day=day, by_hours=False)


def timed(step: Step, *, day: float) -> Iterator[str]:
    """Which deadline an answer met, a question began, or a clock has."""
    if step.due_at is None or step.tier is not None or step.other is not None:
        return
    if step.on == "replied":
        late = step.at > step.due_at
        yield f"{span(step.at - step.due_at)} {'after' if late else 'before'} it was due"
    else:
        yield deadline(step.due_at, now=step.at, day=day, by_hours=False)


def profiled(step: Step, *, day: float) -> Iterator[str]:
    """What a customer's profile made of the ticket."""
    if step.tier is None or step.due_at is None:
        return
    due = deadline(step.due_at, now=step.at, day=day, by_hours=False)
    before = "" if step.from_tier in (step.tier, None) else f", {step.from_tier} before"
    yield f"a {step.tier} customer{before}; {due}"
    if step.hosts:
        yield f"first for {', '.join(step.hosts)}"


def reasons(step: Step, requirement: Requirement, *, day: float, by_hours: bool) -> Iterator[str]:
    """Why a deal went as it did. by_hours: its deadline is where it is because of them."""
    decision = step.decision
    if decision is None:
        return
    due = deadline(decision.due_at, now=step.at, day=day, by_hours=by_hours)
    yield f"it had waited {span(decision.waited)}, {due}{' and so late' if decision.late else ''}"
    if decision.stage:
        asked = needed(requirement, decision.stage)
        yield f"at stage {decision.stage} of its needs: {asked}"
    if decision.pulled:
        yield _why_pulled(decision, step.agent)
    else:
        yield _why_this_one(decision, day=day)
        yield from _compared(decision, now=step.at)
    yield from _unknown(step.recorded or {})


def excluded(counts: Mapping[str, int], *, could: str) -> Iterator[str]:
    """How many could take it and how many were kept from it by which rule."""
    parts = [_counted(rule, count) for rule, count in counts.items() if count]
    yield "; ".join([could, *parts])


def _why_this_one(decision: Decision, *, day: float) -> str:
    if not decision.best:
        return "why this agent was not recorded"
    winner = decision.best[0].agent
    if decision.sticky:
        return f"{winner} had it before and was free"
    if winner in decision.kept:
        return f"it was kept for {', '.join(decision.kept)}"
    if decision.host:
        return f"{winner} is the customer's own agent and was free"
    if len(decision.best) == 1:
        return f"{winner} was the only one who could take it"
    return f"{winner} was {lead(decision.best[0], decision.best[1], day=day).says}"


def _why_pulled(decision: Decision, agent: str | None) -> str:
    if decision.pulled == PICKED:
        return f"{agent} asked for this one"
    return f"{agent} asked for the next, and it was the first that they could take"


def _compared(decision: Decision, *, now: float) -> Iterator[str]:
    others = [describe(one, now=now) for one in decision.best[1:]]
    if others:
        yield f"next: {', '.join(others)}"
    yield from excluded(dict(decision.excluded), could=_could(decision))


def _could(decision: Decision) -> str:
    count = len(decision.best)
    more = "" if full_list(decision) else " or more"
    return f"{count}{more} could take it"


def _counted(rule: str, count: int) -> str:
    if rule.startswith("reserve:"):
        name = rule.removeprefix("reserve:")
        return f"{count} withheld by the reserve {name}"
    one, many = _EXCLUDED.get(rule, (f"excluded by {rule}",) * 2)
    return f"{count} {one if count == 1 else many}"


def _unknown(recorded: Mapping[str, Any]) -> Iterable[str]:
    """Fields of a decision that this program does not know, as they are."""
    return (
        f"{name.replace('_', ' ')}: {held}"
        for name, held in recorded.items()
        if name not in Decision._fields
    )
