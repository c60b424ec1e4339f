"""One call of the core: its instant, and what has come of it so far."""

from dataclasses import dataclass, field

from services.router.domain.effects import (
    Effect,
    Handing,
    Joining,
    Opening,
    Profiling,
    TicketStepped,
    Timing,
)
from services.router.domain.ticket import Ticket, TicketState


@dataclass(slots=True)
class Turn:
    """now: epoch seconds."""

    now: float
    effects: list[Effect] = field(default_factory=list)

    def add(self, effect: Effect) -> None:
        self.effects.append(effect)

    def step(
        self,
        ticket: Ticket,
        on: str,
        *,
        before: TicketState | None,
        agent: str | None,
        handing: Handing | None = None,
        profiling: Profiling | None = None,
        joining: Joining | None = None,
        opening: Opening | None = None,
        timing: Timing | None = None,
        who: str | None = None,
        score: int | None = None,
    ) -> None:
        """The ticket has just made this step, for what it now shows."""
        self.effects.append(
            TicketStepped(
                ticket=ticket,
                on=on,
                before=before,
                after=ticket.state,
                at=self.now,
                agent=agent,
                assignment=(ticket.assignment or None) if agent is not None else None,
                handing=handing,
                profiling=profiling,
                joining=joining,
                opening=opening,
                timing=timing,
                who=who,
                score=score,
            )
        )
