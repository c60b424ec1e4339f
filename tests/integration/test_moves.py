"""A ticket goes to a desk of another shard: dealt there with its age, and no message is lost."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.contracts.announcement import Entry
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.message_added_v1 import MessageAdded
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.transfer_ticket_v1 import TransferTicket
from shared.contracts.turn_recorded_v1 import TurnRecorded
from shared.messaging.partition import partition_of
from shared.runtime.clock import utc
from tests.integration.dealer_world import DESK, POLICY, World
from tests.integration.explaining import explained, explaining

pytestmark = pytest.mark.stack


async def test_a_ticket_sent_to_a_desk_of_another_shard_is_dealt_there_with_its_age(
    world: World, tmp_path: Path
) -> None:
    there = elsewhere(world)
    async with explaining(world, router_policy=two_desks(tmp_path, there)) as client:
        await world.staff("anna")
        await world.staff("dora", desk=there)
        await world.dealt_and_accepted("t1")
        before = await world.store["tickets"].find_one({"_id": "t1"})
        await hand_on(world, there)
        card = await world.said(AssignmentCard, lambda card: card.desk == there)
        told = await explained(client, "t1", lambda told: told.state == "offered", agent="dora")

    assert (card.agent, card.ticket, card.assignment, card.state) == ("dora", "t1", 2, "offered")
    assert card.opened_at.timestamp() == pytest.approx(before["opened_at"], abs=0.001)
    after = await world.store["tickets"].find_one({"_id": "t1"})
    assert (after["desk"], after["queued_at"], after["moves"]) == (there, before["queued_at"], 1)
    said = [moment.says for moment in told.moments]
    assert said[0] == f"opened at the desk {DESK}: web"
    assert said[-3:] == [
        f"anna handed it on to the desk {there}",
        f"it waits at the desk {there} now, where it came from the desk {DESK}",
        "offered to dora",
    ]
    [first, _] = [moment for moment in told.moments if moment.on == "dealt"]
    assert first.why_not is not None
    assert first.why_not.rule in {"unknown", "unrecorded"}
    assert not [record for record in world.heard if record.topic.endswith(".dlq")]


async def test_messages_arrive_once_each_and_in_order_though_one_overtakes_another(
    world: World, tmp_path: Path
) -> None:
    there = elsewhere(world)
    async with world.dealer(router_policy=two_desks(tmp_path, there)):
        await world.staff("anna")
        await world.dealt_and_accepted("t1")
        await hand_on(world, there)
        await world.said(TicketChanged, lambda each: each.desk == there)
        await wrote(world, 5, desk=DESK, announced=False)
        await wrote(world, 6, desk=there)
        turn = await world.said(TurnRecorded, lambda turn: bool(turn.overtaken))
        await announce(world, 5, desk=DESK)
        await wrote(world, 7, desk=DESK)
        await world.said(TicketChanged, lambda each: _is_one_entry(each, there))

    doc = await world.store["tickets"].find_one({"_id": "t1"})
    assert (doc["entries"], doc["seen"]["0"], doc["last_message"]) == (4, 7, "web:main:t1-m7")
    assert [each.offset for each in turn.overtaken or ()] == [5]
    assert not [record for record in world.heard if record.topic.endswith(".dlq")]


def _is_one_entry(change: TicketChanged, desk: str) -> bool:
    """Whether one message came in a turn of the desk, and nothing else: the last one did."""
    return change.desk == desk and [each.on for each in change.steps] == ["entry_added"]


def elsewhere(world: World) -> str:
    """A desk of another shard."""
    names = (f"desk-{number}" for number in range(999))
    return next(
        name for name in names if partition_of(name.encode(), world.partitions) != world.shard
    )


def two_desks(path: Path, other: str) -> Path:
    """The policy with a second desk like the first."""
    text = POLICY.read_text()
    head, _, desk = text.partition(f"  {DESK}:\n")
    policy = path / "policy.yaml"
    policy.write_text(f"{text.rstrip()}\n  {other}:\n{_section(desk)}")
    assert head
    return policy


def _section(desk: str) -> str:
    """All that is indented below a desk's name."""
    lines = []
    for line in desk.splitlines(keepends=True):
        if line.strip() and not line.startswith("   "):
            break
        lines.append(line)
    return "".join(lines)


async def hand_on(world: World, desk: str) -> None:
    """By Anna, who has it."""
    about = {"desk": DESK, "agent": "anna", "ticket": "t1", "assignment": 1}
    await world.tell(TransferTicket.model_validate({**about, "to_desk": desk, "note": "yours"}))


async def wrote(world: World, offset: int, *, desk: str, announced: bool = True) -> None:
    """What the sorter does for a further message; its desk is the one that it knew."""
    message = f"web:main:t1-m{offset}"
    await world.store["messages"].insert_one(
        {
            "_id": message,
            "ticket": "t1",
            "kind": "message",
            "desk": desk,
            "partition": 0,
            "offset": offset,
            "at": 0.0,
            "stored_at": datetime.now(UTC),
            "identity": "web:main:t1",
            "reopens": True,
        }
    )
    if announced:
        await announce(world, offset, desk=desk)


async def announce(world: World, offset: int, *, desk: str) -> None:
    entry = Entry(
        message=f"web:main:t1-m{offset}",
        kind="message",
        partition=0,
        offset=offset,
        at=utc(0),
        identity="web:main:t1",
    )
    await world.tell(MessageAdded(ticket="t1", desk=desk, entry=entry))
