"""What the chat reads of a real store: the right documents, and by an index each time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import ASCENDING, IndexModel, monitoring

from services.ingest.lobby.chat.mongo import MongoHistory, MongoRoll, MongoTickets
from services.ingest.lobby.chat.ports import Ticket
from shared.store import Store
from shared.store.indexes import provision_indexes
from tests.integration.queries import Listener, by_index, stages
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

KEY = "chat:site:v-1"
STORED = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
async def store(fresh: Fresh) -> AsyncIterator[Store]:
    listener = Listener(fresh.database)
    monitoring.register(listener)
    opened = Store(url=fresh.stack.mongo, database=fresh.database, driver="pymongo")
    async with opened as store:
        await provision_indexes(store.database)
        # where they are kept they have it; a collection that is absent is empty
        replies = IndexModel([("key", ASCENDING), ("at", ASCENDING)], name="key_at")
        await store["replies"].create_indexes([replies])
        await store["messages"].insert_many(
            [_message(f"o-{n}", n, key=f"k-{n}") for n in range(300)]
        )
        await store["replies"].insert_many([_reply(f"o-{n}", n, key=f"k-{n}") for n in range(300)])
        await store["tickets"].insert_many([_ticket(f"o-{n}") for n in range(300)])
        await store["agents"].insert_many([{"_id": f"a-{n}", "desk": "d"} for n in range(300)])
        yield store
        asked = dict(listener.shapes)
        plans = {shape: await stages(store.database, query) for shape, query in asked.items()}
        assert plans
        lenient = fresh.stack.kind == "embedded"
        scans = [
            f"{shape}: {sorted(plan)}"
            for shape, plan in plans.items()
            if not by_index(plan) and not (lenient and asked[shape].overlooked_when_embedded)
        ]
        assert scans == []


def _message(id: str, at: float, *, key: str = KEY, **fields: Any) -> dict[str, Any]:
    usual = {"kind": "message", "text": f"text of {id}", "ticket": "t-1", "stored_at": STORED}
    return {"_id": f"chat:site:{id}", "identity": key, "at": float(at), **usual, **fields}


def _reply(id: str, at: float, *, key: str = KEY, **fields: Any) -> dict[str, Any]:
    usual = {"text": f"text of {id}", "by": "agent", "agent": "lina", "status": "asked"}
    return {"_id": id, "key": key, "at": float(at), "stored_at": STORED, **usual, **fields}


def _ticket(id: str, **fields: Any) -> dict[str, Any]:
    usual = {"state": "queued", "agent": None, "desk": "main", "queue": "payments"}
    return {"_id": id, **usual, "due_at": 0.0, **fields}


async def test_history_is_what_this_customer_said_and_was_told(store: Store) -> None:
    await store["messages"].insert_many(
        [
            _message("d.m-1", 10),
            _message("d.m-2", 30, attachments=[{"name": "a.pdf", "ref": "chat:1"}]),
            _message("d.bye", 40, kind="left", text=""),
        ]
    )
    await store["replies"].insert_many(
        [
            _reply("r-early", 5),
            _reply("r-seen", 15, status="read"),
            _reply("r-missed", 16),
            _reply("r-new", 35, by="system", agent=None, status="delivered"),
            {"_id": "r-report", "key": KEY, "at": 36.0, "status": "sent"},
        ]
    )
    history = MongoHistory(store)
    found = {each.id: each for each in await history.page(KEY, after=20.0, not_before=8.0)}
    assert found.keys() == {"d.m-2", "r-missed", "r-new"}
    assert (found["d.m-2"].by, found["d.m-2"].attachments[0]["name"]) == ("you", "a.pdf")
    assert (found["r-missed"].by, found["r-missed"].agent) == ("agent", "lina")
    assert found["r-new"].by == "system"
    everything = await history.page(KEY, after=0.0, not_before=0.0)
    assert len(everything) == 6


async def test_a_long_history_is_read_from_its_end(store: Store) -> None:
    await store["messages"].insert_many([_message(f"d.{n}", n) for n in range(250)])
    found = await MongoHistory(store).page(KEY, after=0.0, not_before=0.0)
    assert len(found) == 200
    assert min(each.at for each in found) == 50.0


async def test_tickets_are_those_of_the_latest_messages(store: Store) -> None:
    await store["messages"].insert_many(
        [
            _message("d.m-1", 10, ticket="t-1"),
            _message("d.m-2", 20, ticket="t-2"),
            _message("d.m-3", 30, ticket="t-1"),
            _message("d.bye", 40, kind="left", ticket=None),
        ]
    )
    bond = {"merged_into": "t-9", "split_from": [], "merged": []}
    await store["tickets"].insert_many(
        [_ticket("t-1", state="accepted", agent="lina"), _ticket("t-2", bond=bond, lane="care")]
    )
    tickets = MongoTickets(store)
    assert await tickets.recent(KEY) == ["t-1", "t-2"]
    assert await tickets.of_messages(["chat:site:d.m-2", "chat:site:d.bye", "chat:site:d.m-9"]) == {
        "chat:site:d.m-2": "t-2",
        "chat:site:d.bye": None,
    }
    assert await tickets.read(["t-1", "t-2", "t-3"]) == {
        "t-1": Ticket("t-1", "accepted", "lina", "main", "payments"),
        "t-2": Ticket("t-2", "queued", None, "main", "payments", lane="care", whole="t-9"),
    }


async def test_names_are_those_in_the_agents_profiles(store: Store) -> None:
    await store["agents"].insert_one({"_id": "lina", "desk": "main", "name": "Lina P."})
    assert await MongoRoll(store).names() == {"lina": "Lina P."}
