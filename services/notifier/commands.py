"""An agent's words as commands for the dealer.

Published to `support.agents.v1` under the desk. The agent is the socket's, never the message's.
The envelope's id is the client's id of the command after the agent's, so that two agents cannot
have the same; a repeated command has the same id and the dealer carries it out once.
"""

from datetime import datetime
from typing import Final

from services.notifier.connection import Connection
from services.notifier.protocol.client import (
    Accept,
    AnyCommand,
    AnyTicketCommand,
    Decline,
    Escalate,
    FinishWrapUp,
    Merge,
    OpenTask,
    Park,
    Pull,
    Reply,
    Resolve,
    SetState,
    Split,
    Transfer,
)
from services.notifier.protocol.server import Ack, Nack
from shared.contracts import wrap
from shared.contracts.accept_ticket_v1 import AcceptTicket
from shared.contracts.base import Envelope
from shared.contracts.decline_ticket_v1 import DeclineTicket
from shared.contracts.desk_input import AgentCommand, TicketCommand
from shared.contracts.escalate_ticket_v1 import EscalateTicket
from shared.contracts.finish_wrap_up_v1 import FinishWrapUp as FinishWrapUpWire
from shared.contracts.merge_ticket_v1 import MergeTicket
from shared.contracts.open_task_v1 import OpenTask as OpenTaskWire
from shared.contracts.park_ticket_v1 import ParkTicket
from shared.contracts.pull_ticket_v1 import PullTicket
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.split_ticket_v1 import SplitTicket
from shared.contracts.transfer_ticket_v1 import TransferTicket
from shared.messaging.records import Publisher, PublishFailed, outgoing
from shared.privacy.mask import mask
from shared.runtime import failpoints
from shared.runtime.clock import Clock, utc

RETRY_SECONDS = 2.0

_CONTRACTS: Final[dict[type[AnyTicketCommand], type[TicketCommand]]] = {
    Accept: AcceptTicket,
    Decline: DeclineTicket,
    Reply: ReplyToTicket,
    Resolve: ResolveTicket,
    FinishWrapUp: FinishWrapUpWire,
    Park: ParkTicket,
    Transfer: TransferTicket,
    Escalate: EscalateTicket,
    OpenTask: OpenTaskWire,
    Merge: MergeTicket,
    Split: SplitTicket,
}


class CommandDesk:
    """Takes commands to the broker."""

    def __init__(self, *, publisher: Publisher, clock: Clock) -> None:
        self._publisher = publisher
        self._clock = clock

    async def carry(self, command: AnyCommand, *, of: Connection) -> Ack | Nack:
        """Publish, and say so only after the broker did."""
        event = event_of(command, agent=of.agent, desk=of.desk, at=utc(self._clock.now()))
        failpoints.hit("notifier.before_publish")
        try:
            await self._publisher.publish([outgoing(event)])
        except PublishFailed:
            return Nack(id=command.id, reason="not_confirmed", retry_after_seconds=RETRY_SECONDS)
        failpoints.hit("notifier.after_publish")
        return Ack(id=command.id)


def event_of(command: AnyCommand, *, agent: str, desk: str, at: datetime) -> Envelope[AgentCommand]:
    """The command on the wire. This is a door: card numbers in what the agent wrote are masked."""
    return wrap(_data(command, agent=agent, desk=desk), id=wire_id(command.id, agent=agent), at=at)


def wire_id(command: str, *, agent: str) -> str:
    """The envelope's id of an agent's command."""
    return f"{agent}/{command}"


def own_id(cause: str, *, agent: str) -> str | None:
    """The client's id of a command, when the cause is a command of this agent."""
    prefix = f"{agent}/"
    return cause.removeprefix(prefix) if cause.startswith(prefix) else None


def _data(command: AnyCommand, *, agent: str, desk: str) -> AgentCommand:
    if isinstance(command, SetState):
        return SetAgentState(
            agent=agent,
            desk=desk,
            state=command.state,
            channels=command.channels,
            reason=_masked(command.reason),
        )
    if isinstance(command, Pull):
        return PullTicket(agent=agent, desk=desk, ticket=command.ticket)
    about: dict[str, object] = {
        "agent": agent,
        "desk": desk,
        "ticket": command.ticket,
        "assignment": command.assignment,
    }
    return _CONTRACTS[type(command)].model_validate(about | _said(command))


def _said(command: AnyTicketCommand) -> dict[str, object]:
    """What it says beyond which ticket it is about."""
    match command:
        case Decline():
            return {"reason": _masked(command.reason)}
        case Reply():
            text = mask(command.text).text
            return {"text": text, "seen": command.seen, "awaits": command.awaits}
        case Resolve() | Merge() | Split():
            return command.model_dump(include={"seen", "other"})
        case Park():
            return {"until": command.until, "reason": _masked(command.reason)}
        case Transfer() | Escalate() | OpenTask():
            to = command.model_dump(include={"to_agent", "to_queue", "to_desk", "wait"})
            return {**to, "note": _masked(command.note)}
        case _:
            return {}


def _masked(words: str | None) -> str | None:
    return None if words is None else mask(words).text
