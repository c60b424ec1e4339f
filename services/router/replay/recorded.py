"""What the topics kept of a dealer's turns."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from services.router.dealer.overtaken import Stored, by_ticket
from services.router.domain.bond import ALONE
from services.router.domain.clocks import Clock
from services.router.domain.events import EntryAdded
from services.router.domain.requirement import Requirement
from services.router.domain.ticket import Ticket
from services.router.ports import StoredTicket
from shared.contracts.ticket_changed_v1 import Brought, RunningClock, Step, TicketChanged
from shared.contracts.turn_recorded_v1 import TurnRecorded
from shared.messaging.records import Record

_FIRST_SEEN: Final = frozenset({"opened", "arrived"})
_NOBODY = "unknown:unknown:unknown"
"""An identity: where customers wrote is in no turn, and no decision looks at it."""


class Unplayable(Exception):
    """What was recorded is not enough to do it again; the text says why and where."""


class Deal(NamedTuple):
    """Who was dealt what."""

    ticket: str
    agent: str
    assignment: int


@dataclass(frozen=True, slots=True)
class RecordedTurn:
    """records: those that were applied, in order. changes: what became of tickets."""

    told: TurnRecorded
    records: tuple[Record, ...]
    changes: tuple[TicketChanged, ...]

    @property
    def now(self) -> float:
        """Epoch seconds."""
        return self.told.now.timestamp()

    def deals(self) -> tuple[Deal, ...]:
        """In the order in which they were made."""
        placed = [
            (step.n or 0, Deal(change.ticket, step.agent or "", step.assignment or 0))
            for change in self.changes
            for step in change.steps
            if step.on == "dealt"
        ]
        return tuple(deal for _, deal in sorted(placed))

    def opened(self) -> dict[str, StoredTicket]:
        """Tickets that were first seen in it, as they were then; but for tasks, which follow from a
        command. Raises Unplayable."""
        return {
            change.ticket: StoredTicket(change.desk, self._ticket(change, step))
            for change in self.changes
            for step in change.steps
            if step.on in _FIRST_SEEN and step.other is None
        }

    def overtaken(self) -> Stored:
        """What it read from the store."""
        return by_ticket(
            EntryAdded(
                each.message,
                each.ticket,
                each.message,
                each.kind,
                each.partition,
                each.offset,
                each.at.timestamp(),
                _NOBODY,
                each.reopens,
                each.rating or 0,
            )
            for each in self.told.overtaken or ()
        )

    def _ticket(self, change: TicketChanged, step: Step) -> Ticket:
        opening = step.opening
        if opening is None:
            told = self.told
            raise Unplayable(
                f"shard {told.shard}, turn {told.seq}: recorded by a version of Croupier that did"
                " not say what its tickets were"
            )
        ticket = Ticket(
            id=change.ticket,
            # the rules say what it needs: see domain/revision.py
            requirement=Requirement(change.queue, change.channel, (), 1.0),
            brand=opening.brand,
            customer=change.customer,
            identity=_NOBODY,
            lang=opening.lang,
            topic=opening.topic,
            priority=0,
            tier=opening.tier,
            opened_at=opening.opened_at.timestamp(),
            queued_at=opening.waits_from.timestamp(),
            due_at=0.0,
            seen=tuple((each.partition, each.offset) for each in opening.seen),
            last_message=opening.message,
            urgent=opening.urgent,
            hosts=tuple((agent, 0.0) for agent in opening.hosts),
            profile=opening.profile,
            lane=opening.lane,
            moved_to=(step.to_queue or "") if step.on == "opened" else "",
        )
        if opening.brought is None:
            return ticket
        came_from, version = step.from_desk or "", change.version - 1
        return replace(ticket, came_from=came_from, version=version, **_past(opening.brought))


def _past(brought: Brought) -> dict[str, Any]:
    """Fields of a ticket that has been at another desk."""
    return {
        "moved_to": brought.queue or "",
        "assignment": brought.assignment,
        "moves": brought.moves,
        "later": brought.later,
        "answered": brought.answered,
        "clocks": tuple(map(_clock, brought.clocks)),
        "paged": brought.paged,
        "deciders": brought.deciders,
        "barred": brought.barred,
        "bond": ALONE._replace(split_from=brought.split_from),
    }


def _clock(told: RunningClock) -> Clock:
    return Clock(
        told.name,
        told.due_at.timestamp(),
        _seconds(told.warn_at),
        told.told,
        told.statutory,
        told.held,
        _seconds(told.held_from),
        told.of or "",
    )


def _seconds(at: datetime | None) -> float:
    return 0.0 if at is None else at.timestamp()
