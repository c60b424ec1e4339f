"""A disputed ticket goes to somebody who did not decide it, whoever owns its desk meanwhile."""

import pytest

from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.command_rejected_v1 import CommandRejected
from shared.contracts.escalate_ticket_v1 import EscalateTicket
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.transfer_ticket_v1 import TransferTicket
from tests.integration.dealer_world import DESK, World
from tests.integration.explaining import explained, explaining

pytestmark = pytest.mark.stack


async def test_a_disputed_ticket_waits_for_somebody_who_did_not_decide_it(world: World) -> None:
    async with explaining(world):
        await world.staff("anna", "boris")
        await world.tell(SetAgentState(desk=DESK, agent="boris", state="break"))
        await world.dealt_and_accepted("disputed")
        anna = {"desk": DESK, "agent": "anna", "ticket": "disputed", "assignment": 1}
        await world.tell(ReplyToTicket.model_validate({**anna, "text": "No refund."}))
        await world.tell(EscalateTicket.model_validate({**anna, "note": "she disputes it"}))
        escalated = await world.said(TicketChanged, lambda change: _on("escalated", change))
        await world.open("next")
        assert (await world.card("next", "offered")).agent == "anna"

    async with explaining(world) as client:  # another owner
        waits = await explained(client, "disputed", agent="anna")
        await world.tell(SetAgentState(desk=DESK, agent="boris", state="ready"))
        card = await world.said(AssignmentCard, lambda card: bool(card.review))
        await world.accept(card)
        boris = {"desk": DESK, "agent": "boris", "ticket": "disputed", "assignment": 2}
        given = await world.tell(TransferTicket.model_validate({**boris, "to_agent": "anna"}))
        refused = await world.said(CommandRejected, lambda each: each.command == given)
        told = await explained(
            client, "disputed", lambda told: told.state == "accepted", agent="anna"
        )

    decided = "decided this ticket: a re-review goes to somebody else"
    assert (waits.state, waits.why_not and waits.why_not.says) == ("queued", decided)
    assert (card.agent, card.ticket, card.assignment) == ("boris", "disputed", 2)
    assert card.due_at.timestamp() == pytest.approx(waits.due_at.timestamp())
    assert refused.detail == "anna decided disputed: a re-review goes to somebody else."
    said = [moment.says for moment in told.moments]
    assert said.index("anna sent it for re-review") < said.index("offered to boris")
    [_, second] = [moment for moment in told.moments if moment.on == "dealt"]
    assert second.why_not is not None
    assert (second.why_not.rule, second.why_not.says) == ("decided", decided)
    assert [step.note for step in escalated.steps if step.on == "escalated"] == ["she disputes it"]
    assert not [record for record in world.heard if record.topic.endswith(".dlq")]


def _on(step: str, change: TicketChanged) -> bool:
    return any(each.on == step for each in change.steps)
