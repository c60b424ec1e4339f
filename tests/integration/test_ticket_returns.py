"""What brings a ticket back to an agent, on running routers: the end of a pause and a new question,
not a thank-you."""

from datetime import timedelta
from typing import Any, Final

import pytest

from shared.contracts.park_ticket_v1 import ParkTicket
from shared.runtime.clock import SystemClock, utc
from tests.integration.dealer_world import DESK, World
from tests.integration.explaining import explained, explaining, steps_of

pytestmark = pytest.mark.stack


ONE_SLOT: Final[dict[str, Any]] = {
    "skills": {"lang.ru": 5, "lang.en": 5, "payments": 5},
    "capacity": 1.0,
}


async def test_a_parked_ticket_frees_its_slot_and_wakes(world: World) -> None:
    async with explaining(world) as client:
        await world.staff("anna", **ONE_SLOT, channels=("web",))
        await world.dealt_and_accepted("parked")
        await world.open("next")
        until = utc(SystemClock().now()) + timedelta(seconds=3)
        about = {"desk": DESK, "agent": "anna", "ticket": "parked", "assignment": 1}
        await world.tell(ParkTicket.model_validate({**about, "until": until, "reason": "bank"}))
        await world.serve(await world.card("next", "offered"))
        again = await world.offer("parked", 2)
        set_aside = await world.step("parked", "parked")
        dealt = await world.step("next", "dealt")
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
        await world.staff("anna", **ONE_SLOT, channels=("form",))
        await world.write("1", "Where is my withdrawal? I am waiting for my payout")
        first = await world.step(None, "dealt")
        await world.serve(await world.offer(first.ticket, 1))
        await world.step(first.ticket, "wrap_up_ended")  # commands have another topic
        await world.write("2", "Thank you!")
        thanks = await world.step(first.ticket, "entry_added")
        await world.write("3", "Thanks, but the money is still not there, where is it?")
        again = await world.offer(first.ticket, 2)
        told = await explained(
            client, first.ticket, lambda told: steps_of(told).count("dealt") == 2
        )

    assert [(each.from_state, each.to_state) for each in thanks.steps] == [("resolved", "resolved")]
    assert again.last_message == "form:web:3"
    said = [moment.says for moment in told.moments]
    assert sum("reopened" in each for each in said) == 1
