"""Every question the services and `croupier status` ask the store is answered by an index.

A listener on the driver hears what is asked while a ticket goes all its way, and then the store is
asked how it would answer each: no list of queries to keep up to date.

The embedded store's planner overlooks two things that MongoDB and the native stack's store see
(an index where `_id` is compared along with other fields, or where `$in` is used twice), so there
these pass. On every other stack nothing does.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import monitoring

from cli import status_report
from cli.roster import taken_in
from services.ingest.courier.delivery import Delivery, Sent, begun, settled
from services.ingest.courier.mongo_deliveries import MongoDeliveries
from services.ingest.courier.receipts import Said
from services.notifier.adapters.mongo_conversations import MongoConversations
from services.notifier.adapters.mongo_desktops import MongoDesktops
from services.router.adapters.mongo_chronicle import MongoChronicle
from services.router.adapters.mongo_replies import MongoReplies
from services.router.adapters.mongo_shards import MongoShardStore
from services.router.domain.replies import standing_of
from services.router.explain.handler import Explainer
from services.router.policy import PolicyBoard, load_policy
from services.router.ports import Trouble
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.customer_profile_changed_v1 import CustomerProfileChanged
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.messaging.partition import partition_of
from shared.runtime.clock import SystemClock
from shared.store import Store
from shared.store.documents import ReplyDoc
from tests.contract.shard_samples import ticket, ticket_doc
from tests.integration.dealer_world import DESK, POLICY, World, event, surroundings, up_of
from tests.integration.queries import Listener, by_index, stages
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

INBOUND = "support.inbound.v1"
PROFILE = AgentProfileChanged(
    desk=DESK,
    agent="anna",
    skills={"lang.en": 5, "payments": 5, "identity": 5},
    channels=("form",),
    capacity=3.0,
)
OTHERS = 300
"""Documents of no concern in each collection: among few, any plan is as good as another."""


@pytest.fixture
def listener(fresh: Fresh) -> Listener:
    """Hears every client made from now on, whichever driver makes it."""
    heard = Listener(fresh.database)
    monitoring.register(heard)
    return heard


@pytest.fixture
async def world(fresh: Fresh) -> AsyncIterator[World]:
    async with surroundings(fresh) as world:
        await _crowd(world.store)
        yield world


async def test_every_query_of_the_program_is_answered_by_an_index(
    listener: Listener, world: World
) -> None:
    async with world.dealer(router_role="both"):
        await _a_tickets_way(world)
        await _what_notifiers_ask(world)
        await _what_operators_ask(world)
    async with world.dealer(router_role="both", router_driver="pymongo"):
        await _write(world, "2")
        await _shown(world, "form:web:2")
    await _what_only_trouble_asks(world)
    await _what_explanations_ask(world)
    await _what_is_asked_of_replies(world)

    asked = dict(listener.shapes)
    plans = {shape: await stages(world.store.database, query) for shape, query in asked.items()}
    lenient = world.fresh.stack.kind == "embedded"
    scans = [
        f"{shape}: {sorted(plan)}"
        for shape, plan in plans.items()
        if not by_index(plan) and not (lenient and asked[shape].overlooked_when_embedded)
    ]
    assert not listener.unknown
    assert {shape.split(" ", 1)[0] for shape in asked} == {
        "agents",
        "claims",
        "customers",
        "decisions",
        "deliveries",
        "identities",
        "messages",
        "replies",
        "shards",
        "statuses",
        "tickets",
    }
    assert not scans, "\n".join(["answered without an index:", *scans])


async def _a_tickets_way(world: World) -> None:
    await world.tell(PROFILE)
    await world.tell(
        NotifierHeartbeat(desk=DESK, notifier="n1", agents=("anna",), period_seconds=300)
    )
    await world.tell(SetAgentState(desk=DESK, agent="anna", state="ready"))
    await _put(
        world, CustomerProfileChanged(brand="luckyreel", customer="7", version=1, tier="vip")
    )
    await _write(world, "1")
    card = await _shown(world, "form:web:1")
    await world.accept(card)
    await _shown(world, "form:web:1", state="accepted")
    await _put(
        world,
        CustomerLeft(channel="form", account="web", sender="me", message_id="bye", sent_at=_NOW),
    )
    await world.tell(
        ResolveTicket(desk=DESK, agent="anna", ticket=card.ticket, assignment=1, seen="form:web:1")
    )
    await _shown(world, "form:web:1", state="wrap_up")


async def _what_notifiers_ask(world: World) -> None:
    store = Store(url=world.fresh.stack.mongo, database=world.fresh.database)
    desktops = MongoDesktops(store=store, shards=world.partitions)
    await desktops.profile("anna")
    desktop = await desktops.desktop("anna")
    await desktops.glances(["anna"])
    page = await MongoConversations(store).page(
        agent="anna", ticket=desktop.cards[0].ticket, before=None, limit=10
    )
    await store.close()
    assert page.entries


async def _what_operators_ask(world: World) -> None:
    report = await status_report.draw_up(up_of(world))
    store = Store(url=world.fresh.stack.mongo, database=world.fresh.database)
    await taken_in([PROFILE], store=store)
    await store.close()
    assert report.shards
    assert report.queues
    assert report.overloaded == []


async def _what_explanations_ask(world: World) -> None:
    store = Store(url=world.fresh.stack.mongo, database=world.fresh.database)
    chronicle = MongoChronicle(store)
    policies = PolicyBoard(load_policy(POLICY))
    [ticket] = [doc["_id"] async for doc in store["tickets"].find({"agent": "anna"}).limit(1)]
    explainer = Explainer(
        chronicle=chronicle,
        rules=policies.current.rules_for,
        confidential=lambda: policies.confidential,
        clock=SystemClock(),
    )
    told = await explainer.explain(ticket, agent="anna")
    desk = await chronicle.present(DESK)
    await store.close()
    assert told.ticket == ticket
    assert [agent.id for agent, _ in desk] == ["anna"]


async def _what_only_trouble_asks(world: World) -> None:
    """Paths that a healthy run never takes."""
    store = Store(url=world.fresh.stack.mongo, database=world.fresh.database)
    shards = MongoShardStore(store)
    state = await shards.take_over(world.shard, partitions=world.partitions)
    await shards.note_trouble(replace(state, trouble=(Trouble(INBOUND, 1, 1),)))
    await shards.entries_since([DESK], datetime.now(UTC).timestamp() - 60)
    await shards.entries_of(["t-1"])
    await store.close()


async def _what_is_asked_of_replies(world: World) -> None:
    now = datetime.now(UTC).timestamp()
    store = Store(url=world.fresh.stack.mongo, database=world.fresh.database, driver="pymongo")
    written = ReplyDoc(_id="r-1", ticket="t-1", key="viber:bot:7", text="hi", agent="anna", at=now)
    await MongoReplies(store).keep([written], {"r-1": standing_of("sent", now)}, now=now)
    deliveries, said = MongoDeliveries(store), _said("31", reply="r-1", at=now)
    [sent] = await deliveries.take_in([_delivery(now)])
    await deliveries.unfinished([0])
    await deliveries.begin(sending := begun(sent, now=now))
    ended = settled(sending, Sent("31"), parts=1, now=now, luck=0.0)
    await deliveries.settle(ended)
    await deliveries.note([said], now=now)
    assert await deliveries.sent_as([said]) == {said.message: ended}
    assert await deliveries.said_of([ended]) == {"r-1": [said]}
    await deliveries.told("r-1")
    await store.close()


def _delivery(now: float) -> Delivery:
    return Delivery(
        reply="r-1",
        ticket="t-1",
        key="viber:bot:7",
        partition=0,
        offset=0,
        channel="viber",
        account="bot",
        recipient="7",
        text="hi",
        asked_at=now,
        expires_at=now + 60,
    )


def _said(message: str, *, reply: str, at: float) -> Said:
    return Said(f"viber:bot:{message}", "viber", "bot", "7", message, reply, "delivered", at)


_NOW = datetime.now(UTC)


async def _write(world: World, number: str) -> None:
    await _put(
        world,
        MessageReceived(
            channel="form",
            account="web",
            sender="me",
            message_id=number,
            sent_at=_NOW,
            text="Where is my deposit?",
        ),
    )


async def _put(world: World, data: Any) -> None:
    count = len(await world.producer.partitions_for(world.fresh.topic(INBOUND)))
    await world.tell(data, partition=partition_of(data.key.encode(), count))


async def _shown(world: World, message: str, *, state: str | None = None) -> AssignmentCard:
    """A card whose customer wrote this last."""

    def wanted(record: Any) -> bool:
        if not record.topic.endswith("support.assignments.v1"):
            return False
        data = event(record).data
        return (
            isinstance(data, AssignmentCard)
            and data.last_message == message
            and state in {None, data.state}
        )

    data = event(await world.hear(wanted)).data
    assert isinstance(data, AssignmentCard)
    return data


async def _crowd(store: Store) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    numbers = range(OTHERS)
    await store["tickets"].insert_many(
        [ticket_doc(ticket(f"other-{n}"), desk=f"desk-{n % 30}") for n in numbers]
    )
    await store["messages"].insert_many(
        [{"_id": f"m-{n}", "ticket": f"other-{n}", "at": n, "stored_at": long_ago} for n in numbers]
    )
    await store["replies"].insert_many(
        [
            {"_id": f"r-{n}", "ticket": f"other-{n}", "key": f"k-{n}", "at": n, "rank": n % 6}
            for n in numbers
        ]
    )
    await store["deliveries"].insert_many(
        [
            {"_id": f"r-o{n}", "channel": "viber", "account": "bot", "provider_ids": [f"p-{n}"]}
            for n in numbers
        ]
    )
    await store["statuses"].insert_many(
        [{"_id": f"viber:bot:p-{n}", "reply": f"r-o{n}", "rank": 1} for n in numbers]
    )
    await store["agents"].insert_many(
        [{"_id": f"a-{n}", "desk": f"desk-{n % 30}", "state": "ready"} for n in numbers]
    )
    await store["decisions"].insert_many(
        [
            {"_id": f"d-{n}", "ticket": f"other-{n}", "version": 2, "agents": [f"a-{n}"], "at": n}
            for n in numbers
        ]
    )
    await store["identities"].insert_many([{"_id": f"i-{n}"} for n in numbers])
    await store["shards"].insert_many([{"_id": 1_000 + n} for n in numbers])
