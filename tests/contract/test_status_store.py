"""What the status page may rely on, of the store in memory and of the real one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import pytest

from services.ingest.lobby.status.deals import Queue
from services.ingest.lobby.status.mongo import MongoStatus
from services.ingest.lobby.status.ports import Said, StatusStore, Ticket
from shared.store import Store, provision_indexes
from tests.fakes.status_store import FakeStatusStore
from tests.stacks import Fresh

NOW = 1_790_000_000.0
TICKET = Ticket(
    id="t-1",
    queue=Queue("main", "payments"),
    state="queued",
    lang="lt",
    due_at=NOW + 600,
    opened_at=NOW,
    discreet=False,
    identity="telegram:bot:7",
    assignment=2,
)


class Rig:
    def __init__(self, store: StatusStore, real: Store | None) -> None:
        self.store = store
        self._real = real

    async def put(self, *tickets: Ticket) -> None:
        if self._real is None:
            cast(FakeStatusStore, self.store).by_id.update({each.id: each for each in tickets})
            return
        await self._real["tickets"].insert_many([_doc(each) for each in tickets])

    async def say(self, ticket: str, *said: Said) -> None:
        if self._real is None:
            cast(FakeStatusStore, self.store).said.setdefault(ticket, []).extend(said)
            return
        for number, each in enumerate(said):
            about = {"_id": f"{ticket}-{number}", "ticket": ticket, "at": each.at}
            if each.by == "you":
                await self._real["messages"].insert_one(
                    {**about, "kind": "message", "text": each.text}
                )
            else:
                written = {"by": each.by, "text": each.text, "notice": each.notice or None}
                await self._real["replies"].insert_one({**about, **written})


def _doc(ticket: Ticket) -> dict[str, Any]:
    doc = {
        "_id": ticket.id,
        "desk": ticket.queue.desk,
        "queue": ticket.queue.name,
        "state": ticket.state,
        "lang": ticket.lang,
        "due_at": ticket.due_at,
        "opened_at": ticket.opened_at,
        "identity": ticket.identity,
        "assignment": ticket.assignment,
        "bond": {"merged_into": ticket.whole} if ticket.whole else None,
    }
    return doc if ticket.discreet is None else {**doc, "discreet": ticket.discreet}


@pytest.fixture(params=["fake", pytest.param("pymongo", marks=pytest.mark.stack)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "fake":
        yield Rig(FakeStatusStore(), None)
        return
    fresh = cast(Fresh, request.getfixturevalue("fresh"))
    real = Store(url=fresh.stack.mongo, database=fresh.database, driver="pymongo")
    await provision_indexes(real.database)
    yield Rig(MongoStatus(real), real)
    await real.close()


async def test_tickets_are_read_as_they_are(rig: Rig) -> None:
    others = (
        replace(TICKET, id="t-2", whole="t-1", state="resolved"),
        replace(TICKET, id="t-3", discreet=None),
        replace(TICKET, id="t-4", discreet=True),
    )
    await rig.put(TICKET, *others)

    found = await rig.store.tickets(["t-1", "t-2", "t-3", "t-4", "t-5"])

    assert found == {each.id: each for each in (TICKET, *others)}


async def test_only_those_who_wait_in_the_same_queue_for_longer_are_ahead(rig: Rig) -> None:
    await rig.put(
        TICKET,
        replace(TICKET, id="ahead", due_at=NOW),
        replace(TICKET, id="behind", due_at=NOW + 700),
        replace(TICKET, id="served", due_at=NOW, state="accepted"),
        replace(TICKET, id="elsewhere", due_at=NOW, queue=Queue("main", "general")),
        replace(TICKET, id="other desk", due_at=NOW, queue=Queue("vip", "payments")),
    )

    assert await rig.store.ahead(TICKET.queue, due_at=TICKET.due_at) == 1


async def test_what_was_said_comes_in_order_and_what_the_policy_told_alone(rig: Rig) -> None:
    asked = Said(NOW, "you", "Where is my money?")
    received = Said(NOW + 1, "system", "We have it.", "received")
    answered = Said(NOW + 2, "agent", "On its way.")
    await rig.say("t-1", asked, answered, received)

    assert await rig.store.conversation("t-1") == [asked, received, answered]
    assert await rig.store.notices("t-1") == [received]
    assert await rig.store.conversation("t-2") == []
