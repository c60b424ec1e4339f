"""Every event of the wire, and how bytes become one of them."""

from typing import Any

import orjson
from pydantic import ValidationError

from shared.contracts.accept_ticket_v1 import AcceptTicket
from shared.contracts.agent_card_v1 import AgentCard
from shared.contracts.agent_changed_v1 import AgentChanged
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.base import Contract, Envelope
from shared.contracts.bot_transcript_v1 import BotTranscript
from shared.contracts.command_rejected_v1 import CommandRejected
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.decline_ticket_v1 import DeclineTicket
from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.contracts.finish_wrap_up_v1 import FinishWrapUp
from shared.contracts.message_added_v1 import MessageAdded
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.ticket_opened_v1 import TicketOpened
from shared.contracts.turn_recorded_v1 import TurnRecorded

CONTRACTS: tuple[type[Contract], ...] = (
    MessageReceived,
    MessageEdited,
    MessageDeleted,
    CustomerLeft,
    BotTranscript,
    TicketOpened,
    MessageAdded,
    AgentProfileChanged,
    NotifierHeartbeat,
    SetAgentState,
    AcceptTicket,
    DeclineTicket,
    ReplyToTicket,
    ResolveTicket,
    FinishWrapUp,
    AssignmentCard,
    AgentCard,
    CommandRejected,
    ReplyRequested,
    DeliveryReported,
    TicketChanged,
    AgentChanged,
    TurnRecorded,
)

_BY_NAME: dict[tuple[str, int], type[Envelope[Any]]] = {
    (contract.TYPE, contract.VERSION): Envelope[contract]  # type: ignore[valid-type]
    for contract in CONTRACTS
}


class InvalidEvent(ValueError):
    """Bytes that are no event of ours. The message names the field and never quotes its value."""


def decode(raw: bytes | None) -> Envelope[Contract]:
    """Read one event. Raises InvalidEvent: no JSON, unknown type or version, a bad field."""
    try:
        head = orjson.loads(raw or b"")
    except orjson.JSONDecodeError as error:
        raise InvalidEvent(f"not JSON: {error.msg} at byte {error.pos}") from None
    if not isinstance(head, dict):
        raise InvalidEvent("an event is a JSON object with id, type, version, at and data")
    name = (head.get("type"), head.get("version"))
    try:
        model = _BY_NAME[name]  # type: ignore[index]
    except (KeyError, TypeError):
        raise InvalidEvent(
            "type and version name no event we know; see docs/asyncapi.yaml"
        ) from None
    try:
        event: Envelope[Contract] = model.model_validate(head)
    except ValidationError as error:
        raise InvalidEvent(complaint(error)) from None
    return event


def complaint(error: ValidationError) -> str:
    """What is wrong, field by field, without the values: they may be a customer's words."""
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    )
