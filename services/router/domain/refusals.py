"""Why commands are not carried out."""

from dataclasses import dataclass

from services.router.domain.effects import Rejected
from services.router.domain.events import Pull, SetState, TicketAct
from services.router.domain.rules import DeskRules
from services.router.domain.turn import Turn


@dataclass(frozen=True, slots=True)
class Refusal:
    """reason: a value of the wire's RejectionReason. detail: a sentence for the agent."""

    reason: str
    detail: str


UNKNOWN_AGENT = Refusal("unknown_agent", "This desk has no such agent.")
UNKNOWN_TICKET = Refusal("unknown_ticket", "This desk has no such ticket; it may be closed.")
NOT_YOURS = Refusal("not_yours", "You do not have this ticket; take its card away.")
OTHER_OFFER = Refusal("wrong_assignment", "The ticket has been offered anew; use its new card.")
UNSEEN = Refusal("unseen_message", "The customer wrote again: read it, then resolve.")


def not_allowed(says: str) -> Refusal:
    return Refusal("not_allowed", says)


def unknown_queue(rules: DeskRules, queue: str | None) -> Refusal | None:
    """Where the desk has not the queue that a ticket is to go to."""
    if queue is None or queue in rules.queues:
        return None
    return Refusal("unknown_queue", f"This desk has no queue {queue}.")


def reject(
    turn: Turn, command: TicketAct | SetState | Pull, refusal: Refusal, *, ticket: str | None
) -> None:
    turn.add(
        Rejected(
            agent=command.agent,
            command=command.id,
            ticket=ticket,
            reason=refusal.reason,
            detail=refusal.detail,
        )
    )
