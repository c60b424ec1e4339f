"""From the wire to the desk's language."""

import pytest

from services.router.dealer.inbox import read
from services.router.domain.agent import AgentState
from services.router.domain.events import (
    Accept,
    AgentProfiled,
    Decline,
    DeskEvent,
    EntryAdded,
    Escalate,
    FinishWrapUp,
    Merge,
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
from shared.contracts import Contract, InvalidEvent, encode, wrap
from shared.contracts.accept_ticket_v1 import AcceptTicket
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged, Shift
from shared.contracts.announcement import Announcement, Entry
from shared.contracts.card import AgentBound
from shared.contracts.command_rejected_v1 import CommandRejected
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
from shared.contracts.registry import CONTRACTS
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.split_ticket_v1 import SplitTicket
from shared.contracts.ticket_opened_v1 import TicketOpened
from shared.contracts.transfer_ticket_v1 import TransferTicket
from shared.messaging.records import Record
from shared.runtime.clock import utc
from tests.unit.desk_driver import NOON

ABOUT = {"desk": "main", "agent": "anna", "ticket": "t1", "assignment": 2}
ENTRY = Entry(
    message="web:x:m1",
    kind="edit",
    partition=3,
    offset=41,
    at=utc(NOON),
    identity="web:x:me",
    reopens=False,
)
ADDED = EntryAdded("e1", "t1", "web:x:m1", "edit", 3, 41, NOON, "web:x:me", reopens=False)
TOLD: list[tuple[Contract, DeskEvent]] = [
    (TicketOpened(desk="main", ticket="t1", entry=ENTRY), ADDED),
    (MessageAdded(desk="main", ticket="t1", entry=ENTRY), ADDED),
    (
        AgentProfileChanged(
            desk="main",
            agent="anna",
            name="Anna",
            skills={"lang.ru": 3},
            channels=("web", "web"),
            capacity=1.5,
            active=False,
        ),
        AgentProfiled("e1", "anna", "Anna", {"lang.ru": 3}, frozenset({"web"}), 1.5, active=False),
    ),
    (
        AgentProfileChanged(
            desk="main",
            agent="anna",
            skills={"lang.ru": 3},
            channels=("web",),
            capacity=1.5,
            shifts=(Shift(starts_at=utc(NOON), ends_at=utc(NOON + 60)),),
            new_hire_until=utc(NOON + 90),
        ),
        AgentProfiled(
            "e1",
            "anna",
            "",
            {"lang.ru": 3},
            frozenset({"web"}),
            1.5,
            active=True,
            shifts=((NOON, NOON + 60),),
            new_until=NOON + 90,
        ),
    ),
    (
        AgentProfileChanged(
            desk="main",
            agent="anna",
            skills={"lang.ru": 3},
            channels=("web",),
            capacity=1.5,
            keep_shifts=True,
        ),
        AgentProfiled(
            "e1",
            "anna",
            "",
            {"lang.ru": 3},
            frozenset({"web"}),
            1.5,
            active=True,
            keep_shifts=True,
        ),
    ),
    (
        NotifierHeartbeat(desk="main", notifier="n1", agents=("anna",), period_seconds=5),
        PresenceReported("e1", "n1", frozenset({"anna"}), 5.0),
    ),
    (
        SetAgentState(desk="main", agent="anna", state="break", reason="lunch"),
        SetState("e1", "anna", AgentState.BREAK, None, "lunch"),
    ),
    (
        SetAgentState(desk="main", agent="anna", state="ready", channels=()),
        SetState("e1", "anna", AgentState.READY, frozenset(), None),
    ),
    (AcceptTicket(**ABOUT), Accept("e1", "anna", "t1", 2)),
    (DeclineTicket(**ABOUT, reason="lunch"), Decline("e1", "anna", "t1", 2, "lunch")),
    (ReplyToTicket(**ABOUT, text="hello"), Reply("e1", "anna", "t1", 2, "hello")),
    (ResolveTicket(**ABOUT, seen="m9"), Resolve("e1", "anna", "t1", 2, "m9")),
    (FinishWrapUpWire(**ABOUT), FinishWrapUp("e1", "anna", "t1", 2)),
    (
        ParkTicket(**ABOUT, until=utc(NOON + 60), reason="payments"),
        Park("e1", "anna", "t1", 2, NOON + 60, "payments"),
    ),
    (
        TransferTicket(**ABOUT, to_agent="boris", note="see the third message"),
        Transfer("e1", "anna", "t1", 2, to_agent="boris", note="see the third message"),
    ),
    (
        TransferTicket(**ABOUT, to_queue="payments"),
        Transfer("e1", "anna", "t1", 2, to_queue="payments"),
    ),
    (
        TransferTicket(**ABOUT, to_desk="casino", to_queue="slots"),
        Transfer("e1", "anna", "t1", 2, to_queue="slots", to_desk="casino"),
    ),
    (
        EscalateTicket(**ABOUT, to_queue="complaints", note="she disagrees"),
        Escalate("e1", "anna", "t1", 2, to_queue="complaints", note="she disagrees"),
    ),
    (EscalateTicket(**ABOUT), Escalate("e1", "anna", "t1", 2)),
    (
        OpenTaskWire(**ABOUT, to_queue="kyc", note="check it", wait=False),
        OpenTask("e1", "anna", "t1", 2, "kyc", "check it", wait=False),
    ),
    (MergeTicket(**ABOUT, other="t2"), Merge("e1", "anna", "t1", 2, "t2")),
    (PullTicket(desk="main", agent="anna", ticket="t1"), Pull("e1", "anna", "t1")),
    (PullTicket(desk="main", agent="anna"), Pull("e1", "anna")),
    (SplitTicket(**ABOUT, other="t2"), Split("e1", "anna", "t1", 2, "t2")),
    (
        ReplyToTicket(**ABOUT, text="which?", seen="m1", awaits=True),
        Reply("e1", "anna", "t1", 2, "which?", seen="m1", awaits=True),
    ),
]


def record(data: Contract) -> Record:
    return Record(data.TOPIC, 0, 0, b"main", encode(wrap(data, id="e1", at=utc(NOON))), 0)


@pytest.mark.parametrize(("data", "meant"), TOLD, ids=lambda one: type(one).__name__)
def test_every_event_of_the_two_topics_is_understood(data: Contract, meant: DeskEvent) -> None:
    told = read(record(data))

    assert (told.desk, told.event) == ("main", meant)
    assert type(told.event) is type(meant)


def test_no_event_of_the_two_topics_is_left_out() -> None:
    ours = {one for one in CONTRACTS if issubclass(one, Announcement | DeskInput)}

    assert ours == {type(data) for data, _ in TOLD}


def test_an_event_of_another_topic_is_refused() -> None:
    other = CommandRejected(
        agent="a", shard=0, seq=1, n=0, command="c", reason="not_yours", detail="No."
    )
    assert isinstance(other, AgentBound)

    with pytest.raises(InvalidEvent, match="does not belong"):
        read(record(other))


@pytest.mark.parametrize(
    "to",
    [{}, {"to_agent": "boris", "to_queue": "payments"}, {"to_agent": "b", "to_desk": "casino"}],
)
def test_a_transfer_to_nobody_or_to_two_is_refused(to: dict[str, str]) -> None:
    with pytest.raises(InvalidEvent, match="to_agent, to_queue"):
        read(record(TransferTicket.model_validate(ABOUT | to)))


def test_a_shift_that_ends_before_it_begins_is_refused() -> None:
    shift = Shift(starts_at=utc(NOON), ends_at=utc(NOON))
    data = AgentProfileChanged(
        desk="main", agent="anna", skills={}, channels=(), capacity=1, shifts=(shift,)
    )

    with pytest.raises(InvalidEvent, match="shifts"):
        read(record(data))


def test_an_identity_nobody_could_reply_to_is_refused() -> None:
    entry = ENTRY.model_copy(update={"identity": "nobody"})

    with pytest.raises(InvalidEvent, match="identity"):
        read(record(TicketOpened(desk="main", ticket="t1", entry=entry)))
