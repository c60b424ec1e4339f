"""What is done, step by step, for a ticket that waits and waits in nobody's hands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.router.domain.protection import in_language
from services.router.domain.ticket import Climbed, Ticket, TicketState


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: somebody is paged, or the ticket moves on, or its customer is told something.

    after: of the wait, seconds. page: who. queue: where to; with `desk` at that one. desk: which
    other one it goes to; empty: it stays at its own. texts: language -> what is told.
    default_language: whose text goes to customers of all other languages.
    """

    after: float
    page: str = ""
    queue: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    default_language: str = ""
    desk: str = ""

    def text_in(self, lang: str) -> str:
        return in_language(self.texts, lang, self.default_language) or ""


Ladders = Mapping[str, tuple[Rung, ...]]
"""Queue -> its steps, in the order of their times; queues without any are not there."""


def place_of(ticket: Ticket, ladders: Ladders) -> tuple[str, int]:
    """The queue whose steps apply, and how many of them are done: those of the queue it is in or,
    where that one has none, of the queue whose step moved it there."""
    queue = ticket.requirement.queue
    if queue not in ladders and ticket.climbed:
        former, done = ticket.climbed[-1]
        if any(rung.queue == queue and not rung.desk for rung in ladders.get(former, ())[:done]):
            return former, done
    return queue, dict(ticket.climbed).get(queue, 0)


def escalate_at(ticket: Ticket, ladders: Ladders) -> float:
    """When the next step is due, epoch seconds; 0: none is to come while it is as it is."""
    if not ladders or ticket.state is not TicketState.QUEUED:
        return 0.0
    queue, done = place_of(ticket, ladders)
    rungs = ladders.get(queue, ())
    return ticket.queued_at + rungs[done].after if done < len(rungs) else 0.0


def with_done(climbed: Climbed, queue: str, done: int) -> Climbed:
    """So many of this queue's steps are done by now."""
    return (*(pair for pair in climbed if pair[0] != queue), (queue, done))


def with_past_done(ticket: Ticket, ladders: Ladders, *, now: float) -> Climbed:
    """For a ticket that an agent put into the queue it is in: what would have been done there
    before counts as done."""
    if not ladders:
        return ticket.climbed
    queue = ticket.requirement.queue
    past = sum(ticket.queued_at + rung.after <= now for rung in ladders.get(queue, ()))
    done = max(past, dict(ticket.climbed).get(queue, 0))
    return with_done(ticket.climbed, queue, done)
