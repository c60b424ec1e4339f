"""What agents are told: their cards, themselves, and why a command was not carried out."""

from typing import Final

from services.router.domain.clocks import Clocks
from services.router.domain.effects import AgentShown, CardGone, CardShown, Rejected
from services.router.domain.tasks import Tasks
from services.router.domain.ticket import Ticket, TicketState
from services.router.ports import Stamp
from shared.contracts.agent_card_v1 import AgentCard
from shared.contracts.assignment_card_v1 import CardState
from shared.contracts.command_rejected_v1 import CommandRejected
from shared.contracts.identity import assurance_of
from shared.runtime.clock import utc

_CARD_STATES: Final[dict[TicketState, CardState]] = {
    TicketState.OFFERED: "offered",
    TicketState.ACCEPTED: "accepted",
    TicketState.WAITING_CUSTOMER: "waiting_customer",
    TicketState.WRAP_UP: "wrap_up",
}


def card_shown(desk: str, shown: CardShown, stamp: Stamp) -> dict[str, object]:
    """The fields of `AssignmentCard`."""
    fields = _card(desk, shown.ticket, shown.agent, shown.assignment, stamp)
    fields["state"] = _CARD_STATES[shown.state]
    fields["last_message"] = shown.last_message
    fields["messages"] = shown.entries
    if shown.merged:
        fields["merged"] = shown.merged
    if shown.clocks:
        fields["clocks"] = _clocks(shown.clocks)
    if shown.review:
        fields["review"] = True
    fields |= _tasks(shown.tasks)
    if shown.respond_by:
        fields["respond_by"] = utc(shown.respond_by)
    return fields


def card_gone(desk: str, gone: CardGone, stamp: Stamp) -> dict[str, object]:
    """The fields of `AssignmentCard`."""
    ticket = gone.ticket
    fields = _card(desk, ticket, gone.agent, gone.assignment, stamp)
    fields["state"] = "gone"
    fields["reason"] = gone.reason
    fields["last_message"] = ticket.last_message
    fields["messages"] = ticket.entries
    return fields


def agent_card(desk: str, shown: AgentShown, stamp: Stamp) -> AgentCard:
    return AgentCard.model_validate(
        {
            "agent": shown.agent,
            "desk": desk,
            "state": shown.state,
            "channels": shown.channels,
            "reason": shown.reason,
            "load": shown.load,
            "capacity": shown.capacity,
            **stamp._asdict(),
        }
    )


def rejection(rejected: Rejected, stamp: Stamp) -> CommandRejected:
    return CommandRejected.model_validate(
        {
            "agent": rejected.agent,
            "command": rejected.command,
            "ticket": rejected.ticket,
            "reason": rejected.reason,
            "detail": rejected.detail,
            **stamp._asdict(),
        }
    )


def _card(
    desk: str, ticket: Ticket, agent: str, assignment: int, stamp: Stamp
) -> dict[str, object]:
    """What every card has."""
    requirement = ticket.requirement
    return {
        "agent": agent,
        "shard": stamp.shard,
        "seq": stamp.seq,
        "n": stamp.n,
        "desk": desk,
        "ticket": ticket.id,
        "assignment": assignment,
        "queue": requirement.queue,
        "priority": ticket.priority,
        "channel": requirement.channel,
        "lang": ticket.lang,
        "topic": ticket.topic,
        "customer": ticket.customer,
        "assurance": assurance_of(ticket.customer, ticket.identity.partition(":")[0]),
        "opened_at": utc(ticket.opened_at),
        "due_at": utc(ticket.due_at),
    }


def _clocks(clocks: Clocks) -> list[dict[str, object]]:
    return [
        {"name": clock.name, "due_at": utc(clock.due_at), "statutory": clock.statutory}
        for clock in clocks
    ]


def _tasks(tasks: Tasks) -> dict[str, object]:
    """What cards show of them."""
    if tasks.parent:
        return {"parent": tasks.parent, "note": tasks.note}
    told: dict[str, object] = {}
    if tasks.open:
        told["tasks"] = len(tasks.open)
    if tasks.done:
        told["task_done"] = dict(zip(("task", "by"), tasks.done, strict=True))
    return told
