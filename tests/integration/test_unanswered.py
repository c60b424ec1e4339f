"""An agent takes a ticket and writes nothing, on running routers: who is told of it, and when."""

from pathlib import Path

import pytest

from shared.contracts.on_call_paged_v1 import OnCallPaged
from tests.integration.dealer_world import POLICY, World, said_as
from tests.integration.explaining import explained, explaining, steps_of

pytestmark = pytest.mark.stack

PATIENCE = "unanswered: {nudge: 5m, lead: 15m, requeue: 30m}"
IMPATIENCE = "unanswered: {nudge: 1s, lead: 4s, who: shift-lead, requeue: 7s}"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """The betting company's, with seconds for an answer."""
    text = POLICY.read_text("utf-8")
    assert text.count(PATIENCE) == 1
    path = tmp_path / "policy.yaml"
    path.write_text(text.replace(PATIENCE, IMPATIENCE), "utf-8")
    return path


async def test_a_lead_is_told_once_of_a_silent_agent_whoever_owns_the_desk(
    world: World, policy: Path
) -> None:
    async with explaining(world, router_policy=policy):
        await world.staff("anna", channels=("web",))
        await world.dealt_and_accepted("t1")
        await world.step("t1", "agent_nudged")
    async with explaining(world, router_policy=policy) as client:
        page = await world.said(OnCallPaged)
        counted = (await client.get("/metrics")).text
        told = await explained(client, "t1", lambda told: "agent_silent" in steps_of(told))

    assert (page.ticket, page.reason, page.who) == ("t1", "agent_silent", "shift-lead")
    assert f'queue="{page.queue}",reason="agent_silent"}} 1.0' in counted
    said = [moment.says for moment in told.moments]
    at = said.index("anna was reminded to answer")
    assert said[at : at + 3] == [
        "anna was reminded to answer",
        "shift-lead was told that anna does not answer",
        "taken back from anna, who did not answer",
    ]
    assert len(said_as(world, OnCallPaged)) == 1
