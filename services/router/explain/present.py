"""What keeps a waiting ticket in its queue as things are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from services.router.domain.agent import Agent
from services.router.domain.effects import TicketStepped
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket
from services.router.explain.exclusion import Exclusion, exclusion
from services.router.explain.model import WhyNot
from services.router.explain.phrases import excluded
from services.router.explain.promise import Promise, by_hours
from services.router.explain.restoring import desk_of
from services.router.explain.times import deadline

_EFFECTS: Final = 1_000_000


class Present:
    """The ticket's desk as it is stored: its agents, each with the tickets in their hands, and of
    all that waits this ticket alone."""

    def __init__(
        self,
        rules: DeskRules,
        agents: Sequence[tuple[Agent, Sequence[Ticket]]],
        ticket: Ticket,
        *,
        now: float,
    ) -> None:
        desk = desk_of(rules, agents, now=now)
        desk.adopt_ticket(replace(ticket), now=now)
        here = desk.ticket(ticket.id)
        assert here is not None
        self._now: Final = now
        self._rules: Final = rules
        self._ticket: Final = here
        self._found: Final[dict[str, Exclusion | None]] = {
            agent.id: exclusion(desk, here, agent.id, now=now) for agent in desk.agents()
        }
        # the core itself is asked last, for its answer changes the desk
        effects = desk.tick(now=now, limit=_EFFECTS, expire=False)
        self._dealt: Final = any(
            isinstance(effect, TicketStepped) and effect.on == "dealt" for effect in effects
        )

    def told(self) -> Iterator[str]:
        """Who could take it now, and what keeps the others from it."""
        yield self._deadline()
        counts = Counter(found.rule for found in self._found.values() if found is not None)
        able = sum(found is None for found in self._found.values())
        yield from excluded(counts, could=f"{able or 'nobody'} could take it now")
        if able and not self._dealt:
            yield "a reserve withholds the free slots of those who could"
        elif able:
            yield "it is next for them after the tickets that are due earlier"

    def _deadline(self) -> str:
        ticket, now = self._ticket, self._now
        because = by_hours(ticket, Promise(ticket.queued_at, ticket.due_at), self._rules)
        return deadline(ticket.due_at, now=now, day=now, by_hours=because)

    def why_not(self, agent: str) -> WhyNot:
        if agent not in self._found:
            return WhyNot(agent=agent, rule="unknown", says="not an agent of this desk")
        found = self._found[agent]
        if found is None:
            return WhyNot(agent=agent, rule="eligible", says="could take it now")
        return WhyNot(agent=agent, rule=found.rule, says=found.says)
