"""What the dealer may rely on, of the store in memory and of the real one with either driver."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import bson
import pytest
from bson.errors import BSONError
from hypothesis import given

from services.router.adapters.documents import (
    agent_doc,
    agent_from,
    task_doc,
    ticket_from,
    ticket_update,
)
from services.router.adapters.mongo_shards import MongoShardStore
from services.router.adapters.shard_documents import shard_fields, shard_from
from services.router.domain.agent import Agent, AgentState
from services.router.domain.bond import ALONE
from services.router.domain.events import EntryAdded
from services.router.domain.tasks import UNTIED, Tasks
from services.router.domain.ticket import Ticket, TicketState
from services.router.ports import (
    AgentWrite,
    FenceLost,
    Head,
    Mismatch,
    ShardState,
    ShardStore,
    Stamp,
    StoredTicket,
    TicketWrite,
    Trouble,
    TurnWrite,
)
from shared.messaging.records import Outgoing
from shared.store import Store, Transient, provision_indexes
from shared.store.driver import Driver
from tests.contract import shard_samples
from tests.contract.shard_samples import AGENTS, NOON, TICKETS, agent, ticket, ticket_doc
from tests.fakes.shard_store import FakeShardStore
from tests.stacks import Fresh

REAL = pytest.mark.stack


@dataclass
class Rig:
    """A store, and the sorter's side of it: `insert` puts documents into a collection."""

    store: ShardStore
    insert: Callable[[str, list[dict[str, Any]]], Awaitable[None]]

    async def taken(self, shard: int = 4) -> ShardState:
        return await self.store.take_over(shard, partitions=12)

    async def tickets(self, *held: Ticket, desk: str = "main") -> None:
        await self.insert("tickets", [ticket_doc(one, desk=desk) for one in held])

    async def fetch(self, name: str) -> StoredTicket:
        [stored] = await self.store.fetch_tickets([name])
        return stored

    async def staff(self, desk: str = "main") -> dict[str, Agent]:
        return {stored.agent.id: stored.agent for stored in await self.store.load_agents(desk)}


@pytest.fixture(
    params=["fake", pytest.param("motor", marks=REAL), pytest.param("pymongo", marks=REAL)]
)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "fake":
        fake = FakeShardStore()

        async def remember(_collection: str, docs: list[dict[str, Any]]) -> None:
            fake.insert(docs)

        yield Rig(fake, remember)
        return
    fresh = cast(Fresh, request.getfixturevalue("fresh"))
    real = Store(url=fresh.stack.mongo, database=fresh.database, driver=cast(Driver, request.param))
    await provision_indexes(real.database)

    async def insert(collection: str, docs: list[dict[str, Any]]) -> None:
        await real[collection].insert_many(docs)

    yield Rig(MongoShardStore(real), insert)
    await real.close()


def after(state: ShardState, **changed: Any) -> ShardState:
    """The shard's document as the next turn writes it."""
    return replace(state, seq=state.seq + 1, **changed)


def write(of: Ticket, *, expected: int = 1, desk: str = "main", stamp: Stamp | None = None) -> Any:
    return TicketWrite(desk=desk, ticket=of, expected=expected, policy=7, stamp=stamp)


async def test_a_first_take_over_makes_the_shard_and_each_raises_the_epoch(rig: Rig) -> None:
    first = await rig.taken()
    second = await rig.store.take_over(4, partitions=24)

    assert first == ShardState(4, 1, 0, 0.0, 0, 12, {}, {})
    assert second == replace(first, epoch=2)  # the count it was made for is kept


async def test_owners_who_take_over_at_once_get_different_epochs(rig: Rig) -> None:
    async def insistent() -> ShardState:
        while True:
            try:
                return await rig.taken()
            except Transient:
                continue

    taken = await asyncio.gather(*(insistent() for _ in range(8)))

    epochs = {state.epoch for state in taken}
    assert len(epochs) == 8
    assert await rig.store.head(4) == Head(max(epochs), 0)


async def test_a_shard_is_read_back_as_it_was_committed(rig: Rig) -> None:
    state = after(
        await rig.taken(),
        now=NOON + 0.25,
        policy=7,
        offsets={TICKETS: 2**40, AGENTS: 3},
        marks={TICKETS: 1_790_000_000_123},
        outbox=(
            Outgoing("support.events.v1", b"t1", b'{"\x00":1}', (("h", b"\xff\x00"),)),
            Outgoing("support.assignments.v1", b"\xd0\xb0", b"", ()),
        ),
        trouble=(Trouble(TICKETS, 9, 2), Trouble(AGENTS, 3, 1)),
    )
    await rig.store.commit(TurnWrite(state))

    assert await rig.taken() == replace(state, epoch=2)
    assert await rig.store.head(4) == Head(2, 1)


async def test_a_shard_nobody_took_has_no_epoch(rig: Rig) -> None:
    assert await rig.store.head(11) == Head(0, 0)


async def test_tickets_and_agents_are_read_back_as_committed(rig: Rig) -> None:
    state = await rig.taken()
    await rig.tickets(ticket("t1"))
    changed = ticket(
        "t1",
        state=TicketState.OFFERED,
        agent="anna",
        assignment=3,
        until=NOON + 20,
        gone_at=NOON + 1.5,
        skipped=(("berta", NOON + 60.0),),
        queued_at=NOON + 2,
        due_at=NOON + 3,
        identity="mail:x:me",
        seen=((0, 9), (11, 2)),
        last_message="mail:x:9",
        entries=2,
    )
    anna = agent(
        "anna",
        shifts=((NOON, NOON + 3_600.5),),
        new_until=NOON + 0.5,
        picks=(NOON - 30.0, NOON),
        pulled=(("anna/c-1", "t1"),),
        missed=2,
        name="Анна",
        state=AgentState.READY,
        reason="back",
        ready_channels=frozenset({"web"}),
        notifiers=frozenset({"n1", "n2"}),
        gone_at=1.0,
        idle_since=2.0,
    )
    turn = TurnWrite(
        after(state), (write(changed, stamp=Stamp(4, 1, 0)),), (AgentWrite("main", anna, 0),)
    )
    await rig.store.commit(turn)

    assert await rig.fetch("t1") == ("main", replace(changed, version=2))
    assert await rig.staff() == {"anna": replace(anna, version=1)}


async def test_a_turn_is_written_whole_or_not_at_all(rig: Rig) -> None:
    state = await rig.taken()
    await rig.tickets(ticket("t1"), ticket("t2"))
    turn = TurnWrite(
        after(state, offsets={TICKETS: 5}),
        (write(ticket("t1", entries=2)), write(ticket("t2", entries=2), expected=9)),
        (AgentWrite("main", agent("anna"), 0),),
    )
    with pytest.raises(Mismatch):
        await rig.store.commit(turn)

    assert await rig.store.head(4) == Head(1, 0)
    assert (await rig.fetch("t1")).ticket.version == 1
    assert await rig.staff() == {}
    await rig.store.commit(TurnWrite(after(state)))  # nothing of it stands in the way


async def test_an_owner_of_an_older_epoch_writes_nothing(rig: Rig) -> None:
    zombie = await rig.taken()
    await rig.tickets(ticket("t1"))
    await rig.taken()
    with pytest.raises(FenceLost):
        await rig.store.commit(TurnWrite(after(zombie), (write(ticket("t1", entries=2)),)))

    assert (await rig.fetch("t1")).ticket.entries == 1
    assert await rig.store.head(4) == Head(2, 0)


async def test_a_seq_that_does_not_follow_is_no_lost_fence(rig: Rig) -> None:
    state = await rig.taken()
    await rig.store.commit(TurnWrite(after(state)))
    for stale in (after(state), after(after(after(state)))):
        with pytest.raises(Mismatch):
            await rig.store.commit(TurnWrite(stale))


async def test_of_two_commits_at_once_one_wins_and_nothing_is_mixed(rig: Rig) -> None:
    state = await rig.taken()
    await rig.tickets(ticket("t1"))
    turns = [
        TurnWrite(after(state, policy=policy), (write(ticket("t1", entries=policy)),))
        for policy in (2, 3)
    ]
    outcomes = await asyncio.gather(*map(rig.store.commit, turns), return_exceptions=True)

    failures = [outcome for outcome in outcomes if outcome is not None]
    assert len(failures) == 1
    assert isinstance(failures[0], Mismatch | Transient)
    assert (await rig.taken()).policy == (await rig.fetch("t1")).ticket.entries


@pytest.mark.parametrize(("desk", "expected"), [("main", 2), ("other", 1)], ids=["version", "desk"])
async def test_a_ticket_of_another_version_or_desk_is_not_written(
    rig: Rig, desk: str, expected: int
) -> None:
    state = await rig.taken()
    await rig.tickets(ticket("t1"))
    with pytest.raises(Mismatch):
        await rig.store.commit(
            TurnWrite(after(state), (write(ticket("t1"), desk=desk, expected=expected),))
        )


async def test_a_ticket_goes_to_another_desk_only_from_the_desk_it_is_at(rig: Rig) -> None:
    state = await rig.taken()
    await rig.tickets(ticket("t1"))
    away = write(ticket("t1", moves=1, came_from="main"))
    there = replace(away, to_desk="other")
    with pytest.raises(Mismatch):
        await rig.store.commit(TurnWrite(after(state), (replace(there, desk="third"),)))
    await rig.store.commit(TurnWrite(after(state), (there,)))

    [found] = await rig.store.fetch_tickets(["t1"])
    assert (found.desk, found.ticket.came_from, found.ticket.version) == ("other", "main", 2)
    with pytest.raises(Mismatch):
        await rig.store.commit(TurnWrite(after(after(state)), (replace(away, expected=2),)))


async def test_a_task_is_inserted_once_and_then_changed_by_version(rig: Rig) -> None:
    state = await rig.taken()
    parent = ticket("t1", tasks=Tasks(opened=1, open=("t1.t1",), asked=("c1",)))
    task = ticket("t1.t1", tasks=Tasks(parent="t1", note="look"), seen=(), joinable=False)
    await rig.tickets(ticket("t1"))
    await rig.store.commit(TurnWrite(after(state), (write(parent), write(task, expected=0))))
    state = after(state)
    with pytest.raises(Mismatch):
        await rig.store.commit(
            TurnWrite(after(state), (write(parent, expected=2), write(task, expected=0)))
        )
    assert (await rig.fetch("t1")).ticket.version == 2
    done = replace(task, state=TicketState.CLOSED)
    await rig.store.commit(TurnWrite(after(state), (write(done, expected=1),)))

    assert (await rig.fetch("t1")).ticket == replace(parent, version=2)
    assert (await rig.fetch("t1.t1")).ticket == replace(done, version=2)


async def test_an_agent_is_hired_once_and_then_changed_by_version(rig: Rig) -> None:
    state = await rig.taken()
    hired = AgentWrite("main", agent("anna"), 0)
    await rig.store.commit(TurnWrite(after(state), (), (hired,)))
    state = after(state)
    for refused in (hired, replace(hired, expected=7), replace(hired, desk="x", expected=1)):
        with pytest.raises(Mismatch):
            await rig.store.commit(TurnWrite(after(state), (), (refused,)))
    away = agent("anna", state=AgentState.BREAK)
    await rig.store.commit(TurnWrite(after(state), (), (AgentWrite("main", away, 1),)))

    assert await rig.staff() == {"anna": replace(away, version=2)}
    assert await rig.staff("x") == {}


async def test_a_ticket_that_closed_is_never_joined_again(rig: Rig) -> None:
    """Schedule 11."""
    state = await rig.taken()
    await rig.tickets(ticket("t1"), ticket("t2"))
    closed = ticket("t1", state=TicketState.CLOSED, joinable=False)
    await rig.store.commit(TurnWrite(after(state), (write(closed),)))
    reopened = ticket("t1", state=TicketState.QUEUED, joinable=False)
    await rig.store.commit(TurnWrite(after(after(state)), (write(reopened, expected=2),)))

    assert not (await rig.fetch("t1")).ticket.joinable
    assert (await rig.fetch("t2")).ticket.joinable


async def test_trouble_is_noted_by_the_owner_alone_and_changes_nothing_else(rig: Rig) -> None:
    state = await rig.taken()
    noted = replace(state, trouble=(Trouble(TICKETS, 9, 1),))
    await rig.store.note_trouble(noted)
    assert await rig.store.head(4) == Head(1, 0)
    assert await rig.taken() == replace(noted, epoch=2)

    with pytest.raises(FenceLost):
        await rig.store.note_trouble(noted)
    await rig.store.commit(TurnWrite(after(replace(state, epoch=2))))
    assert (await rig.taken()).trouble == ()


async def test_every_ticket_not_over_is_loaded_once_and_no_other_desks(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.router.adapters.mongo_shards._CHUNK", 3)
    states = list(TicketState)
    await rig.tickets(
        *(
            ticket(
                f"t{number}", state=states[number % len(states)], due_at=NOON + 900 * (number - 9)
            )
            for number in range(28)
        )
    )
    await rig.tickets(
        *(ticket(f"due{due}", due_at=due) for due in (0.0, NOON, NOON + 300, NOON * 9, math.inf))
    )
    await rig.tickets(ticket("elsewhere"), desk="other")

    loaded = [
        stored async for chunk in rig.store.load_tickets("main", now=NOON) for stored in chunk
    ]
    over = {TicketState.CLOSED, TicketState.ABANDONED}
    expected = {f"t{number}" for number in range(28) if states[number % len(states)] not in over}
    expected |= {f"due{due}" for due in (0.0, NOON, NOON + 300, NOON * 9, math.inf)}
    assert sorted(stored.ticket.id for stored in loaded) == sorted(expected)
    assert {stored.desk for stored in loaded} == {"main"}


async def test_an_empty_desk_loads_nothing(rig: Rig) -> None:
    assert [chunk async for chunk in rig.store.load_tickets("main", now=NOON) if chunk] == []
    assert await rig.store.load_agents("main") == []


async def test_tickets_are_fetched_in_any_state_with_the_desk_they_are_at(rig: Rig) -> None:
    await rig.tickets(ticket("t1", state=TicketState.CLOSED), ticket("t2"))
    await rig.tickets(ticket("t3"), desk="other")
    found = await rig.store.fetch_tickets(["t1", "t3", "t9"])

    assert {stored.ticket.id: stored.desk for stored in found} == {"t1": "main", "t3": "other"}


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
@REAL
async def test_entries_are_read_again_in_the_order_of_their_positions(
    fresh: Fresh, driver: Driver
) -> None:
    store = Store(url=fresh.stack.mongo, database=fresh.database, driver=driver)
    await store["messages"].insert_many(
        [
            _message("late", partition=1, offset=5),
            _message("first", partition=0, offset=9, kind="edit", reopens=False),
            _message("second", partition=1, offset=2),
            _message("before", partition=1, offset=1, stored_at=NOON - 1),
            _message("elsewhere", partition=1, offset=3, desk="other"),
            _message("of nobody", partition=1, offset=4, ticket=None),
        ]
    )
    found = await MongoShardStore(store).entries_since(["main"], NOON)
    await store.close()

    assert [entry.message for entry in found] == ["first", "second", "late"]
    assert found[0] == EntryAdded(
        "first", "t1", "first", "edit", 0, 9, NOON - 5, "web:main:me", reopens=False
    )


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
@REAL
async def test_a_ticket_s_messages_are_found_wherever_it_was_when_they_came(
    fresh: Fresh, driver: Driver
) -> None:
    store = Store(url=fresh.stack.mongo, database=fresh.database, driver=driver)
    await store["tickets"].insert_one(ticket_doc(ticket("t1"), desk="main"))
    await store["messages"].insert_many(
        [
            _message("later", partition=1, offset=5),
            _message("before", partition=1, offset=2, desk="casino", stored_at=NOON - 1),
            _message("moved", partition=1, offset=3, desk="casino"),
            _message("theirs", partition=1, offset=4, desk="casino", ticket="t2"),
        ]
    )
    shards = MongoShardStore(store)
    since = [entry.message for entry in await shards.entries_since(["main"], NOON)]
    every = [entry.message for entry in await shards.entries_of(["t1", "t9"])]
    await store.close()

    assert since == ["moved", "later"]
    assert every == ["before", "moved", "later"]


@REAL
@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_what_the_driver_cannot_write_down_is_not_tried_for_ever(
    fresh: Fresh, driver: Driver
) -> None:
    real = Store(url=fresh.stack.mongo, database=fresh.database, driver=driver)
    store = MongoShardStore(real)
    state = await store.take_over(4, partitions=12)
    unwritable = AgentWrite("main", agent("anna", skills={"a\x00b": 3}), 0)
    with pytest.raises(BSONError):
        await store.commit(TurnWrite(after(state), (), (unwritable,)))

    assert await store.head(4) == Head(1, 0)
    await real.close()


def _message(name: str, *, stored_at: float = NOON, **changed: Any) -> dict[str, Any]:
    return {
        "_id": name,
        "ticket": "t1",
        "kind": "message",
        "identity": "web:main:me",
        "desk": "main",
        "at": NOON - 5,
        "stored_at": datetime.fromtimestamp(stored_at, UTC),
        "reopens": True,
        "text": "never read here",
        **changed,
    }


@given(held=shard_samples.tickets)
def test_any_ticket_survives_its_document(held: Ticket) -> None:
    assert ticket_from(_typed(ticket_doc(held))) == held


def test_a_ticket_of_few_fields_was_never_moved_nor_has_anybody_to_write() -> None:
    doc = ticket_doc(shard_samples.ticket("t1"))
    older = ("nudge_at", "kept_until", "moved_to", "hosts", "profile", "bond", "climbed")
    more = ("later", "answered", "clocks", "deciders", "barred", "moves", "came_from", "tasks")
    for field in (*older, *more):
        del doc[field]
    read = ticket_from(_typed(doc))
    assert (read.nudge_at, read.kept_until, read.moved_to) == (0.0, 0.0, "")
    assert (read.hosts, read.profile, read.bond) == ((), 0, ALONE)
    assert (read.lane, read.beside, read.page_at, read.paged) == ("", "", 0.0, ())
    assert (read.later, read.answered, read.clocks, read.climbed) == (False, False, (), ())
    assert (read.deciders, read.barred, read.tasks) == ((), (), UNTIED)
    assert (read.moves, read.came_from) == (0, "")


@given(held=shard_samples.tickets, became=shard_samples.tickets)
def test_a_written_ticket_is_read_back_but_for_what_only_the_sorter_writes(
    held: Ticket, became: Ticket
) -> None:
    _, update = ticket_update(write(became, expected=held.version))
    doc = {**ticket_doc(held), **update["$set"]}
    for field in update.get("$unset", ()):
        doc.pop(field, None)
    sorters = ("brand", "customer", "lang", "topic", "urgent", "opened_at", "lane", "beside")
    kept = {name: getattr(held, name) for name in ("id", *sorters)}

    assert ticket_from(_typed(doc)) == replace(
        became,
        **kept,
        joinable=held.joinable and became.joinable,
        version=held.version + 1,
    )


@given(held=shard_samples.tickets)
def test_a_task_survives_the_document_it_is_born_with(held: Ticket) -> None:
    task = replace(held, joinable=False, beside="")
    doc = task_doc(write(task, expected=0))

    assert ticket_from(_typed(doc)) == replace(task, version=1)


@given(held=shard_samples.agents)
def test_any_agent_survives_its_document(held: Agent) -> None:
    doc = {"_id": held.id, **agent_doc(AgentWrite("main", held, held.version))}

    assert agent_from(_typed(doc)) == replace(held, version=held.version + 1)


@given(held=shard_samples.shards)
def test_any_shard_survives_its_document(held: ShardState) -> None:
    doc = {
        "_id": held.shard,
        "epoch": held.epoch,
        "partitions": held.partitions,
        **shard_fields(held),
    }

    assert shard_from(_typed(doc)) == held


def _typed(doc: Mapping[str, Any]) -> Any:
    return bson.decode(bson.encode(doc))
