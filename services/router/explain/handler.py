"""The use case: reads what is stored and recorded of a ticket, and tells its story."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket, TicketState
from services.router.explain.facts import Place, Step, steps_of
from services.router.explain.gaps import gaps
from services.router.explain.inquiry import Inquiry
from services.router.explain.model import Explanation, WhyNot
from services.router.explain.present import Present
from services.router.explain.restoring import Past, known_at, past_of
from services.router.explain.story import tell
from services.router.ports import Chronicle
from shared.runtime.clock import Clock, utc


class UnknownTicket(LookupError):
    """There is no ticket of that id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """rules: of a desk, as they are now; KeyError for one that no policy has any more."""

    chronicle: Chronicle
    rules: Callable[[str], DeskRules]
    clock: Clock

    async def explain(self, ticket_id: str, *, agent: str | None = None) -> Explanation:
        """agent: of whom to say, at each decision, why not them. Raises UnknownTicket, and
        StoreError when the store does not answer."""
        found = await self.chronicle.tickets([ticket_id])
        if not found:
            raise UnknownTicket(f"there is no ticket {ticket_id}")
        [(desk, ticket)] = found
        now, rules = self.clock.now(), self._rules(desk)
        changes = await self.chronicle.changes_of(ticket_id)
        steps = sorted(steps_of(changes), key=lambda step: (step.version, step.place))
        answers = {} if agent is None else await self._inquire(agent, ticket, steps, rules)
        present = await self._present(desk, ticket, rules, now=now)
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
            moments=tuple(tell(ticket, steps, answers, rules=rules, now=now)),
            waiting=() if present is None else tuple(present.told()),
            why_not=None if present is None or agent is None else present.why_not(agent),
            gaps=tuple(gaps(ticket, (change["version"] for change in changes))),
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
