"""Which steps of its queue each ticket has behind it, by what is seen of the desk."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from services.router.domain.effects import Effect, Paged, ReplySent, TicketStepped
from services.router.domain.ladder import Ladders, Rung
from services.router.domain.requirement import Requirement
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.treatment import Kind, Treatment

_TOLD = Rung(60.0, texts={"en": "Soon."}, default_language="en")
LADDERS: tuple[Ladders, ...] = (
    {},
    {"q": (Rung(10.0, page="lead"), Rung(20.5, queue="spare"), _TOLD)},
    {
        "q": (Rung(20.0, queue="spare"),),
        "spare": (Rung(10.0, page="lead"), _TOLD),
        "phone": (Rung(15.0, page="officer"), Rung(20.0, page="head")),
    },
)
_RUNGS = {"paged_escalated", "moved_on", "customer_told", "nobody_told"}


class Treating:
    """What becomes of tickets that may change their queue. Each is a topic of its own."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[Requirement, float]] = {}
        self.treat = cache(self._treat)

    def expect(self, topic: str, need: Requirement, seconds: float) -> None:
        """Before the first ticket about it. seconds: until it is due."""
        self._asked[topic] = need, seconds

    def _treat(self, kind: Kind) -> Treatment:
        need, seconds = self._asked[kind.topic]
        if kind.queue not in {"", need.queue}:
            need = Requirement(kind.queue, need.channel, (), need.weight)
            seconds += 30.0
        return Treatment(need.queue, 0, need, seconds)


@dataclass
class _Climb:
    """since: when the wait began. queue: whose steps apply. done: of each queue's, in this wait."""

    since: float
    queue: str
    done: dict[str, int] = field(default_factory=dict)


@dataclass
class Climbs:
    ladders: Ladders
    _climbs: dict[str, _Climb] = field(default_factory=dict)
    _marks: set[str] = field(default_factory=set)

    def note(self, effects: Iterable[Effect], now: float) -> None:
        """Each step is the next one, its time has come, and no id was used before."""
        for effect in effects:
            match effect:
                case TicketStepped():
                    self._note_step(effect, now)
                case Paged(who=str(), page=mark):
                    self._note_mark(mark)
                case ReplySent(agent=None, reply=mark) if not mark.endswith(":nobody_ready"):
                    self._note_mark(mark)

    def due_at(self, ticket: Ticket) -> float | None:
        """When the next step of a waiting ticket is due; None: none is left."""
        climb = self._climbs[ticket.id]
        rungs = self.ladders.get(climb.queue, ())[climb.done.get(climb.queue, 0) :]
        return ticket.queued_at + rungs[0].after if rungs else None

    def _note_mark(self, mark: str) -> None:
        assert mark not in self._marks
        self._marks.add(mark)

    def _note_step(self, step: TicketStepped, now: float) -> None:
        ticket = step.ticket
        climb = self._climbs.get(ticket.id)
        if climb is None or climb.since != ticket.queued_at:
            self._climbs[ticket.id] = _Climb(ticket.queued_at, ticket.requirement.queue)
        given = step.on in {"transferred", "matter_opened"}
        if given and step.handing is not None and step.handing.to_queue:
            self._put(ticket, step.handing.to_queue, now)
        elif step.on in _RUNGS:
            self._climb(step, now)

    def _put(self, ticket: Ticket, queue: str, now: float) -> None:
        """By an agent, or a matter of the customer's: what is past there is left out."""
        climb = self._climbs[ticket.id]
        past = [r for r in self.ladders.get(queue, ()) if ticket.queued_at + r.after <= now]
        climb.queue = queue
        climb.done[queue] = max(len(past), climb.done.get(queue, 0))

    def _climb(self, step: TicketStepped, now: float) -> None:
        climb = self._climbs[step.ticket.id]
        rungs, place = self.ladders.get(climb.queue, ()), climb.done.get(climb.queue, 0)
        assert place < len(rungs), "a step was done once too often"
        rung = rungs[place]
        moved_to = step.handing.to_queue if step.handing is not None else None
        assert (step.before, step.after) == (TicketState.QUEUED, TicketState.QUEUED)
        assert (step.who or "", moved_to or "") == (rung.page, rung.queue)
        assert now >= step.ticket.queued_at + rung.after
        climb.done[climb.queue] = place + 1
        if rung.queue in self.ladders:
            climb.queue = rung.queue
