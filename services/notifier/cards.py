"""Wire events of `support.assignments.v1` as messages for the agent's socket."""

from typing import Any, Final

from services.notifier.commands import own_id
from services.notifier.connection import Push
from services.notifier.protocol.server import (
    AgentChanged,
    AgentView,
    AnyOurs,
    Card,
    CardChanged,
    Rejected,
    ReplyStatus,
    spoken,
)
from shared.contracts.agent_card_v1 import AgentCard
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.base import Contract, Envelope
from shared.contracts.card import AgentBound, ForAgent
from shared.contracts.command_rejected_v1 import CommandRejected
from shared.contracts.reply_status_changed_v1 import ReplyStatusChanged

_ROUTING: Final = frozenset({"agent"})


def push_of(event: Envelope[Contract]) -> Push | None:
    """The message, serialised once for all of the agent's sockets; None for an event that is not
    for agents."""
    data = event.data
    message = _message(event)
    if message is None or not isinstance(data, ForAgent):
        return None
    if not isinstance(data, AgentBound):
        return Push(0, 0, 0, spoken(message), state=False)
    ordered = not isinstance(data, CommandRejected)
    return Push(data.shard, data.seq, data.n, spoken(message), state=ordered)


def _message(event: Envelope[Contract]) -> AnyOurs | None:
    match event.data:
        case AssignmentCard() as card:
            return CardChanged(card=Card(**_fields(card)), at=event.at, cause=_cause(event, card))
        case AgentCard() as agent:
            view = AgentView(**_fields(agent))
            return AgentChanged(agent=view, at=event.at, cause=_cause(event, agent))
        case CommandRejected() as refusal:
            return Rejected(
                command=own_id(refusal.command, agent=refusal.agent) or refusal.command,
                ticket=refusal.ticket,
                reason=refusal.reason,
                detail=refusal.detail,
            )
        case ReplyStatusChanged() as changed:
            return ReplyStatus(**_fields(changed))
        case _:
            return None


def _fields(data: ForAgent) -> dict[str, Any]:
    return data.model_dump(exclude=set(_ROUTING))


def _cause(event: Envelope[Contract], data: AgentBound) -> str | None:
    return own_id(event.cause, agent=data.agent) if event.cause else None
