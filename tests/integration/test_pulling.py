"""An agent takes from the queue what nobody is dealt, while routers come and go."""

import pytest

from shared.contracts.agent_changed_v1 import AgentChanged
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.command_rejected_v1 import CommandRejected
from shared.contracts.pull_ticket_v1 import PullTicket
from shared.contracts.ticket_changed_v1 import TicketChanged
from tests.integration.dealer_world import DESK, World, event
from tests.integration.explaining import explained, explaining

pytestmark = pytest.mark.stack


async def test_a_ticket_that_a_reserve_leaves_waiting_is_taken_by_the_agent_it_names(
    world: World,
) -> None:
    async with explaining(world):
        await _staff(world)
        await world.write("1", "Where is my deposit?")
        waiting = await world.said(TicketChanged)
        await world.tell(PullTicket(desk=DESK, agent="anna"), id="anna/next")
        refused = await world.said(CommandRejected)
        assert (refused.command, refused.ticket) == ("anna/next", None)
        assert refused.reason == "unknown_ticket"

        pull = PullTicket(desk=DESK, agent="anna", ticket=waiting.ticket)
        await world.tell(pull, id="anna/pull")
        card = await world.said(AssignmentCard)
        assert (card.agent, card.ticket, card.state) == ("anna", waiting.ticket, "accepted")

    async with explaining(world) as client:  # another owner, who knows the command again
        await world.tell(pull, id="anna/pull")
        await world.hear(lambda record: _answers(record, "anna/pull") and _seq(record) > card.seq)
        told = await explained(client, waiting.ticket, agent="boris")

    assert [moment.says for moment in told.moments][1:] == [
        "anna took it from the queue themselves",
        "anna accepted",
    ]
    taken = next(moment for moment in told.moments if moment.decision is not None)
    assert taken.details[-1] == "anna asked for this one"
    assert taken.why_not is not None
    assert taken.why_not.says == "anna took it from the queue themselves"
    [anna] = await world.store.find("agents", {"_id": "anna"})
    assert (len(anna["picks"]), anna["pulled"]) == (1, [["anna/pull", waiting.ticket]])
    assert not [record for record in world.heard if record.topic.endswith(".dlq")]


async def _staff(world: World) -> None:
    """Anna, whose only slot is kept for customers who write in Lithuanian."""
    skills = {"lang.en": 5, "lang.lt": 5, "payments": 5}
    await world.staff("anna", skills=skills, channels=("form",), capacity=1.0)
    await world.said(AgentChanged, lambda agent: agent.connected and agent.state == "ready")


def _answers(record: object, command: str) -> bool:
    said = event(record)
    return isinstance(said.data, AssignmentCard) and said.cause == command


def _seq(record: object) -> int:
    data = event(record).data
    return data.seq if isinstance(data, AssignmentCard) else 0
