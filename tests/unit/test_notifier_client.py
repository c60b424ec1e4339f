"""The client that command line, demo, tests and benchmark share."""

import asyncio
from typing import Any

import pytest

from cli.agent_commands import Commands, Rejected
from cli.agent_desk import AgentDesk, Message
from tests.fakes.clock import settle
from tests.unit.notifier_cards import SHARD, card


def snapshot(*cards: Message, seq: int = 10, shard: int = SHARD, state: str = "ready") -> Message:
    return {
        "type": "snapshot",
        "shard": shard,
        "seq": seq,
        "agent": {"shard": shard, "seq": seq, "n": 0, "state": state},
        "cards": list(cards),
    }


def shown(ticket: str = "T1", *, cause: str | None = None, **changes: Any) -> Message:
    body = card(ticket, **changes).model_dump(mode="json")
    return {"type": "card", "card": body} | ({"cause": cause} if cause else {})


def body(ticket: str = "T1", **changes: Any) -> Message:
    found: Message = shown(ticket, **changes)["card"]
    return found


def a_desk(*messages: Message) -> AgentDesk:
    desk = AgentDesk("lina")
    for message in messages:
        desk.apply(message)
    return desk


def test_nothing_is_believed_before_the_first_snapshot() -> None:
    assert a_desk(shown(seq=11)).cards == {}


def test_a_repeated_card_a_zombie_s_and_another_shard_s_are_dropped() -> None:
    desk = a_desk(snapshot(seq=10))
    assert desk.apply(shown("zombie", seq=10, n=5)) == []
    assert desk.apply(shown("elsewhere", seq=99, shard=SHARD + 1)) == []
    assert len(desk.apply(shown("T1", seq=11))) == 1
    assert desk.apply(shown("T1", seq=11)) == []
    assert list(desk.cards) == ["T1"]


def test_a_card_the_snapshot_was_ahead_of_is_dropped() -> None:
    desk = a_desk(snapshot(body(seq=12, state="accepted"), seq=10))
    assert desk.apply(shown(seq=11, state="offered")) == []
    assert desk.cards["T1"]["state"] == "accepted"


def test_the_log_shows_a_ticket_come_change_and_go() -> None:
    desk = a_desk(snapshot())
    steps = [
        step
        for message in (
            shown(seq=11, state="offered"),
            shown(seq=12, state="accepted"),
            shown(seq=13, state="gone"),
        )
        for step in desk.apply(message)
    ]
    assert [(step.state, step.seq) for step in steps] == [
        ("offered", 11),
        ("accepted", 12),
        ("gone", 13),
    ]
    assert desk.cards == {}


def test_what_a_snapshot_no_longer_has_is_logged_as_gone_and_a_new_offer_as_another() -> None:
    desk = a_desk(snapshot(body("T1"), body("T2", assignment=1)))
    steps = desk.apply(snapshot(body("T2", assignment=2), seq=20))
    assert [(step.ticket, step.assignment, step.state) for step in steps] == [
        ("T1", 1, "gone"),
        ("T2", 1, "gone"),
        ("T2", 2, "offered"),
    ]


class Line:
    """The commands of a client and what they put on the socket."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.commands = Commands(self.sent.append)

    async def start(self, do: str, **fields: Any) -> "tuple[str, asyncio.Task[None]]":
        """The command's id, and its end."""
        task = asyncio.create_task(self.commands.carry_out(do, **fields))
        await settle()
        return self.sent[-1]["id"], task


async def test_a_command_is_done_when_a_card_answers_it() -> None:
    line = Line()
    id, accepting = await line.start("accept", ticket="T1", assignment=1)
    line.commands.hear({"type": "ack", "id": id}, a_desk())
    await settle()
    assert not accepting.done()
    line.commands.hear(shown(state="accepted", cause=id), a_desk())
    await accepting


async def test_a_rejected_command_raises_with_the_reason() -> None:
    line = Line()
    id, resolving = await line.start("resolve", ticket="T1", assignment=1, seen="m1")
    refusal = {"type": "rejected", "command": id, "reason": "unseen_message", "detail": "look"}
    line.commands.hear(refusal, a_desk())
    with pytest.raises(Rejected) as raised:
        await resolving
    assert raised.value.reason == "unseen_message"


async def test_after_a_nack_the_command_is_repeated_under_its_id() -> None:
    line = Line()
    id, accepting = await line.start("accept", ticket="T1", assignment=1)
    line.commands.hear({"type": "nack", "id": id, "retry_after_seconds": 0.0}, a_desk())
    await settle()
    assert [message["id"] for message in line.sent] == [id, id]
    accepting.cancel()


@pytest.mark.parametrize(
    ("do", "cards", "shows"),
    [
        ("accept", [body(state="accepted")], True),
        ("accept", [body(state="offered")], False),
        ("accept", [], False),
        ("decline", [], True),
        ("decline", [body(assignment=2)], True),
        ("decline", [body()], False),
        ("resolve", [body(state="wrap_up")], True),
        ("resolve", [], True),
        ("resolve", [body(state="accepted")], False),
        ("finish_wrap_up", [], True),
        ("finish_wrap_up", [body(state="wrap_up")], False),
        ("park", [], True),
        ("park", [body(state="accepted")], False),
        ("transfer", [body(assignment=2)], True),
        ("transfer", [body(state="accepted")], False),
        ("escalate", [body(assignment=2)], True),
        ("escalate", [body(state="wrap_up")], False),
        ("open_task", [body(assignment=2)], True),
        ("merge", [body(state="accepted", merged=("T2",))], True),
        ("merge", [body(state="accepted")], False),
        ("split", [body(state="accepted")], True),
        ("split", [body(state="accepted", merged=("T2",))], False),
        ("split", [], False),
        ("pull", [body(state="accepted")], True),
        ("pull", [body(state="offered")], False),
        ("pull", [], False),
        ("reply", [body(state="accepted")], False),
    ],
)
async def test_after_a_snapshot_only_a_command_without_effect_is_repeated(
    do: str, cards: list[Message], shows: bool
) -> None:
    line = Line()
    id, task = await line.start(do, ticket="T1", assignment=1, other="T2")
    fresh = snapshot(*cards)
    line.commands.hear(fresh, a_desk(fresh))
    await settle()
    assert task.done() is shows
    assert [message["id"] for message in line.sent] == ([id] if shows else [id, id])
    task.cancel()
