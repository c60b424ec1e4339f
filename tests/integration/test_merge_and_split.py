"""One customer writes on two channels; an agent makes one ticket of it and undoes it, while routers
come and go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import pytest
from pydantic import SecretStr

from services.notifier.adapters.mongo_conversations import MongoConversations
from services.router.explain.model import Explanation
from shared.contracts import Contract
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.merge_ticket_v1 import MergeTicket
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.split_ticket_v1 import SplitTicket
from shared.contracts.ticket_merged_v1 import TicketMerged
from shared.contracts.ticket_split_v1 import TicketSplit
from shared.messaging.partition import partition_of
from tests.integration.dealer_world import DESK, World, event, surroundings
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

TOKEN = "a token of some length"
ONE_SLOT = 0.5
D = TypeVar("D", bound=Contract)


@pytest.fixture
async def world(fresh: Fresh) -> AsyncIterator[World]:
    async with surroundings(fresh) as world:
        yield world


async def test_two_tickets_from_two_channels_are_merged_and_a_split_undoes_it(
    world: World,
) -> None:
    async with _router(world):
        await _staff(world)
        await _write(world, "form", "1")
        offered = await _said(world, AssignmentCard, lambda card: card.state == "offered")
        await world.accept(offered)
        await _write(world, "telegram", "2")
        whole, part = offered.ticket, (await _stored(world, "telegram", "queued"))["_id"]
        before = await _ticket(world, part)
        merge = MergeTicket(desk=DESK, agent="anna", ticket=whole, assignment=1, other=part)
        for _ in range(2):
            await world.tell(merge, id="anna/merge")
        told = await _said(world, TicketMerged, lambda merged: merged.ticket == part)
        card = await _said(world, AssignmentCard, lambda card: card.merged == (part,))
        assert (told.into, card.ticket, card.messages) == (whole, whole, 2)
        assert card.last_message == "telegram:web:2"

    async with _router(world) as client:  # another owner, and another sorter
        await _write(world, "telegram", "3")
        await _said(world, AssignmentCard, lambda card: card.last_message == "telegram:web:3")
        shown = {"form:web:1", "telegram:web:2", "telegram:web:3"}
        assert await _conversation(world, whole) == shown

        split = SplitTicket(desk=DESK, agent="anna", ticket=whole, assignment=1, other=part)
        await world.tell(split, id="anna/split")
        await _said(world, TicketSplit, lambda split: split.ticket == part)
        after = await _ticket(world, part)
        assert (after["state"], after["entries"]) == ("queued", 2)
        assert [after[field] for field in ("queued_at", "due_at")] == [
            before[field] for field in ("queued_at", "due_at")
        ]
        assert await _conversation(world, whole) == {"form:web:1"}

        await world.tell(merge, id="anna/merge")  # repeated late, it must not undo the split
        await _write(world, "telegram", "4")
        await _stored(world, "telegram", "queued", entries=3)
        own = await _ticket(world, whole)
        assert (own["entries"], own["last_message"]) == (1, "form:web:1")
        assert own["due_at"] == pytest.approx(offered.due_at.timestamp())
        stories = [await _explained(client, ticket) for ticket in (whole, part)]

    assert [_on(each, {"merged", "merged_in", "split", "split_off"}) for each in stories] == [
        [f"anna merged {part} into it", f"anna split {part} off"],
        [f"anna merged it into {whole}", f"anna split it off from {whole}: it waits again"],
    ]
    assert f"the customer wrote to {part}, which is merged into it" in _on(
        stories[0], {"entry_added"}
    )
    events = [event(record).data for record in world.heard if "dlq" not in record.topic]
    assert sum(isinstance(each, TicketMerged) for each in events) == 1
    assert not [record for record in world.heard if record.topic.endswith(".dlq")]


def _router(world: World) -> Any:
    return world.dealer(router_role="both", router_explain_token=SecretStr(TOKEN))


async def _staff(world: World) -> None:
    """Anna, who has room for one ticket."""
    await world.tell(
        AgentProfileChanged(
            desk=DESK,
            agent="anna",
            skills={"lang.en": 5, "payments": 5},
            channels=("form", "telegram"),
            capacity=ONE_SLOT,
        )
    )
    await world.tell(
        NotifierHeartbeat(desk=DESK, notifier="n1", agents=("anna",), period_seconds=300)
    )
    await world.tell(SetAgentState(desk=DESK, agent="anna", state="ready"))


async def _write(world: World, channel: str, number: str) -> None:
    data = MessageReceived(
        channel=channel,
        account="web",
        sender="me",
        message_id=number,
        sent_at=datetime.now(UTC),
        text="Where is my deposit?",
    )
    count = len(await world.producer.partitions_for(world.fresh.topic(data.TOPIC)))
    await world.tell(data, partition=partition_of(data.key.encode(), count))


async def _said(world: World, contract: type[D], wanted: Callable[[D], bool]) -> D:
    """The first event of this kind that is wanted."""

    def is_wanted(record: Any) -> bool:
        data = None if record.topic.endswith(".dlq") else event(record).data
        return isinstance(data, contract) and wanted(data)

    data = event(await world.hear(is_wanted)).data
    assert isinstance(data, contract)
    return data


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
    return {entry.id for entry in page.entries}


async def _explained(client: httpx.AsyncClient, ticket: str) -> Explanation:
    """Once the recorder has caught up with the ticket."""
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    async with asyncio.timeout(30):
        while True:
            answer = await client.get(f"/v1/tickets/{ticket}/explain", headers=bearer)
            told = Explanation.model_validate_json(answer.raise_for_status().content)
            if not told.gaps:
                return told
            await asyncio.sleep(0.05)


def _on(told: Explanation, wanted: set[str]) -> list[str]:
    return [moment.says for moment in told.moments if moment.on in wanted]
