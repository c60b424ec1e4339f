"""What an agent says, and what the dealer hears."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from services.notifier.commands import CommandDesk, event_of, own_id, wire_id
from services.notifier.protocol.client import AnyCommand, Command, Misspoken, parse
from services.notifier.protocol.server import Ack, Nack
from shared.contracts import Contract
from shared.contracts.accept_ticket_v1 import AcceptTicket
from shared.contracts.decline_ticket_v1 import DeclineTicket
from shared.contracts.escalate_ticket_v1 import EscalateTicket
from shared.contracts.finish_wrap_up_v1 import FinishWrapUp
from shared.contracts.merge_ticket_v1 import MergeTicket
from shared.contracts.open_task_v1 import OpenTask
from shared.contracts.park_ticket_v1 import ParkTicket
from shared.contracts.pull_ticket_v1 import PullTicket
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.split_ticket_v1 import SplitTicket
from shared.contracts.transfer_ticket_v1 import TransferTicket
from shared.runtime.clock import utc
from tests.fakes.clock import HandClock
from tests.fakes.publisher import FakePublisher
from tests.unit.notifier_cards import a_connection


def said(**changes: object) -> AnyCommand:
    whole = {"type": "command", "id": "c-1", "do": "accept", "ticket": "T1", "assignment": 2}
    command = parse(json.dumps(whole | changes))
    assert isinstance(command, Command)
    return command


def heard(command: AnyCommand) -> Contract:
    return event_of(command, agent="lina", desk="vip", at=utc(1_790_000_000.0)).data


async def test_a_command_goes_to_the_agent_s_desk_under_an_id_of_the_agent() -> None:
    publisher = FakePublisher()
    desk = CommandDesk(publisher=publisher, clock=HandClock())
    assert await desk.carry(said(), of=a_connection("lina", "vip")) == Ack(id="c-1")
    (event,) = publisher.events
    assert event.id == "lina/c-1"
    assert event.data == AcceptTicket(agent="lina", desk="vip", ticket="T1", assignment=2)


async def test_a_repeated_command_is_published_again_under_the_same_id() -> None:
    publisher = FakePublisher()
    desk = CommandDesk(publisher=publisher, clock=HandClock())
    for _ in range(2):
        await desk.carry(said(), of=a_connection())
    assert [event.id for event in publisher.events] == ["lina/c-1", "lina/c-1"]


async def test_there_is_no_ack_before_the_broker_s() -> None:
    publisher = FakePublisher()
    publisher.mode = "hold"
    desk = CommandDesk(publisher=publisher, clock=HandClock())
    carrying = asyncio.create_task(desk.carry(said(), of=a_connection()))
    await publisher.waiting.wait()
    assert not carrying.done()
    publisher.release.set()
    assert await carrying == Ack(id="c-1")


async def test_what_the_broker_did_not_confirm_is_to_be_said_again() -> None:
    publisher = FakePublisher()
    publisher.mode = "fail"
    desk = CommandDesk(publisher=publisher, clock=HandClock())
    answer = await desk.carry(said(), of=a_connection())
    assert isinstance(answer, Nack)
    assert answer.reason == "not_confirmed"
    assert answer.retry_after_seconds > 0


def test_card_numbers_in_a_reply_are_masked_at_the_door() -> None:
    reply = heard(said(do="reply", text="your card 4111 1111 1111 1111", seen="m1"))
    assert isinstance(reply, ReplyToTicket)
    assert "4111 1111" not in reply.text
    assert reply.seen == "m1"


def test_card_numbers_in_a_reason_are_masked_too() -> None:
    decline = heard(said(do="decline", reason="4111111111111111"))
    state = heard(parse_state(state="break", reason="4111111111111111"))
    assert isinstance(decline, DeclineTicket)
    assert isinstance(state, SetAgentState)
    assert "41111111" not in f"{decline.reason} {state.reason}"


def test_resolving_and_finishing_name_ticket_and_assignment() -> None:
    about = {"agent": "lina", "desk": "vip", "ticket": "T1", "assignment": 2}
    assert heard(said(do="resolve", seen="m9")) == ResolveTicket(**about, seen="m9")
    assert heard(said(do="finish_wrap_up")) == FinishWrapUp(**about)


def test_a_question_back_says_that_it_awaits_an_answer() -> None:
    reply = heard(said(do="reply", text="which card?", seen="m1", awaits=True))
    assert isinstance(reply, ReplyToTicket)
    assert reply.awaits


@pytest.mark.parametrize(("do", "contract"), [("merge", MergeTicket), ("split", SplitTicket)])
def test_merging_and_splitting_name_the_other_ticket(
    do: str, contract: type[MergeTicket | SplitTicket]
) -> None:
    joined = heard(said(do=do, other="t-2"))
    assert isinstance(joined, contract)
    assert joined.other == "t-2"


def test_a_pull_names_a_ticket_or_leaves_it_to_the_desk() -> None:
    about = {"agent": "lina", "desk": "vip"}
    for ticket in ({"ticket": "T1"}, {}):
        command = parse(json.dumps({"type": "command", "id": "c-1", "do": "pull", **ticket}))
        assert isinstance(command, Command)
        assert heard(command) == PullTicket(**about, **ticket)


def test_parking_names_the_time_and_masks_the_reason() -> None:
    parked = heard(
        said(do="park", until="2026-11-22T14:00:00+02:00", reason="card 4111 1111 1111 1111")
    )
    assert isinstance(parked, ParkTicket)
    assert parked.until == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert "4111 1111" not in parked.reason


def test_a_transfer_names_one_to_go_to_and_masks_the_note() -> None:
    about = {"agent": "lina", "desk": "vip", "ticket": "T1", "assignment": 2}
    given = heard(said(do="transfer", to_agent="ada", note="card 4111 1111 1111 1111"))
    assert isinstance(given, TransferTicket)
    assert (given.to_agent, given.to_queue) == ("ada", None)
    assert "4111 1111" not in (given.note or "")
    assert heard(said(do="transfer", to_queue="vip")) == TransferTicket(**about, to_queue="vip")
    there = {"to_desk": "casino", "to_queue": "slots"}
    assert heard(said(do="transfer", **there)) == TransferTicket(**about, **there)


def test_a_task_names_its_queue_and_masks_the_note() -> None:
    about = {"agent": "lina", "desk": "vip", "ticket": "T1", "assignment": 2}
    asked = {"to_queue": "kyc", "note": "look"}
    assert heard(said(do="open_task", **asked)) == OpenTask.model_validate(about | asked)
    given = heard(said(do="open_task", to_queue="kyc", note="card 4111 1111 1111 1111", wait=False))
    assert isinstance(given, OpenTask)
    assert (given.note, given.wait) == ("card [card …1111]", False)


def test_a_re_review_may_name_its_queue_and_masks_the_note() -> None:
    about = {"agent": "lina", "desk": "vip", "ticket": "T1", "assignment": 2}
    assert heard(said(do="escalate")) == EscalateTicket(**about)
    given = heard(said(do="escalate", to_queue="vip", note="card 4111 1111 1111 1111"))
    assert isinstance(given, EscalateTicket)
    assert given.to_queue == "vip"
    assert "4111 1111" not in (given.note or "")


def test_absent_channels_mean_all_of_the_profile() -> None:
    state = heard(parse_state(state="ready"))
    assert isinstance(state, SetAgentState)
    assert state.channels is None


def test_only_an_agent_s_own_commands_are_named_back() -> None:
    assert own_id(wire_id("c-1", agent="lina"), agent="lina") == "c-1"
    assert own_id(wire_id("c-1", agent="ada"), agent="lina") is None
    assert own_id("telegram:a:1", agent="lina") is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"assignment": 0}, "assignment"),
        ({"assignment": "2"}, "assignment"),
        ({"ticket": ""}, "ticket"),
        ({"ticket": "a\nb"}, "ticket"),
        ({"id": "x" * 65}, "id"),
        ({"id": "has space"}, "id"),
        ({"agent": "ada"}, "agent"),
        ({"desk": "vip"}, "desk"),
        ({"do": "steal"}, "do"),
        ({"do": "resolve"}, "seen"),
        ({"do": "reply", "text": ""}, "text"),
        ({"do": "park", "until": "2026-11-22T14:00:00", "reason": "x"}, "until"),
        ({"do": "park", "until": 1_790_000_000, "reason": "x"}, "until"),
        ({"do": "park", "until": "2026-11-22T14:00:00Z", "reason": ""}, "reason"),
        ({"do": "transfer"}, "to_agent alone"),
        ({"do": "transfer", "to_agent": "ada", "to_queue": "vip"}, "to_agent alone"),
        ({"do": "transfer", "to_agent": "ada", "to_desk": "casino"}, "to_agent alone"),
        ({"do": "transfer", "to_queue": "vip", "note": "x" * 1025}, "note"),
        ({"do": "escalate", "to_agent": "ada"}, "to_agent"),
        ({"do": "escalate", "note": "x" * 1025}, "note"),
        ({"do": "open_task", "to_queue": "kyc", "note": ""}, "note"),
        ({"do": "open_task", "note": "look"}, "to_queue"),
    ],
)
def test_a_wrong_command_is_refused_and_the_field_is_named(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Misspoken, match=field):
        said(**changes)


def test_a_wrong_command_s_id_is_known_where_it_can_be_read() -> None:
    with pytest.raises(Misspoken) as raised:
        said(assignment=0)
    assert raised.value.id == "c-1"


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "\x00", '{"type":"x"}', '{"id":7}'])
def test_what_is_no_message_is_refused_and_has_no_id(text: str) -> None:
    with pytest.raises(Misspoken) as raised:
        parse(text)
    assert raised.value.id is None


def parse_state(**fields: str) -> AnyCommand:
    state = parse(json.dumps({"type": "command", "id": "c-2", "do": "set_state", **fields}))
    assert isinstance(state, Command)
    return state
