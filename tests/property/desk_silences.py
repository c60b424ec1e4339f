"""Which agents let a customer wait for an answer, and since when, by what is seen of the desk."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.router.domain.desk import Desk
from services.router.domain.effects import Effect, Paged, TicketStepped
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket, TicketState


@dataclass
class _Silence:
    """since: when the agent's turn to write began."""

    since: float
    told: bool = False


@dataclass
class Silences:
    rules: DeskRules
    _silences: dict[str, _Silence] = field(default_factory=dict)

    def note(self, effects: Iterable[Effect], now: float) -> None:
        """A lead is told of an agent whose turn it is, when the time has come, and once."""
        told, paged = [], []
        for effect in effects:
            if isinstance(effect, TicketStepped):
                if effect.on == "lead_told":
                    self._tell(effect, now)
                    told.append((effect.ticket.id, effect.who))
                self._follow(effect, now)
            elif isinstance(effect, Paged) and effect.reason == "agent_silent":
                paged.append((effect.ticket.id, effect.who))
        assert told == paged

    def asked(self, name: str, now: float) -> None:
        """The customer has a question while an agent has the ticket, after an answer."""
        self._silences[name] = _Silence(now)

    def lead_at(self, ticket: Ticket) -> float:
        """When a lead is to be told; 0: never, as things stand, or they were."""
        silence, seconds = self._silences.get(ticket.id), self.rules.agent_lead_seconds
        due = silence is not None and not silence.told and seconds > 0
        return silence.since + seconds if silence is not None and due else 0.0

    def check(self, desk: Desk) -> None:
        """The desk wakes for whatever is to come."""
        for ticket in desk.tickets():
            if ticket.state is TicketState.ACCEPTED:
                assert ticket.page_at == self.lead_at(ticket)
                assert (desk.next_wakeup() or 0.0) <= ticket.page_at or not ticket.page_at

    def _tell(self, step: TicketStepped, now: float) -> None:
        silence = self._silences.get(step.ticket.id)
        assert silence is not None, "the agent had answered, or had not the ticket"
        assert not silence.told, "the lead was told before"
        assert now >= silence.since + self.rules.agent_lead_seconds > silence.since
        assert step.agent is not None
        assert step.who == self.rules.agent_lead
        silence.told = True

    def _follow(self, step: TicketStepped, now: float) -> None:
        name, before = step.ticket.id, step.before
        asked = step.on == "entry_added" and step.timing is not None
        if step.after is not TicketState.ACCEPTED or step.on == "replied":
            self._silences.pop(name, None)
        elif (before is not TicketState.ACCEPTED or asked) and not step.ticket.tasks.parent:
            self.asked(name, now)
