"""The desks of one shard, in memory.

Everything here follows from the store and the records applied since: it can be dropped and loaded
again at any time.
"""

from collections.abc import Iterable, Iterator, Sequence

from services.router.domain.desk import Desk
from services.router.domain.effects import Effect
from services.router.domain.events import TicketEvent
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket
from services.router.ports import StoredAgent, StoredTicket

Answers = list[tuple[str, list[Effect]]]
"""(desk, what it answered), in order."""


class Book:
    """All desks whose key falls on the shard."""

    def __init__(self, rules: Sequence[DeskRules], *, policy: int) -> None:
        """policy: version of the rules."""
        self.policy = policy
        self._desks = {each.desk: Desk(each) for each in rules}

    def desks(self) -> tuple[str, ...]:
        return tuple(self._desks)

    def desk(self, name: str) -> Desk:
        """Raises KeyError when no policy names it on this shard."""
        return self._desks[name]

    def change_rules(self, rules: Sequence[DeskRules], *, policy: int) -> None:
        """Another version of the rules of the same desks. Raises KeyError for another desk."""
        self.policy = policy
        for each in rules:
            self._desks[each.desk].change_rules(each)

    def restart_offers(self, *, now: float) -> None:
        """Give every offer that stands its full time from now."""
        for desk in self._desks.values():
            desk.restart_offers(now=now)

    def home_of(self, ticket: str) -> str | None:
        """The desk that has the ticket in memory."""
        for name, desk in self._desks.items():
            if desk.knows(ticket):
                return name
        return None

    def ticket(self, ticket: str) -> Ticket | None:
        """None for one that no desk has in memory."""
        home = self.home_of(ticket)
        return None if home is None else self._desks[home].ticket(ticket)

    def unknown(self, events: Iterable[TicketEvent]) -> list[str]:
        """Tickets named by `events` that no desk has in memory, each once."""
        return [
            ticket
            for ticket in dict.fromkeys(event.ticket for event in events)
            if self.home_of(ticket) is None
        ]

    def adopt_tickets(self, stored: Iterable[StoredTicket], *, now: float) -> Answers:
        """Take tickets into memory; what their desks have to say about it, where they have."""
        tickets: dict[str, list[Ticket]] = {}
        for desk, ticket in stored:
            tickets.setdefault(desk, []).append(ticket)
        return [
            (desk, effects)
            for desk, mine in tickets.items()
            if (effects := self._desks[desk].adopt_tickets(mine, now=now))
        ]

    def adopt_agents(self, stored: Iterable[StoredAgent], *, now: float) -> Answers:
        return [
            (desk, effects)
            for desk, agent in stored
            if (effects := self._desks[desk].adopt_agent(agent, now=now))
        ]

    def tick(self, *, now: float, limit: int, expire: bool) -> Answers:
        """Timers (when `expire`) and deals of every desk, about `limit` effects in all."""
        answers: Answers = []
        for name, desk in self._desks.items():
            if limit <= 0:
                break
            effects = desk.tick(now=now, limit=limit, expire=expire)
            limit -= len(effects)
            if effects:
                answers.append((name, effects))
        return answers

    def pending(self, *, now: float, expire: bool) -> bool:
        return any(desk.pending(now=now, expire=expire) for desk in self._desks.values())

    def next_wakeup(self) -> float | None:
        """When the earliest timer of any desk is due."""
        times = [at for desk in self._desks.values() if (at := desk.next_wakeup()) is not None]
        return min(times, default=None)

    def tickets(self) -> Iterator[Ticket]:
        for desk in self._desks.values():
            yield from desk.tickets()
