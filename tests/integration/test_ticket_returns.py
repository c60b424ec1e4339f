"""What brings a ticket back to an agent, on running routers: the end of a pause and a new question,
not a thank-you."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.router.explain.model import Explanation
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.finish_wrap_up_v1 import FinishWrapUp
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.park_ticket_v1 import ParkTicket
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.messaging.partition import partition_of
from shared.runtime.clock import SystemClock, utc
from tests.integration.dealer_world import DESK, World, event, surroundings
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

TOKEN = "a token of some length"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def world(fresh: Fresh) -> AsyncIterator[World]:
    async with surroundings(fresh) as world:
        yield world


async def test_a_parked_ticket_frees_its_slot_and_wakes(world: World) -> None:
    async with world.dealer(router_role="both", router_explain_token=SecretStr(TOKEN)) as client:
        await only_anna(world, channel="web")
        await world.dealt_and_accepted("parked")
        await world.open("next")
        until = utc(SystemClock().now()) + timedelta(seconds=3)
        about = {"desk": DESK, "agent": "anna", "ticket": "parked", "assignment": 1}
        await world.tell(ParkTicket.model_validate({**about, "until": until, "reason": "bank"}))
        await serve(world, await world.card("next", "offered"))
        again = await card(world, "parked", assignment=2)
        set_aside = await step(world, "parked", "parked")
        dealt = await step(world, "next", "dealt")
        told = await explained(client, "parked", lambda said: any("back" in each for each in said))

    assert dealt.seq >= set_aside.seq
    assert again.agent == "anna"
    said = [moment.says for moment in told.moments]
    asides = [each for each in said if each.startswith("anna set it aside until ")]
    assert len(asides) == 1
    assert said.index(asides[0]) < said.index("back from where it was set aside")


async def test_thanks_do_not_bring_a_ticket_back_but_thanks_with_a_question_do(
    world: World,
) -> None:
    async with world.dealer(router_role="both", router_explain_token=SecretStr(TOKEN)) as client:
        await only_anna(world, channel="form")
        await write(world, "1", "Where is my withdrawal? I am waiting for my payout")
        first = await step(world, None, "dealt")
        await serve(world, await card(world, first.ticket, assignment=1))
        await write(world, "2", "Thank you!")
        thanks = await step(world, first.ticket, "entry_added")
        await write(world, "3", "Thanks, but the money is still not there, where is it?")
        again = await card(world, first.ticket, assignment=2)
        told = await explained(client, first.ticket, lambda said: sum(map(is_offer, said)) == 2)

    assert [(each.from_state, each.to_state) for each in thanks.steps] == [("resolved", "resolved")]
    assert again.last_message == "form:web:3"
    said = [moment.says for moment in told.moments]
    assert sum("reopened" in each for each in said) == 1


def is_offer(says: str) -> bool:
    return says.startswith("offered to anna")


async def only_anna(world: World, *, channel: str) -> None:
    """On duty is one agent with one slot."""
    await world.staff("anna")
    skills = {"lang.ru": 5, "lang.en": 5, "payments": 5}
    await world.tell(
        AgentProfileChanged(
            desk=DESK, agent="anna", skills=skills, channels=(channel,), capacity=1.0
        )
    )


async def serve(world: World, card: AssignmentCard) -> None:
    about = {"desk": DESK, "agent": card.agent, "ticket": card.ticket, "assignment": 1}
    await world.accept(card)
    await world.tell(ResolveTicket.model_validate({**about, "seen": card.last_message}))
    await world.tell(FinishWrapUp.model_validate(about))


async def write(world: World, message: str, text: str) -> None:
    data = MessageReceived(
        channel="form",
        account="web",
        sender="s",
        message_id=message,
        sent_at=utc(SystemClock().now()),
        text=text,
    )
    count = len(await world.producer.partitions_for(world.fresh.topic(data.TOPIC)))
    await world.tell(data, partition=partition_of(data.key.encode(), count))


async def card(world: World, ticket: str, *, assignment: int) -> AssignmentCard:
    def is_it(record: Any) -> bool:
        data = event(record).data
        if not isinstance(data, AssignmentCard):
            return False
        return (data.ticket, data.assignment) == (ticket, assignment)

    data = event(await world.hear(is_it)).data
    assert isinstance(data, AssignmentCard)
    return data


async def step(world: World, ticket: str | None, on: str) -> TicketChanged:
    """The first change of the ticket, or of any, with such a step."""

    def is_it(record: Any) -> bool:
        data = event(record).data
        if not isinstance(data, TicketChanged) or ticket not in {None, data.ticket}:
            return False
        return any(each.on == on for each in data.steps)

    data = event(await world.hear(is_it)).data
    assert isinstance(data, TicketChanged)
    return data


async def explained(
    client: httpx.AsyncClient, ticket: str, whole: Callable[[list[str]], bool]
) -> Explanation:
    """Once the recorder has caught up."""
    async with asyncio.timeout(30):
        while True:
            answer = await client.get(f"/v1/tickets/{ticket}/explain", headers=BEARER)
            told = Explanation.model_validate_json(answer.raise_for_status().content)
            if whole([moment.says for moment in told.moments]):
                return told
            await asyncio.sleep(0.05)
