"""The dealer on a real broker and store: deals, hands over, recovers, says what it waits for."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.turn_recorded_v1 import TurnRecorded
from tests.contract.shard_samples import ticket_doc
from tests.integration.dealer_world import DESK, World, event, recent

pytestmark = pytest.mark.stack


async def until_ready(client: httpx.AsyncClient) -> None:
    """Asks as an orchestrator does."""
    await until(client, "/health/ready", lambda answer: answer.status_code == 200)


async def until(
    client: httpx.AsyncClient, path: str, wanted: Callable[[httpx.Response], bool]
) -> httpx.Response:
    """Asks again and again until the answer is as wanted."""
    while True:
        answer = await client.get(path)
        if wanted(answer):
            return answer
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_a_ticket_is_offered_accepted_answered_and_resolved(
    world: World, driver: str
) -> None:
    async with world.dealer(router_driver=driver):
        await world.staff("anna")
        await world.dealt_and_accepted("t1")
        about = {"desk": DESK, "agent": "anna", "ticket": "t1", "assignment": 1}
        await world.tell(ReplyToTicket(**about, text="hello"), id="c" * 512)
        reply = await world.hear(lambda record: record.topic.endswith("support.replies.v1"))
        await world.tell(ResolveTicket(**about, seen="web:main:t1-m1"))
        await world.card("t1", "wrap_up")

    sent = event(reply).data
    assert isinstance(sent, ReplyRequested)
    assert (reply.key, sent.text) == (b"web:main:t1", "hello")
    doc = await world.store["tickets"].find_one({"_id": "t1"})
    assert (doc["state"], doc["agent"], doc["assignment"]) == ("wrap_up", "anna", 1)


async def test_when_one_of_two_dealers_stops_the_other_goes_on(world: World) -> None:
    async with world.dealer() as stays:
        async with world.dealer() as goes:
            await world.staff("anna")
            await world.dealt_and_accepted("t1")
            await until_ready(stays)
            await until_ready(goes)
        await world.dealt_and_accepted("t2")
        await until_ready(stays)

    shards = [doc async for doc in world.store["shards"].find({})]
    assert len(shards) == world.partitions
    assert await world.store["tickets"].count_documents({"agent": "anna"}) == 2


async def test_a_new_owner_says_again_what_the_last_commit_had_to_say(world: World) -> None:
    async with world.dealer():
        await world.staff("anna")
        await world.dealt_and_accepted("t1")
    shard = await world.store["shards"].find_one({"_id": world.shard})
    said = [record for record in shard["outbox"] if record[0] == "support.events.v1"]
    last = next(value for _, _, value, _ in said if b"TurnRecorded" in value)
    await world.hear(lambda record: record.value == last)
    world.heard.clear()

    async with world.dealer():
        again = await world.hear(lambda record: record.value == last)
    told = event(again).data
    assert isinstance(told, TurnRecorded)
    assert (told.epoch, told.seq) == (shard["epoch"], shard["seq"])


async def test_a_new_owner_knows_what_the_last_one_dealt(world: World) -> None:
    async with world.dealer():
        await world.staff("anna")
        await world.dealt_and_accepted("t1")
    async with world.dealer():
        await world.dealt_and_accepted("t2")
        about = {"desk": DESK, "agent": "anna", "ticket": "t1", "assignment": 1}
        await world.tell(ResolveTicket(**about, seen="web:main:t1-m1"))
        await world.card("t1", "wrap_up")

    offers = [
        event(record).data
        for record in world.heard
        if record.topic.endswith("support.assignments.v1") and b'"offered"' in record.value
    ]
    assert {(card.ticket, card.assignment) for card in offers} == {("t1", 1), ("t2", 1)}  # type: ignore[attr-defined]


async def test_what_arrives_on_the_wrong_partition_finds_its_desk(world: World) -> None:
    elsewhere = (world.shard + 1) % world.partitions
    async with world.dealer():
        await world.staff("anna")
        await world.store["tickets"].insert_one(ticket_doc(recent("t1"), desk=DESK))
        await world.announce("t1", partition=elsewhere)
        offered = await world.card("t1", "offered")

    assert offered.shard == world.shard


async def test_what_nobody_can_place_becomes_a_dead_letter(world: World) -> None:
    async with world.dealer():
        await world.announce("never-stored")
        unknown = await world.dead_letter("support.tickets.v1")
        await world.tell(
            AgentProfileChanged(desk="nowhere", agent="a", skills={}, channels=(), capacity=1)
        )
        nowhere = await world.dead_letter("support.agents.v1")

    assert unknown["reason"] == b"ticket: announced, but not in the store"
    assert nowhere["reason"] == b"desk: nowhere is in no policy"
    assert unknown["origin-partition"] == str(world.shard).encode()


def lines(answer: httpx.Response) -> list[str]:
    return answer.text.splitlines()


async def test_readiness_says_what_is_waited_for_and_metrics_what_is_behind(world: World) -> None:
    async with world.dealer() as client:
        answer = await client.get("/health/ready")
        assert answer.json() == {"ready": False, "waiting_for": ["dealer"]}
        await until_ready(client)
        await world.staff("anna")
        await world.dealt_and_accepted("t1")
        labels = f'{{group="dealer",partition="{world.shard}",topic="support.agents.v1"}}'
        nothing_behind = f"croupier_consumer_lag_records{labels} 0.0"
        all_owned = f"croupier_owned_shards {float(world.partitions)}"
        told = await until(  # both are noted once a second
            client, "/metrics", lambda answer: {nothing_behind, all_owned} <= {*lines(answer)}
        )

    exported = told.text
    assert f"croupier_takeovers_total {float(world.partitions)}" in exported
    assert 'croupier_offers_total{desk="main",outcome="accepted"} 1.0' in exported
    assert 'croupier_waited_seconds_count{desk="main",queue="payments"} 1.0' in exported
