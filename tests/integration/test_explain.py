"""A ticket goes its whole way, is recorded, and is explained; recorders that die lose nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from typer.testing import CliRunner

from cli.main import app
from services.router.adapters.mongo_changes import MongoChanges
from services.router.explain.model import Explanation
from services.router.recorder.consumer import RecorderService
from services.router.recorder.handler import Recorder
from services.router.recorder.observer import Observer
from shared.contracts.agent_changed_v1 import AgentChanged
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.decline_ticket_v1 import DeclineTicket
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.messaging.subscription import Source
from shared.runtime.clock import SystemClock
from shared.runtime.metrics import RECORDED, Metrics
from shared.store import Store
from shared.store.documents import ChangeDoc
from shared.store.driver import Driver
from tests.fakes.publisher import FakePublisher
from tests.integration.dealer_world import DESK, World, event, up_of
from tests.integration.explaining import BEARER, TOKEN, explained, explaining
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

INBOUND, EVENTS = "support.inbound.v1", "support.events.v1"
SKILLS = {"lang.en": 5, "payments": 5, "identity": 5}


async def test_a_ticket_that_was_declined_and_accepted_is_explained_end_to_end(
    world: World,
) -> None:
    async with explaining(world) as client:
        for name, skills in {"anna": SKILLS, "boris": SKILLS, "zoe": {"lang.lt": 5}}.items():
            await world.hire(name, skills=skills, channels=("form",))
        await world.on_duty("anna", "boris", "zoe")
        await world.write("1", "Where is my deposit?")
        first = await world.said(AssignmentCard, lambda card: card.state == "offered")
        other = {"anna": "boris", "boris": "anna"}[first.agent]
        await world.tell(
            DeclineTicket(
                desk=DESK, agent=first.agent, ticket=first.ticket, assignment=1, reason="busy"
            )
        )
        second = await world.said(
            AssignmentCard, lambda card: card.agent == other and card.state == "offered"
        )
        await world.accept(second)
        await world.tell(
            ReplyToTicket(
                desk=DESK, agent=other, ticket=first.ticket, assignment=2, text="In a moment."
            )
        )
        declined = await explained(client, first.ticket, replied, agent=first.agent)
        unskilled = await explained(client, first.ticket, replied, agent="zoe")
        unknown = await client.get("/v1/tickets/nothing/explain", headers=BEARER)
        closed = await client.get(f"/v1/tickets/{first.ticket}/explain")

    assert [moment.says for moment in declined.moments] == [
        declined.moments[0].says,
        f"offered to {first.agent}",
        f"{first.agent} declined",
        f"offered to {other}",
        f"{other} accepted",
        f"{other} replied",
    ]
    assert declined.moments[0].says.startswith("opened: form, queue payments")
    assert _rules(declined) == ["chosen", "skipped"]
    assert _rules(unskilled) == ["skill", "skill"]
    answers = [moment.why_not.says for moment in unskilled.moments if moment.why_not]
    assert all("no lang.en" in says for says in answers)
    assert "deposit?" not in declined.model_dump_json()
    assert (unknown.status_code, closed.status_code) == (404, 401)


async def test_the_command_tells_the_same_from_the_store_and_from_a_router(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    up_of(world).save()
    async with explaining(world) as client:
        await world.staff("anna", skills=SKILLS, channels=("form",))
        await world.write("1", "Where is my deposit?")
        card = await world.said(AssignmentCard, lambda card: card.state == "offered")
        await world.accept(card)
        await world.tell(
            ReplyToTicket(
                desk=DESK, agent="anna", ticket=card.ticket, assignment=1, text="In a moment."
            )
        )
        await explained(client, card.ticket, replied, agent="anna")
        over_http = ("--url", str(client.base_url), "--token", TOKEN)
        stored, told, refused, missing = [
            await asyncio.to_thread(CliRunner().invoke, app, ["explain", *arguments])
            for arguments in (
                (card.ticket, "--agent", "anna"),
                (card.ticket, "--agent", "anna", *over_http),
                (card.ticket, *over_http[:2], "--token", "another"),
                ("nothing",),
            )
        ]

    assert stored.exit_code == told.exit_code == 0
    assert stored.stdout == told.stdout
    assert "anna was the only one who could take it" in stored.stdout
    assert "anna replied" in stored.stdout
    assert (refused.exit_code, missing.exit_code) == (1, 1)
    assert "answered 401: a bearer token is needed" in refused.output
    assert "there is no ticket nothing" in missing.output


@pytest.mark.parametrize("killed", ["before", "after"])
async def test_a_recorder_killed_at_its_insert_loses_nothing_and_doubles_nothing(
    world: World, killed: Literal["before", "after"]
) -> None:
    async with world.dealer():
        await world.staff("anna", "boris")
        for name in ("t1", "t2", "t3"):
            await world.dealt_and_accepted(name)
    said = await _said(world)

    dying = Dying(MongoChanges(world.store), killed)
    async with recorder(world, dying):
        await asyncio.wait_for(dying.hit.wait(), 20)
    stored_before = await _stored(world)
    watched, metrics = Watched(MongoChanges(world.store)), Metrics()
    async with recorder(world, watched, metrics):
        await watched.until(said)

    assert await _stored(world) == said
    assert bool(stored_before) == (killed == "after")
    repeated = metrics[RECORDED].labels(outcome="repeated")._value.get()
    assert (repeated > 0) == (killed == "after")


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_what_is_known_does_not_keep_the_rest_out(fresh: Fresh, driver: Driver) -> None:
    store = Store(url=fresh.stack.mongo, database=fresh.database, driver=driver)
    changes = MongoChanges(store)
    try:
        first = await changes.add([_change("a"), _change("b")])
        again = await changes.add([_change("b"), _change("c"), _change("a"), _change("d")])
        ids = {doc["_id"] for doc in await store["decisions"].find({}).to_list(None)}
    finally:
        await store.close()

    assert (first, again) == (2, 2)
    assert ids == {"a", "b", "c", "d"}


class Watched:
    """A ChangeStore that knows what it was given."""

    def __init__(self, changes: MongoChanges) -> None:
        self._changes = changes
        self._given: set[str] = set()
        self._more = asyncio.Event()

    async def add(self, changes: Sequence[ChangeDoc]) -> int:
        added = await self._changes.add(changes)
        self._given |= {change["_id"] for change in changes}
        self._more.set()
        return added

    async def until(self, wanted: set[str]) -> None:
        async with asyncio.timeout(20):
            while not wanted <= self._given:
                self._more.clear()
                await self._more.wait()


class Dying:
    """A ChangeStore whose process dies at its first insert: nothing happens there any more."""

    def __init__(self, changes: MongoChanges, at: Literal["before", "after"]) -> None:
        self._changes = changes
        self._at = at
        self.hit = asyncio.Event()

    async def add(self, changes: Sequence[ChangeDoc]) -> int:
        if self._at == "after":
            await self._changes.add(changes)
        self.hit.set()
        await asyncio.Event().wait()
        raise AssertionError("the dead do not go on")


@asynccontextmanager
async def recorder(
    world: World, store: Watched | Dying, metrics: Metrics | None = None
) -> AsyncIterator[None]:
    """One at work until the block ends."""
    source = Source(
        kafka=world.fresh.stack.kafka,
        topic_prefix=world.fresh.topic_prefix,
        group_suffix=f".{world.fresh.suffix}",
        session_seconds=6.0,
    )
    service = RecorderService(
        source,
        recorder=Recorder(store=store, publisher=FakePublisher(), kept=timedelta(days=30)),
        observer=Observer(metrics or Metrics()),
        clock=SystemClock(),
    )
    running = asyncio.create_task(service.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _rules(told: Explanation) -> list[str]:
    return [moment.why_not.rule for moment in told.moments if moment.why_not is not None]


def replied(told: Explanation) -> bool:
    return any(moment.on == "replied" for moment in told.moments)


async def _said(world: World) -> set[str]:
    """Ids of the documents that all events so far make."""
    mine = [part for part in world.consumer.assignment() if part.topic.endswith(EVENTS)]
    ends = await world.consumer.end_offsets(mine)
    while any([await world.consumer.position(part) < ends[part] for part in mine]):
        world.heard.append(await world.consumer.getone())
    events = [event(record) for record in world.heard if record.topic.endswith(EVENTS)]
    return {
        f"{each.id}@{round(each.at.timestamp() * 1000)}"
        for each in events
        if isinstance(each.data, TicketChanged | AgentChanged)
    }


async def _stored(world: World) -> set[str]:
    docs = await world.store["decisions"].find({}).to_list(None)
    assert len(docs) == len({doc["_id"] for doc in docs})
    return {doc["_id"] for doc in docs}


def _change(name: str) -> ChangeDoc:
    return ChangeDoc(
        _id=name,
        about="agent",
        agents=["anna"],
        desk=DESK,
        shard=0,
        epoch=1,
        seq=1,
        at=0.0,
        offset=0,
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )
