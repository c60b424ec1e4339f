"""What brings a ticket back to an agent, on running routers: the end of a pause and a new question,
not a thank-you."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.router.explain.model import Explanation
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.finish_wrap_up_v1 import FinishWrapUp
from shared.contracts.park_ticket_v1 import ParkTicket
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.runtime.clock import SystemClock, utc
from tests.integration.dealer_world import DESK, World, surroundings
from tests.integration.explaining import explained, explaining
from tests.stacks import Fresh

pytestmark = pytest.mark.stack


@pytest.fixture
async def world(fresh: Fresh) -> AsyncIterator[World]:
    async with surroundings(fresh) as world:
        yield world


async def test_a_parked_ticket_frees_its_slot_and_wakes(world: World) -> None:
    async with explaining(world) as client:
        await only_anna(world, channel="web")
        await world.dealt_and_accepted("parked")
        await world.open("next")
        until = utc(SystemClock().now()) + timedelta(seconds=3)
        about = {"desk": DESK, "agent": "anna", "ticket": "parked", "assignment": 1}
        await world.tell(ParkTicket.model_validate({**about, "until": until, "reason": "bank"}))
        await serve(world, await world.card("next", "offered"))
        again = await offer(world, "parked", 2)
        set_aside = await step(world, "parked", "parked")
        dealt = await step(world, "next", "dealt")
        told = await explained(client, "parked", lambda told: "woken" in steps_of(told))

    assert dealt.seq >= set_aside.seq
    assert again.agent == "anna"
    said = [moment.says for moment in told.moments]
    asides = [each for each in said if each.startswith("anna set it aside until ")]
    assert len(asides) == 1
    assert said.index(asides[0]) < said.index("back from where it was set aside")


async def test_thanks_do_not_bring_a_ticket_back_but_thanks_with_a_question_do(
    world: World,
) -> None:
    async with explaining(world) as client:
        await only_anna(world, channel="form")
        await world.write("1", "Where is my withdrawal? I am waiting for my payout")
        first = await step(world, None, "dealt")
        await serve(world, await offer(world, first.ticket, 1))
        await step(world, first.ticket, "wrap_up_ended")  # commands have another topic
        await world.write("2", "Thank you!")
        thanks = await step(world, first.ticket, "entry_added")
        await world.write("3", "Thanks, but the money is still not there, where is it?")
        again = await offer(world, first.ticket, 2)
        told = await explained(
            client, first.ticket, lambda told: steps_of(told).count("dealt") == 2
        )

    assert [(each.from_state, each.to_state) for each in thanks.steps] == [("resolved", "resolved")]
    assert again.last_message == "form:web:3"
    said = [moment.says for moment in told.moments]
    assert sum("reopened" in each for each in said) == 1


def steps_of(told: Explanation) -> list[str]:
    return [moment.on for moment in told.moments]


async def only_anna(world: World, *, channel: str, **also: int) -> None:
    """On duty is one agent with one slot. also: skills beside the usual ones."""
    await world.staff("anna")
    skills = {"lang.ru": 5, "lang.en": 5, "payments": 5}
    await world.tell(
        AgentProfileChanged(
            desk=DESK, agent="anna", skills=skills | also, channels=(channel,), capacity=1.0
        )
    )


async def serve(world: World, card: AssignmentCard) -> None:
    about = {"desk": DESK, "agent": card.agent, "ticket": card.ticket, "assignment": 1}
    await world.accept(card)
    await world.tell(ResolveTicket.model_validate({**about, "seen": card.last_message}))
    await world.tell(FinishWrapUp.model_validate(about))


async def offer(world: World, ticket: str, number: int) -> AssignmentCard:
    return await world.said(
        AssignmentCard, lambda card: (card.ticket, card.assignment) == (ticket, number)
    )


async def step(world: World, ticket: str | None, on: str) -> TicketChanged:
    """The first change of the ticket, or of any, with such a step."""
    return await world.said(
        TicketChanged,
        lambda change: (
            ticket in {None, change.ticket} and any(on == each.on for each in change.steps)
        ),
    )
