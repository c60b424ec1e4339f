"""The use case: reads what is stored and recorded of a ticket, and tells its story."""

import asyncio
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket, TicketState
from services.router.explain.facts import Place, Step, steps_of
from services.router.explain.gaps import gaps
from services.router.explain.inquiry import Inquiry
from services.router.explain.model import Explanation, WhyNot
from services.router.explain.present import Present
from services.router.explain.restoring import Past, known_at, past_of
from services.router.explain.secrecy import is_confidential
from services.router.explain.story import tell
from services.router.policy import DeskQueue
from services.router.ports import Chronicle, StoredTicket
from shared.runtime.clock import Clock, utc
from shared.store.documents import TicketChangeDoc


class UnknownTicket(LookupError):
    """There is no ticket of that id, or none for who asks: the two are told alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """rules: of a desk, as they are now; KeyError for one that no policy has any more.
    confidential: the queues that are so or ever were."""

    chronicle: Chronicle
    rules: Callable[[str], DeskRules]
    confidential: Callable[[], Set[DeskQueue]]
    clock: Clock

    async def explain(
        self, ticket_id: str, *, agent: str | None = None, cleared: bool = False
    ) -> Explanation:
        """agent: of whom to say, at each decision, why not them. cleared: who asks may read of
        confidential tickets; for others there are none. Raises UnknownTicket, and StoreError when
        the store does not answer."""
        stored, changes = await self._read(ticket_id)
        if stored is None or not (cleared or self._is_open(stored, changes)):
            raise UnknownTicket(f"there is no ticket {ticket_id}")
        desk, ticket = stored
        now, rules = self.clock.now(), self._rules(desk)
        steps = sorted(steps_of(changes), key=lambda step: (step.version, step.place))
        answers = {} if agent is None else await self._inquire(agent, ticket, steps, rules)
        present = await self._present(desk, ticket, rules, now=now)
        unnamed = frozenset() if cleared else await self._unnamed(ticket, steps)
        return Explanation(
            ticket=ticket_id,
            desk=desk,
            queue=ticket.requirement.queue,
            channel=ticket.requirement.channel,
            state=ticket.state.value,
            agent=ticket.agent,
            at=utc(now),
            opened_at=utc(ticket.opened_at),
            due_at=utc(ticket.due_at),
            moments=tuple(tell(ticket, steps, answers, unnamed, rules=rules, now=now)),
            waiting=() if present is None else tuple(present.told()),
            why_not=None if present is None or agent is None else present.why_not(agent),
            gaps=tuple(gaps(ticket, (change["version"] for change in changes))),
        )

    async def _read(self, ticket_id: str) -> tuple[StoredTicket | None, Sequence[TicketChangeDoc]]:
        """Both at once, so that the time it takes does not tell which of them there is."""
        found, changes = await asyncio.gather(
            self.chronicle.tickets([ticket_id]), self.chronicle.changes_of(ticket_id)
        )
        return next(iter(found), None), changes

    def _is_open(self, stored: StoredTicket, changes: Sequence[TicketChangeDoc]) -> bool:
        """Whether everybody who may ask may read of it."""
        queues = self.confidential()
        return not is_confidential(stored, changes, queues, rules=self._rules(stored.desk))

    async def _unnamed(self, ticket: Ticket, steps: Sequence[Step]) -> frozenset[str]:
        """The confidential ones among the tickets that its story names."""
        named = sorted({ticket.beside, *(step.other or "" for step in steps)} - {""})
        read = await asyncio.gather(*map(self._read, named))
        return frozenset(
            other
            for other, (stored, changes) in zip(named, read, strict=True)
            if stored is not None and not self._is_open(stored, changes)
        )

    async def _inquire(
        self, agent: str, ticket: Ticket, steps: Sequence[Step], rules: DeskRules
    ) -> dict[int | None, WhyNot]:
        """Assignment -> why not this agent."""
        inquiry = Inquiry(agent=agent, ticket=ticket, steps=steps, rules=rules)
        places = inquiry.open_questions()
        pasts = await asyncio.gather(*(self._past(agent, place) for place in places))
        ids = {ticket for past in pasts if past is not None for ticket in past.hand}
        held = {each.ticket.id: each.ticket for each in await self.chronicle.tickets(sorted(ids))}
        return inquiry.answers(dict(zip(places, pasts, strict=True)), held)

    async def _past(self, agent: str, place: Place) -> Past | None:
        """The agent as they were at a place of their desk's history, as far as that is kept."""
        changes = await self.chronicle.agent_changes(agent, until=place.at)
        known = known_at(changes, place)
        if not known:
            return None
        handled = await self.chronicle.handled(agent, since=known[-1]["at"], until=place.at)
        return past_of(agent, known, steps_of(handled), place)

    async def _present(
        self, desk: str, ticket: Ticket, rules: DeskRules, *, now: float
    ) -> Present | None:
        """None for a ticket that does not wait."""
        if ticket.state is not TicketState.QUEUED:
            return None
        return Present(rules, await self.chronicle.present(desk), ticket, now=now)

    def _rules(self, desk: str) -> DeskRules:
        try:
            return self.rules(desk)
        except KeyError:
            return DeskRules(desk, version=0)
