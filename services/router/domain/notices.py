"""What customers are told of their ticket without asking: each notice follows from a step."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.router.domain.effects import Effect, ReplySent, TicketStepped
from services.router.domain.hours import Hours
from services.router.domain.protection import Protection, in_language, is_confidential
from services.router.domain.ticket import Ticket

RECEIVED: Final = "received"
CLOSED: Final = "closed"
ASSIGNED: Final = "assigned"
HANDED_ON: Final = "handed_on"
ESCALATED: Final = "escalated"
REMINDED: Final = "reminded"
SOLVED: Final = "solved"
LAPSED: Final = "lapsed"
RATE: Final = "rate"
INCIDENT: Final = "incident"
SAFE_REPLY: Final = "safe_reply"
TOLD: Final = "told"
"""What is told by a reply of the policy. safe_reply and told come of steps of their own: nobody is
ready for a protected ticket, and a step of a queue."""

_ON: Final[Mapping[str, tuple[str, ...]]] = {
    "opened": (INCIDENT, CLOSED, RECEIVED),
    "reopened": (INCIDENT, CLOSED),
    "accepted": (ASSIGNED,),
    "transferred": (HANDED_ON,),
    "escalated": (ESCALATED,),
    "customer_nudged": (REMINDED,),
    "resolved": (SOLVED,),
    "customer_silent": (LAPSED,),
}
"""Step of a ticket -> its notices: the first that there is a text for is told."""


@dataclass(frozen=True, slots=True)
class Notice:
    """texts: language -> what is told; default_language: whose text all other languages get.
    channels, queues: of the tickets it is for; empty: of all. since, until: epoch seconds."""

    texts: Mapping[str, str]
    default_language: str
    channels: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    since: float = -math.inf
    until: float = math.inf

    def is_for(self, ticket: Ticket, *, now: float) -> bool:
        requirement = ticket.requirement
        return (
            self.since <= now < self.until
            and (not self.channels or requirement.channel in self.channels)
            and (not self.queues or requirement.queue in self.queues)
        )


@dataclass(frozen=True, slots=True)
class Notices:
    """by_kind: notices of each kind, the first that fits is told. hours: of queues that are not
    open around the clock."""

    by_kind: Mapping[str, tuple[Notice, ...]] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_kind)

    def told(
        self, effects: Iterable[Effect], protected: Mapping[str, Protection]
    ) -> Iterator[ReplySent]:
        """What the customers of these steps are told, in the order of the steps."""
        for effect in effects:
            if isinstance(effect, TicketStepped) and effect.on in _ON:
                yield from self._of(effect, protected)

    def _of(self, step: TicketStepped, protected: Mapping[str, Protection]) -> Iterator[ReplySent]:
        ticket = step.ticket
        if ticket.tasks.parent or is_confidential(ticket, protected):
            return  # a task has no customer; the other one is to notice nothing
        told = (each for kind in _ON[step.on] for each in self._text(kind, ticket, at=step.at))
        yield from _first(told)
        if step.on == "resolved" and ticket.requirement.queue not in protected:
            yield from self._text(RATE, ticket, at=step.at)

    def _text(self, kind: str, ticket: Ticket, *, at: float) -> Iterator[ReplySent]:
        if kind == CLOSED and self._is_open(ticket, at):
            return
        for notice in self.by_kind.get(kind, ()):
            if notice.is_for(ticket, now=at):
                text = in_language(notice.texts, ticket.lang, notice.default_language) or ""
                # the same turn done again says it under the same id
                reply = f"{ticket.id}:{kind}:{at:.3f}"
                yield ReplySent(ticket, None, ticket.identity, text, reply, None, kind)
                return

    def _is_open(self, ticket: Ticket, at: float) -> bool:
        hours = self.hours.get(ticket.requirement.queue)
        return hours is None or hours.is_open(at)


def _first(told: Iterator[ReplySent]) -> Iterator[ReplySent]:
    for each in told:
        yield each
        return
