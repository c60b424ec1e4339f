"""Why not one agent: asked of each decision of a ticket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.router.domain.agent import Agent
from services.router.domain.decision import Decision
from services.router.domain.reach import Reach
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket, TicketState
from services.router.explain.facts import Step
from services.router.explain.model import WhyNot
from services.router.explain.restoring import Past, desk_of, past_of
from services.router.explain.times import clock
from services.router.explain.why_not import evaluated, listed
from shared.store.documents import ChangeDoc

_PASSED_OVER: Final = {"declined": "declined it", "offer_expired": "had let it pass"}
_GONE: Final = "cannot be told: what they were then is not kept any more, or was not known yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """changes: all that is kept of the agent, by time. stored: the agent as of now, if there is
    one. steps: of the ticket, in order."""

    agent: str
    ticket: Ticket
    steps: Sequence[Step]
    changes: Sequence[ChangeDoc]
    stored: Agent | None
    rules: DeskRules

    def hands(self) -> list[str]:
        """Ids of the tickets they had at any of the decisions."""
        held = {
            ticket: None
            for step in self.steps
            if step.decision is not None and (past := self._past(step)) is not None
            for ticket in past.hand
        }
        return list(held)

    def answers(self, held: Mapping[str, Ticket]) -> dict[int | None, WhyNot]:
        """Assignment -> why not this agent. held: tickets by id, of those in `hands`."""
        return {
            step.assignment: self._answer(step, step.decision, held)
            for step in self.steps
            if step.decision is not None
        }

    def _answer(self, step: Step, decision: Decision, held: Mapping[str, Ticket]) -> WhyNot:
        named = listed(decision, self.agent, day=step.at)
        if named is not None:
            return named
        past = self._past(step)
        if past is None:
            return WhyNot(agent=self.agent, rule="unrecorded", says=_GONE)
        hand = [held[ticket] for ticket in past.hand if ticket in held]
        # plain rules: those of today would treat what was in hand as if it came today
        plain = DeskRules(self.rules.desk, self.rules.version)
        answer = evaluated(
            desk_of(plain, [(past.agent, hand)], now=step.at),
            self._as_it_was(step, decision),
            self.agent,
            decision,
            now=step.at,
            reserves=self.rules.reserves,
        )
        return self._dated(answer, past, step)

    def _past(self, step: Step) -> Past | None:
        return past_of(self.agent, self.changes, step.place, stored=self.stored)

    def _as_it_was(self, step: Step, decision: Decision) -> Ticket:
        """The ticket when it was dealt. What it needs it needs still."""
        skipped = {
            each.agent: each.at + self.rules.skip_seconds
            for each in self.steps
            if each.on in _PASSED_OVER and each.agent is not None and each.place < step.place
        }
        return replace(
            self.ticket,
            state=TicketState.QUEUED,
            reach=Reach(decision.stage, decision.kept),
            skipped=tuple(skipped.items()),
        )

    def _dated(self, answer: WhyNot, past: Past, step: Step) -> WhyNot:
        """With what only the history knows: since when, and what they had done."""
        says = answer.says
        if answer.rule == "state" and past.since is not None and past.agent.connected:
            says += f" since {clock(past.since, day=step.at)}"
        if answer.rule == "skipped":
            says = f"{self._passing(step)}, {says}"
        return answer.model_copy(update={"says": says})

    def _passing(self, step: Step) -> str:
        last = [
            each.on
            for each in self.steps
            if each.agent == self.agent and each.on in _PASSED_OVER and each.place < step.place
        ][-1]
        return _PASSED_OVER[last]
