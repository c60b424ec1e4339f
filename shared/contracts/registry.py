"""Every event of the wire, and how bytes become one of them."""

from collections.abc import Iterator
from typing import Any, Final

import orjson
from pydantic import BaseModel, ValidationError

from shared.contracts.accept_ticket_v1 import AcceptTicket
from shared.contracts.agent_card_v1 import AgentCard
from shared.contracts.agent_changed_v1 import AgentChanged
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.agent_typing_v1 import AgentTyping
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.base import MAX_RECORD_BYTES, Contract, Envelope, Wire
from shared.contracts.bot_transcript_v1 import BotTranscript
from shared.contracts.command_rejected_v1 import CommandRejected
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.customer_profile_changed_v1 import CustomerProfileChanged
from shared.contracts.customer_rated_v1 import CustomerRated
from shared.contracts.customer_typing_v1 import CustomerTyping
from shared.contracts.decline_ticket_v1 import DeclineTicket
from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.contracts.escalate_ticket_v1 import EscalateTicket
from shared.contracts.finish_wrap_up_v1 import FinishWrapUp
from shared.contracts.merge_ticket_v1 import MergeTicket
from shared.contracts.message_added_v1 import MessageAdded
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from shared.contracts.on_call_paged_v1 import OnCallPaged
from shared.contracts.open_task_v1 import OpenTask
from shared.contracts.park_ticket_v1 import ParkTicket
from shared.contracts.policy_published_v1 import PolicyPublished
from shared.contracts.provider_status_v1 import ProviderStatus
from shared.contracts.pull_ticket_v1 import PullTicket
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.reply_status_changed_v1 import ReplyStatusChanged
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.split_ticket_v1 import SplitTicket
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.ticket_merged_v1 import TicketMerged
from shared.contracts.ticket_moved_v1 import TicketMoved
from shared.contracts.ticket_opened_v1 import TicketOpened
from shared.contracts.ticket_profiled_v1 import TicketProfiled
from shared.contracts.ticket_split_v1 import TicketSplit
from shared.contracts.transfer_ticket_v1 import TransferTicket
from shared.contracts.turn_recorded_v1 import TurnRecorded

CONTRACTS: tuple[type[Contract], ...] = (
    MessageReceived,
    MessageEdited,
    MessageDeleted,
    CustomerLeft,
    CustomerRated,
    BotTranscript,
    CustomerProfileChanged,
    TicketOpened,
    MessageAdded,
    TicketProfiled,
    TicketMoved,
    AgentProfileChanged,
    NotifierHeartbeat,
    SetAgentState,
    AcceptTicket,
    DeclineTicket,
    ReplyToTicket,
    ResolveTicket,
    FinishWrapUp,
    ParkTicket,
    TransferTicket,
    EscalateTicket,
    OpenTask,
    MergeTicket,
    SplitTicket,
    PullTicket,
    AssignmentCard,
    AgentCard,
    CommandRejected,
    CustomerTyping,
    AgentTyping,
    ReplyRequested,
    DeliveryReported,
    ProviderStatus,
    ReplyStatusChanged,
    TicketChanged,
    TicketMerged,
    TicketSplit,
    AgentChanged,
    OnCallPaged,
    TurnRecorded,
    PolicyPublished,
)

_BY_NAME: Final[dict[tuple[str, int], type[Envelope[Any]]]] = {
    (contract.TYPE, contract.VERSION): Envelope[contract]  # type: ignore[valid-type]
    for contract in CONTRACTS
}


_MAX_PROBLEMS: Final = 8  # the message becomes a dead letter's header, which must stay small


class InvalidEvent(ValueError):
    """Bytes that are no event of ours. The message names the field and never quotes its value."""


def decode(raw: bytes | None) -> Envelope[Contract]:
    """Read one event.

    Raises InvalidEvent, and nothing else whatever the bytes: too many of them, no JSON, unknown
    type or version, a bad field.
    """
    raw = raw or b""
    if len(raw) > MAX_RECORD_BYTES:
        raise InvalidEvent(f"a record has at most {MAX_RECORD_BYTES} bytes, this one {len(raw)}")
    try:
        head = orjson.loads(raw)
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
        event: Envelope[Contract] = model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise InvalidEvent(complaint(error)) from None
    return event


def complaint(error: ValidationError) -> str:
    """What is wrong, field by field, without the values: they may be a customer's words.

    A key of a mapping is a value too, so what is no field of a wire model is written `*`.
    """
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{_place(problem['loc'])}: {problem['msg']}" for problem in problems[:_MAX_PROBLEMS]]
    if len(problems) > _MAX_PROBLEMS:
        told.append(f"and {len(problems) - _MAX_PROBLEMS} more")
    return "; ".join(told)


def _place(loc: tuple[int | str, ...]) -> str:
    parts = (part if isinstance(part, int) or part in _FIELDS else "*" for part in loc)
    return ".".join(map(str, parts)) or "event"


def _wire_models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _wire_models(model)


_FIELDS: Final = frozenset(name for model in _wire_models(Wire) for name in model.model_fields)
