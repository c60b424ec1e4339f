"""The end of a shift stops new offers by itself, and an explanation says so."""

from itertools import count
from typing import Final

import pytest

from services.router.explain.model import Explanation
from shared.contracts.agent_profile_changed_v1 import Shift
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.finish_wrap_up_v1 import FinishWrapUp
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.runtime.clock import SystemClock, utc
from tests.integration.dealer_world import DESK, World
from tests.integration.explaining import explained, explaining

pytestmark = pytest.mark.stack

GUARD: Final = 600.0
SOON: Final = 8.0


async def plan(world: World, agent: str, *, ends_in: float) -> None:
    """A shift that began an hour ago. The agent fits better than those of `staff`."""
    now = SystemClock().now()
    shift = Shift(starts_at=utc(now - 3_600), ends_at=utc(now + ends_in))
    skills = {"lang.ru": 4, "payments": 5}
    await world.hire(agent, skills=skills, capacity=100.0, shifts=(shift,))


async def offered(world: World, name: str) -> AssignmentCard:
    """A new ticket's way to somebody."""
    await world.open(name)
    return await world.card(name, "offered")


async def serve(world: World, card: AssignmentCard) -> None:
    """It is out of their hands again."""
    about = {"desk": DESK, "agent": card.agent, "ticket": card.ticket, "assignment": 1}
    await world.accept(card)
    await world.tell(ResolveTicket.model_validate({**about, "seen": card.last_message}))
    await world.tell(FinishWrapUp.model_validate(about))


def asked(told: Explanation) -> bool:
    return any(moment.why_not for moment in told.moments)


async def test_nothing_is_dealt_to_an_agent_whose_shift_ends_soon(world: World) -> None:
    async with explaining(world) as client:
        await world.staff("anna", "boris")
        await plan(world, "anna", ends_in=GUARD + SOON)
        first = await offered(world, "t0")
        names = (f"t{number}" for number in count(1))
        while (card := await offered(world, next(names))).agent == "anna":
            await serve(world, card)  # until the guard begins
        told = await explained(client, card.ticket, asked, agent="anna")
        later = await offered(world, "later")

    assert (first.agent, later.agent) == ("anna", "boris")
    [answer] = [moment.why_not for moment in told.moments if moment.why_not]
    assert answer.rule == "shift"
    assert answer.says.startswith("shift ends ")
    assert ", no new tickets since " in answer.says
