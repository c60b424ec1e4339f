"""Why not one agent: asked of each decision of a ticket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.router.domain.decision import Decision
from services.router.domain.reach import Reach
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket, TicketState
from services.router.explain.facts import Place, Step
from services.router.explain.model import WhyNot
from services.router.explain.restoring import Past, desk_of
from services.router.explain.review import barred_at
from services.router.explain.times import clock
from services.router.explain.why_not import evaluated, listed

_PASSED_OVER: Final = {
    "declined": "declined it",
    "offer_expired": "had let it pass",
    "agent_silent": "had not answered the customer",
    "transferred": "had handed it on",
    "opened": "had asked for it",
}
_GONE: Final = "cannot be told: what they were then is not kept any more, or was not known yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """steps: of the ticket, in order. rules: of its desk, as they are now."""

    agent: str
    ticket: Ticket
    steps: Sequence[Step]
    rules: DeskRules

    def open_questions(self) -> list[Place]:
        """Of the deals whose record does not name the agent."""
        return [
            step.place
            for step in self.steps
            if step.decision is not None and listed(step.decision, self.agent, day=step.at) is None
        ]

    def answers(
        self, pasts: Mapping[Place, Past | None], held: Mapping[str, Ticket]
    ) -> dict[int | None, WhyNot]:
        """Assignment -> why not this agent.

        pasts: the agent at each open question; None where that is not kept. held: by id, the
        tickets in those hands.
        """
        return {
            step.assignment: listed(step.decision, self.agent, day=step.at)
            or self._answer(step, step.decision, pasts[step.place], held)
            for step in self.steps
            if step.decision is not None
        }

    def _answer(
        self, step: Step, decision: Decision, past: Past | None, held: Mapping[str, Ticket]
    ) -> WhyNot:
        if past is None:
            return WhyNot(agent=self.agent, rule="unrecorded", says=_GONE)
        if past.desk != step.desk:
            says = f"not an agent of the desk {step.desk}, which had it then"
            return WhyNot(agent=self.agent, rule="unknown", says=says)
        hand = [held[ticket] for ticket in past.hand if ticket in held]
        # plain rules: those of today would treat what was in hand as if it came today
        plain = DeskRules(
            self.rules.desk,
            self.rules.version,
            guards=self.rules.guards,
            new_hire_share=self.rules.new_hire_share,
            interruptible=self.rules.interruptible,
        )
        answer = evaluated(
            desk_of(plain, [(past.agent, hand)], now=step.at),
            self._as_it_was(step, decision),
            self.agent,
            decision,
            now=step.at,
            reserves=self.rules.reserves,
        )
        return self._dated(answer, past, step)

    def _as_it_was(self, step: Step, decision: Decision) -> Ticket:
        """The ticket when it was dealt. What it needs it needs still."""
        skipped = {
            each.agent: each.at + self.rules.skip_seconds
            for each in self._passings(before=step)
            if each.agent is not None
        }
        return replace(
            self.ticket,
            state=TicketState.QUEUED,
            tier=self._tier_at(step),
            reach=Reach(decision.stage, decision.kept),
            skipped=tuple(skipped.items()),
            barred=barred_at(self.ticket, self.steps, step.place),
        )

    def _tier_at(self, step: Step) -> str:
        """What the next profile after it replaced."""
        replaced = (each.from_tier for each in self.steps if each.place > step.place)
        return next((tier for tier in replaced if tier is not None), self.ticket.tier)

    def _dated(self, answer: WhyNot, past: Past, step: Step) -> WhyNot:
        """With what only the history knows: since when, and what they had done."""
        says = answer.says
        if answer.rule == "state" and past.since is not None and past.agent.connected:
            says += f" since {clock(past.since, day=step.at)}"
        if answer.rule == "skipped":
            mine = [each for each in self._passings(before=step) if each.agent == self.agent]
            says = f"{_PASSED_OVER[mine[-1].on]}, {says}"
        return answer.model_copy(update={"says": says})

    def _passings(self, *, before: Step) -> list[Step]:
        """Steps by which somebody let it go, and is not offered it again for a while: what another
        desk knew is forgotten."""
        past = [each for each in self.steps if each.place < before.place]
        came = [at for at, each in enumerate(past) if each.on == "arrived"]
        return [each for each in past[came[-1] if came else 0 :] if each.on in _PASSED_OVER]
