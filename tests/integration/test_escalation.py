"""A customer waits and waits, on running routers: what the policy says is done, step by step."""

from pathlib import Path

import pytest

from shared.contracts.on_call_paged_v1 import OnCallPaged
from shared.contracts.reply_requested_v1 import ReplyRequested
from tests.integration.dealer_world import POLICY, World, said_as
from tests.integration.explaining import explained, explaining

pytestmark = pytest.mark.stack

MONEY = "Where is my withdrawal? I am waiting for my payout"
SOON = {"after: 15m": "after: 1s", "after: 45m": "after: 8s", "after: 1h\n": "after: 9s\n"}


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """The betting company's, with the steps of its payments seconds apart."""
    text = POLICY.read_text("utf-8")
    for was, becomes in SOON.items():
        assert text.count(was) == 1
        text = text.replace(was, becomes)
    path = tmp_path / "policy.yaml"
    path.write_text(text, "utf-8")
    return path


async def test_each_step_is_done_once_whoever_owns_the_desk_and_is_told_in_the_story(
    world: World, policy: Path
) -> None:
    async with explaining(world, router_policy=policy) as client:
        await world.write("1", MONEY)
        page = await world.said(OnCallPaged)
        counted = (await client.get("/metrics")).text
    async with explaining(world, router_policy=policy) as client:
        reply = await world.said(ReplyRequested, lambda each: each.notice == "told")
        told = await explained(client, page.ticket, lambda each: len(each.moments) == 4)

    assert (page.who, page.reason, page.queue) == ("lead", "not_taken", "payments")
    pages = 'croupier_on_call_pages_total{desk="main",queue="payments",reason="escalated"} 1.0'
    assert pages in counted
    assert (reply.sender, reply.by, reply.ticket) == ("me", "system", page.ticket)
    assert "leave your number" in reply.text
    assert [moment.says for moment in told.moments] == [
        "opened: form, queue payments, priority 2",
        "still waiting: lead paged",
        "still waiting: moved on to the queue general",
        "still waiting: the customer was told",
    ]
    assert len(said_as(world, OnCallPaged)) == 1
    assert len(said_as(world, ReplyRequested)) == 2, "that it was received, and the step"
    doc = await world.store["tickets"].find_one({"_id": page.ticket})
    assert doc is not None
    assert (doc["queue"], doc["moved_to"], doc["climbed"]) == (
        "general",
        "general",
        [["payments", 3]],
    )
