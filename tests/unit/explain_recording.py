"""A desk whose every answer is recorded the way production does it: outbox, wire, recorder."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from services.router.dealer.doings import Doings
from services.router.dealer.outbox import Outbox
from services.router.domain.agent import Agent
from services.router.domain.desk import Desk
from services.router.domain.effects import Effect
from services.router.domain.events import DeskEvent
from services.router.domain.requirement import Requirement
from services.router.domain.ticket import IN_HAND, Ticket
from services.router.explain.handler import Explainer
from services.router.explain.model import Explanation, Moment, WhyNot
from services.router.policy import DeskQueue
from services.router.ports import StoredTicket
from services.router.recorder.reading import read
from shared.messaging.records import Record
from shared.store.documents import AgentChangeDoc, ChangeDoc, TicketChangeDoc
from tests.unit.desk_driver import Driver

DESK = "main"


class _Only:
    """The one desk there is."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def desk(self, _name: str) -> Desk:
        return self._desk


@dataclass
class Recording(Driver):
    """Each call is a turn of its own. It is a Chronicle, too.

    changes: what was recorded. stored: the tickets as last written. confidential: the queues that
    are so or ever were.
    """

    changes: list[ChangeDoc] = field(default_factory=list)
    stored: dict[str, Ticket] = field(default_factory=dict)
    confidential: frozenset[DeskQueue] = frozenset()
    seq: int = 0

    def tell(self, event: DeskEvent) -> list[Effect]:
        return self._commit(super().tell(event))

    def settle(self) -> list[Effect]:
        return self._commit(super().settle())

    def open(self, name: str, needs: Requirement | None = None, *, due: float = 600.0) -> None:
        self.arrive(self.ticket(name, needs, due=due))

    def arrive(self, ticket: Ticket) -> None:
        """A ticket that the sorter stored."""
        self._commit(self.desk.adopt_ticket(ticket, now=self.now))

    async def explain(
        self, ticket: str, *, agent: str | None = None, cleared: bool = False
    ) -> Explanation:
        return await self.explainer().explain(ticket, agent=agent, cleared=cleared)

    def explainer(self) -> Explainer:
        return Explainer(
            chronicle=self,
            rules=lambda _desk: self.rules,
            confidential=lambda: self.confidential,
            clock=_At(self.now),
        )

    async def tickets(self, ids: Sequence[str]) -> Sequence[StoredTicket]:
        return [StoredTicket(DESK, deepcopy(self.stored[id])) for id in ids if id in self.stored]

    async def changes_of(self, ticket: str) -> Sequence[TicketChangeDoc]:
        return [change for change in self._of_tickets() if change["ticket"] == ticket]

    async def agent_changes(self, agent: str, *, until: float) -> Sequence[AgentChangeDoc]:
        return [
            cast(AgentChangeDoc, each)
            for each in self.changes
            if each["about"] == "agent" and each["agents"] == [agent] and each["at"] <= until
        ]

    async def handled(self, agent: str, *, since: float, until: float) -> Sequence[TicketChangeDoc]:
        return [
            each
            for each in self._of_tickets()
            if agent in each["agents"] and since <= each["at"] <= until
        ]

    async def present(self, desk: str) -> Sequence[tuple[Agent, Sequence[Ticket]]]:
        assert desk == DESK
        return [
            (deepcopy(agent), [deepcopy(held) for held in self._hand(agent.id)])
            for agent in self.desk.agents()
        ]

    def _of_tickets(self) -> list[TicketChangeDoc]:
        return [cast(TicketChangeDoc, each) for each in self.changes if each["about"] == "ticket"]

    def _hand(self, agent: str) -> list[Ticket]:
        return [
            each for each in self.desk.tickets() if each.agent == agent and each.state in IN_HAND
        ]

    def _commit(self, effects: list[Effect]) -> list[Effect]:
        if not effects:
            return effects
        self.seq += 1
        outbox = Outbox(
            shard=3,
            epoch=1,
            seq=self.seq,
            now=self.now,
            policy=self.rules.version,
            desks=_Only(self.desk),
        )
        outbox.take(DESK, effects)
        outbox.close((), Doings())
        for record in outbox.records():
            self._record(Record(record.topic, 0, 0, record.key, record.value, 0))
        for write in outbox.ticket_writes():
            write.ticket.version = write.expected + 1
            self.stored[write.ticket.id] = deepcopy(write.ticket)
        for wrote in outbox.agent_writes():
            wrote.agent.version = wrote.expected + 1
        return effects

    def _record(self, record: Record) -> None:
        change = read(record, kept=timedelta(days=30))
        self.changes += [] if change is None else [change]


@dataclass(frozen=True)
class _At:
    at: float

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("an explanation does not wait")


def moment(told: Explanation, on: str, *, number: int = 0) -> Moment:
    """The first moment of that kind, or a later one."""
    return [each for each in told.moments if each.on == on][number]


def why_not(told: Explanation, *, number: int = 0) -> WhyNot:
    """Of the first deal, or a later one."""
    answer = moment(told, "dealt", number=number).why_not
    assert answer is not None
    return answer


def lines(told: Explanation) -> list[Any]:
    """What happened, without when."""
    return [each.says for each in told.moments]
