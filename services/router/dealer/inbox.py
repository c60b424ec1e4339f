"""From the wire to the desk's language: what a record of the dealer's two topics means."""

from collections.abc import Callable
from typing import Any, NamedTuple

from services.router.domain.agent import AgentState
from services.router.domain.events import (
    Accept,
    AgentProfiled,
    CustomerProfiled,
    Decline,
    DeskEvent,
    EntryAdded,
    Escalate,
    FinishWrapUp,
    Merge,
    Moved,
    OpenTask,
    Park,
    PresenceReported,
    Pull,
    Reply,
    Resolve,
    SetState,
    Split,
    Transfer,
)
from shared.contracts import Contract, Envelope, Identity, InvalidEvent, decode
from shared.contracts.accept_ticket_v1 import AcceptTicket
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged, Shift
from shared.contracts.announcement import Announcement, TicketNews
from shared.contracts.decline_ticket_v1 import DeclineTicket
from shared.contracts.desk_input import DeskInput
from shared.contracts.escalate_ticket_v1 import EscalateTicket
from shared.contracts.finish_wrap_up_v1 import FinishWrapUp as FinishWrapUpWire
from shared.contracts.merge_ticket_v1 import MergeTicket
from shared.contracts.message_added_v1 import MessageAdded
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from shared.contracts.open_task_v1 import OpenTask as OpenTaskWire
from shared.contracts.park_ticket_v1 import ParkTicket
from shared.contracts.pull_ticket_v1 import PullTicket
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.split_ticket_v1 import SplitTicket
from shared.contracts.ticket_moved_v1 import TicketMoved
from shared.contracts.ticket_opened_v1 import TicketOpened
from shared.contracts.ticket_profiled_v1 import TicketProfiled
from shared.contracts.transfer_ticket_v1 import TransferTicket
from shared.messaging.records import Record


class Told(NamedTuple):
    """One record, understood: what to tell which desk."""

    record: Record
    desk: str
    event: DeskEvent


def read(record: Record) -> Told:
    """Raises InvalidEvent: no event of ours, one that does not belong on this topic, or one that
    could never be answered."""
    envelope = decode(record.value)
    data = envelope.data
    if not isinstance(data, TicketNews | DeskInput):
        raise InvalidEvent(f"type: {envelope.type} does not belong on {data.TOPIC}'s dealer")
    return Told(record, data.desk, _TRANSLATE[type(data)](envelope))


def _entry_added(envelope: Envelope[Any]) -> EntryAdded:
    data: Announcement = envelope.data
    entry = data.entry
    _check_identity(entry.identity)
    return EntryAdded(
        id=envelope.id,
        ticket=data.ticket,
        message=entry.message,
        kind=entry.kind,
        partition=entry.partition,
        offset=entry.offset,
        at=entry.at.timestamp(),
        identity=entry.identity,
        reopens=entry.reopens,
        rating=entry.rating or 0,
    )


def _check_identity(identity: str) -> None:
    """Replies go there; better refused now than when an agent answers."""
    try:
        Identity.parse(identity)
    except ValueError as error:
        raise InvalidEvent(f"identity: {error}") from None


def _customer_profiled(envelope: Envelope[Any]) -> CustomerProfiled:
    data: TicketProfiled = envelope.data
    matter = data.matter or ""
    return CustomerProfiled(envelope.id, data.ticket, data.version, data.tier, data.hosts, matter)


def _moved(envelope: Envelope[Any]) -> Moved:
    return Moved(envelope.id, envelope.data.ticket)


def _agent_profiled(envelope: Envelope[Any]) -> AgentProfiled:
    data: AgentProfileChanged = envelope.data
    shifts = None if data.shifts is None else tuple(map(_shift, data.shifts))
    return AgentProfiled(
        id=envelope.id,
        agent=data.agent,
        name=data.name,
        skills=dict(data.skills),
        channels=frozenset(data.channels),
        capacity=data.capacity,
        active=data.active,
        shifts=shifts,
        new_until=0.0 if data.new_hire_until is None else data.new_hire_until.timestamp(),
        keep_shifts=bool(data.keep_shifts),
    )


def _shift(shift: Shift) -> tuple[float, float]:
    if shift.starts_at >= shift.ends_at:
        raise InvalidEvent("shifts: one ends before it begins")
    return shift.starts_at.timestamp(), shift.ends_at.timestamp()


def _presence_reported(envelope: Envelope[Any]) -> PresenceReported:
    data: NotifierHeartbeat = envelope.data
    return PresenceReported(
        id=envelope.id,
        notifier=data.notifier,
        agents=frozenset(data.agents),
        period_seconds=data.period_seconds,
    )


def _set_state(envelope: Envelope[Any]) -> SetState:
    data: SetAgentState = envelope.data
    return SetState(
        id=envelope.id,
        agent=data.agent,
        state=AgentState(data.state),
        channels=None if data.channels is None else frozenset(data.channels),
        reason=data.reason,
    )


def _accept(envelope: Envelope[Any]) -> Accept:
    data: AcceptTicket = envelope.data
    return Accept(envelope.id, data.agent, data.ticket, data.assignment)


def _decline(envelope: Envelope[Any]) -> Decline:
    data: DeclineTicket = envelope.data
    return Decline(envelope.id, data.agent, data.ticket, data.assignment, data.reason)


def _reply(envelope: Envelope[Any]) -> Reply:
    data: ReplyToTicket = envelope.data
    return Reply(
        envelope.id,
        data.agent,
        data.ticket,
        data.assignment,
        data.text,
        seen=data.seen,
        awaits=data.awaits,
    )


def _resolve(envelope: Envelope[Any]) -> Resolve:
    data: ResolveTicket = envelope.data
    return Resolve(envelope.id, data.agent, data.ticket, data.assignment, data.seen)


def _finish_wrap_up(envelope: Envelope[Any]) -> FinishWrapUp:
    data: FinishWrapUpWire = envelope.data
    return FinishWrapUp(envelope.id, data.agent, data.ticket, data.assignment)


def _park(envelope: Envelope[Any]) -> Park:
    data: ParkTicket = envelope.data
    until = data.until.timestamp()
    return Park(envelope.id, data.agent, data.ticket, data.assignment, until, data.reason)


def _transfer(envelope: Envelope[Any]) -> Transfer:
    data: TransferTicket = envelope.data
    elsewhere = data.to_queue is not None or data.to_desk is not None
    if (data.to_agent is not None) == elsewhere:
        raise InvalidEvent("to_agent, to_queue, to_desk: one must be there, and to_agent alone")
    return Transfer(
        envelope.id,
        data.agent,
        data.ticket,
        data.assignment,
        to_agent=data.to_agent,
        to_queue=data.to_queue,
        note=data.note,
        to_desk=data.to_desk,
    )


def _escalate(envelope: Envelope[Any]) -> Escalate:
    data: EscalateTicket = envelope.data
    about = (envelope.id, data.agent, data.ticket, data.assignment)
    return Escalate(*about, to_queue=data.to_queue, note=data.note)


def _open_task(envelope: Envelope[Any]) -> OpenTask:
    data: OpenTaskWire = envelope.data
    about = (envelope.id, data.agent, data.ticket, data.assignment)
    return OpenTask(*about, data.to_queue, data.note, data.wait)


def _merge(envelope: Envelope[Any]) -> Merge:
    data: MergeTicket = envelope.data
    return Merge(envelope.id, data.agent, data.ticket, data.assignment, data.other)


def _split(envelope: Envelope[Any]) -> Split:
    data: SplitTicket = envelope.data
    return Split(envelope.id, data.agent, data.ticket, data.assignment, data.other)


def _pull(envelope: Envelope[Any]) -> Pull:
    data: PullTicket = envelope.data
    return Pull(envelope.id, data.agent, data.ticket or "")


_TRANSLATE: dict[type[Contract], Callable[[Envelope[Any]], DeskEvent]] = {
    TicketOpened: _entry_added,
    MessageAdded: _entry_added,
    TicketProfiled: _customer_profiled,
    TicketMoved: _moved,
    AgentProfileChanged: _agent_profiled,
    NotifierHeartbeat: _presence_reported,
    SetAgentState: _set_state,
    AcceptTicket: _accept,
    DeclineTicket: _decline,
    ReplyToTicket: _reply,
    ResolveTicket: _resolve,
    FinishWrapUpWire: _finish_wrap_up,
    ParkTicket: _park,
    TransferTicket: _transfer,
    EscalateTicket: _escalate,
    OpenTaskWire: _open_task,
    MergeTicket: _merge,
    SplitTicket: _split,
    PullTicket: _pull,
}
