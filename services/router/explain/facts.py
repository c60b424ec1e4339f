"""What was recorded of tickets, in the order in which it happened."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from services.router.domain.decision import Candidate, Decision
from shared.store.documents import StepDoc, TicketChangeDoc


class Place(NamedTuple):
    """Where in a shard's history: the turn's time and number, and the step's place in the turn."""

    at: float
    seq: int
    n: int


class Step(NamedTuple):
    """One step of a ticket. version: of its document after the turn. until: of one that is parked.
    to_agent, to_queue: whom it was handed to, or where it moved on to. who: whom a step of its
    queue paged. from_tier, tier, hosts, from_due_at, due_at: what a profile of its customer made of
    it, or an entry after an answer; alone with `replied`: what it answered. clock: of which
    something is told. other: the ticket it was merged with or split from; its deadline may change
    by that, too. desk: whose step it is. to_desk, from_desk: where a ticket went, or came from.
    recorded: the decision as it was written, which may say more than we know of."""

    place: Place
    ticket: str
    version: int
    on: str
    before: str | None
    after: str
    at: float
    agent: str | None = None
    assignment: int | None = None
    until: float | None = None
    to_agent: str | None = None
    to_queue: str | None = None
    who: str | None = None
    from_tier: str | None = None
    tier: str | None = None
    hosts: tuple[str, ...] = ()
    from_due_at: float | None = None
    due_at: float | None = None
    clock: str | None = None
    other: str | None = None
    desk: str = ""
    to_desk: str | None = None
    from_desk: str | None = None
    decision: Decision | None = None
    recorded: Mapping[str, Any] | None = None


def steps_of(changes: Iterable[TicketChangeDoc]) -> Iterator[Step]:
    """The steps of each change, turn by turn."""
    for change in changes:
        for number, step in enumerate(change["steps"]):
            yield _step(change, step, number)


def _step(change: TicketChangeDoc, step: StepDoc, number: int) -> Step:
    numbered, recorded = step.get("n"), step.get("decision")
    return Step(
        place=Place(change["at"], change["seq"], number if numbered is None else numbered),
        ticket=change["ticket"],
        version=change["version"],
        on=step["on"],
        before=step.get("from_state"),
        after=step["to_state"],
        at=step["at"],
        agent=step.get("agent"),
        assignment=step.get("assignment"),
        until=step.get("until"),
        to_agent=step.get("to_agent"),
        to_queue=step.get("to_queue"),
        who=step.get("who"),
        from_tier=step.get("from_tier"),
        tier=step.get("tier"),
        hosts=tuple(step.get("hosts") or ()),
        from_due_at=step.get("from_due_at"),
        due_at=step.get("due_at"),
        clock=step.get("clock"),
        other=step.get("other"),
        desk=change["desk"],
        to_desk=step.get("to_desk"),
        from_desk=step.get("from_desk"),
        decision=None if recorded is None else _decision(recorded),
        recorded=recorded,
    )


def _decision(recorded: Mapping[str, Any]) -> Decision:
    """Fields that an older program did not write have their defaults."""
    told = {name: recorded[name] for name in Decision._fields if name in recorded}
    told["excluded"] = tuple(recorded.get("excluded", {}).items())
    told["best"] = tuple(
        Candidate(**{name: one[name] for name in Candidate._fields if name in one})
        for one in recorded.get("best", ())
    )
    told["kept"] = tuple(recorded.get("kept", ()))
    return Decision(**{"policy": 0, "due_at": 0.0, "waited": 0.0, **told})
