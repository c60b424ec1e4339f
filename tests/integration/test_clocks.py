"""Clocks beside the deadline, on running routers: they are told of in time, and nothing in between
takes them back."""

from pathlib import Path

import pytest

from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.on_call_paged_v1 import OnCallPaged
from shared.contracts.park_ticket_v1 import ParkTicket
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.runtime.clock import SystemClock, utc
from tests.integration.dealer_world import DESK, POLICY, World
from tests.integration.explaining import explained, explaining, steps_of

pytestmark = pytest.mark.stack

SKILLS = {"lang.ru": 5, "lang.en": 5, "payments": 5}

DISPUTE = "I dispute your decision: the settlement of my bet was wrong, I want it reviewed"
"""Of the topic that starts a statutory clock."""


async def test_a_statutory_clock_wakes_what_was_set_aside_and_pages(
    world: World, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.yaml"
    text = POLICY.read_text("utf-8")
    clock = "dispute: {within: 14d, warn: 2d, topics: [dispute]}"
    assert text.count(clock) == 1
    policy.write_text(text.replace(clock, "dispute: {within: 1d, warn: 86385s, topics: [dispute]}"))
    async with explaining(world, router_policy=policy) as client:
        await world.staff("anna", skills=SKILLS | {"betting": 3}, channels=("form",), capacity=1.0)
        await world.write("1", DISPUTE)
        card = await world.said(AssignmentCard, lambda card: card.state == "offered")
        await world.accept(card)
        about = {"desk": DESK, "agent": "anna", "ticket": card.ticket, "assignment": 1}
        until = utc(SystemClock().now() + 3_600)
        await world.tell(ParkTicket.model_validate({**about, "until": until, "reason": "bank"}))
        page = await world.said(OnCallPaged)
        again = await world.offer(card.ticket, 2)
        told = await explained(client, card.ticket, lambda each: steps_of(each)[-1] == "dealt")

    assert (page.ticket, page.reason, page.clock) == (card.ticket, "clock_warned", "dispute")
    assert again.clocks is not None
    assert [(each.name, each.statutory) for each in again.clocks] == [("dispute", True)]
    assert any("the clock dispute runs until" in each for each in told.moments[0].details)
    says = [moment.says for moment in told.moments]
    warned = says.index("the clock dispute is about to run out")
    assert says[warned + 1] == "back from where it was set aside"


async def test_a_question_after_an_answer_is_to_be_answered_by_a_deadline_of_its_own(
    world: World,
) -> None:
    async with explaining(world) as client:
        await world.staff("anna", skills=SKILLS, channels=("form",), capacity=1.0)
        await world.write("1", "Where is my withdrawal? I am waiting for my payout")
        card = await world.said(AssignmentCard, lambda card: card.state == "offered")
        await world.accept(card)
        about = {"desk": DESK, "agent": "anna", "ticket": card.ticket, "assignment": 1}
        await world.tell(ReplyToTicket.model_validate({**about, "text": "Which account?"}))
        answered = await changed(world, card.ticket, "replied")
        await world.write("2", "The one of this site, where else is my withdrawal?")
        asked = await changed(world, card.ticket, "entry_added")
        told = await explained(client, card.ticket, lambda each: "entry_added" in steps_of(each))

    [reply] = [step for step in answered.steps if step.on == "replied"]
    [question] = [step for step in asked.steps if step.on == "entry_added"]
    assert reply.due_at == question.from_due_at == card.due_at
    assert question.due_at is not None
    assert (question.due_at - question.at).total_seconds() == pytest.approx(
        3_600, abs=60
    )  # of a priority that halves
    [moment] = [each for each in told.moments if each.on == "replied"]
    assert moment.details[0].endswith("before it was due")


async def changed(world: World, ticket: str, on: str) -> TicketChanged:
    return await world.said(
        TicketChanged,
        lambda change: change.ticket == ticket and any(on == each.on for each in change.steps),
    )
