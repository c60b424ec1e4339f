"""One customer writes on two channels; an agent makes one ticket of it and undoes it, while routers
come and go."""

import asyncio
from typing import Any

import pytest

from services.notifier.adapters.mongo_conversations import MongoConversations
from services.router.explain.model import Explanation
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.merge_ticket_v1 import MergeTicket
from shared.contracts.split_ticket_v1 import SplitTicket
from shared.contracts.ticket_merged_v1 import TicketMerged
from shared.contracts.ticket_split_v1 import TicketSplit
from tests.integration.dealer_world import DESK, World, said_as
from tests.integration.explaining import explained, explaining

pytestmark = pytest.mark.stack

QUESTION = "Where is my deposit?"
SKILLS = {"lang.en": 5, "payments": 5}
ONE_SLOT = 0.5


async def test_two_tickets_from_two_channels_are_merged_and_a_split_undoes_it(
    world: World,
) -> None:
    async with explaining(world):
        await world.staff("anna", skills=SKILLS, channels=("form", "telegram"), capacity=ONE_SLOT)
        await world.write("1", QUESTION, channel="form")
        offered = await world.said(AssignmentCard, lambda card: card.state == "offered")
        await world.accept(offered)
        await world.write("2", QUESTION, channel="telegram")
        whole, part = offered.ticket, (await _stored(world, "telegram", "queued"))["_id"]
        before = await _ticket(world, part)
        merge = MergeTicket(desk=DESK, agent="anna", ticket=whole, assignment=1, other=part)
        for _ in range(2):
            await world.tell(merge, id="anna/merge")
        told = await world.said(TicketMerged, lambda merged: merged.ticket == part)
        card = await world.said(AssignmentCard, lambda card: card.merged == (part,))
        assert (told.into, card.ticket, card.messages) == (whole, whole, 2)
        assert card.last_message == "telegram:web:2"

    async with explaining(world) as client:  # another owner, and another sorter
        await world.write("3", QUESTION, channel="telegram")
        await world.said(AssignmentCard, lambda card: card.last_message == "telegram:web:3")
        shown = {"form:web:1", "telegram:web:2", "telegram:web:3"}
        assert await _conversation(world, whole) == shown

        split = SplitTicket(desk=DESK, agent="anna", ticket=whole, assignment=1, other=part)
        await world.tell(split, id="anna/split")
        await world.said(TicketSplit, lambda split: split.ticket == part)
        after = await _ticket(world, part)
        assert (after["state"], after["entries"]) == ("queued", 2)
        assert [after[field] for field in ("queued_at", "due_at")] == [
            before[field] for field in ("queued_at", "due_at")
        ]
        assert await _conversation(world, whole) == {"form:web:1"}

        await world.tell(merge, id="anna/merge")  # repeated late, it must not undo the split
        await world.write("4", QUESTION, channel="telegram")
        await _stored(world, "telegram", "queued", entries=3)
        own = await _ticket(world, whole)
        assert (own["entries"], own["last_message"]) == (1, "form:web:1")
        assert own["due_at"] == pytest.approx(offered.due_at.timestamp())
        stories = [await explained(client, ticket) for ticket in (whole, part)]

    assert [_on(each, {"merged", "merged_in", "split", "split_off"}) for each in stories] == [
        [f"anna merged {part} into it", f"anna split {part} off"],
        [f"anna merged it into {whole}", f"anna split it off from {whole}: it waits again"],
    ]
    assert f"the customer wrote to {part}, which is merged into it" in _on(
        stories[0], {"entry_added"}
    )
    assert len(said_as(world, TicketMerged)) == 1
    assert not [record for record in world.heard if record.topic.endswith(".dlq")]


async def _stored(world: World, channel: str, state: str, *, entries: int = 1) -> dict[str, Any]:
    """The ticket opened on a channel, once a dealer has written it so."""
    wanted = {"channel": channel, "state": state, "entries": entries, "version": {"$gt": 1}}
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while not found:
            await asyncio.sleep(0.05)
            found = await world.store.find("tickets", wanted)
    return found[0]


async def _ticket(world: World, ticket: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = await world.store.find("tickets", {"_id": ticket})
    return found[0]


async def _conversation(world: World, ticket: str) -> set[str]:
    """Ids of all that anna is shown with it."""
    conversations = MongoConversations(world.store)
    page = await conversations.page(agent="anna", ticket=ticket, before=None, limit=50)
    return {entry.id for entry in page.entries if entry.by == "customer"}


def _on(told: Explanation, wanted: set[str]) -> list[str]:
    return [moment.says for moment in told.moments if moment.on in wanted]
