"""Customers who need somebody licensed, on running routers: they are told when nobody is there, and
their ticket stands beside the one they have."""

import asyncio

import pytest

from shared.contracts.on_call_paged_v1 import OnCallPaged
from shared.contracts.reply_requested_v1 import ReplyRequested
from tests.integration.dealer_world import World
from tests.integration.explaining import explained, explaining

pytestmark = pytest.mark.stack

MONEY = "Where is my withdrawal? I am waiting for my payout"
IN_NEED = "I cannot stop gambling, please exclude me from your site for six months"


async def test_with_nobody_licensed_the_customer_is_told_and_somebody_on_call_is_paged(
    world: World,
) -> None:
    async with explaining(world) as client:
        await world.staff("anna")
        await world.write("1", IN_NEED)
        reply = await world.said(ReplyRequested, lambda each: each.notice == "safe_reply")
        page = await world.said(OnCallPaged)
        told = await explained(client, page.ticket, lambda each: len(each.moments) == 3)
        counted = (await client.get("/metrics")).text

    assert (reply.sender, reply.by, reply.ticket) == ("me", "system", page.ticket)
    assert "A colleague who is trained for this" in reply.text
    assert (page.queue, page.reason) == ("integrity", "nobody_ready")
    assert [moment.says for moment in told.moments][1:] == [
        "safe reply sent to the customer",
        "on-call paged: nobody who could take it was ready",
    ]
    pages = 'croupier_on_call_pages_total{desk="main",queue="integrity",reason="nobody_ready"} 1.0'
    assert pages in counted


async def test_a_protected_message_of_a_customer_with_a_ticket_opens_another_beside_it(
    world: World,
) -> None:
    async with explaining(world) as client:
        for number, text in enumerate((MONEY, IN_NEED, MONEY, IN_NEED), start=1):
            await world.write(str(number), text)
        ordinary = await changed(world, queue="payments", entries=2)
        protected = await changed(world, queue="integrity", entries=2)
        told = await explained(client, protected, lambda each: len(each.moments) > 3)

    messages = await world.store["messages"].find({}).to_list(None)
    assert {doc["_id"]: doc["ticket"] for doc in messages} == {
        "form:web:1": ordinary,
        "form:web:2": protected,
        "form:web:3": ordinary,
        "form:web:4": protected,
    }
    assert f"beside ticket {ordinary}" in told.moments[0].details
    claims = await world.store["claims"].find({}).to_list(None)
    assert {claim["ticket"] for claim in claims} == {ordinary, protected}


async def changed(world: World, *, queue: str, entries: int) -> str:
    """The queue's ticket, when it has so many entries."""
    async with asyncio.timeout(30):
        while True:
            doc = await world.store["tickets"].find_one({"queue": queue, "entries": entries})
            if doc is not None:
                return str(doc["_id"])
            await asyncio.sleep(0.05)
