"""The notifier on a real broker and store; the test plays the dealer."""

from collections.abc import AsyncIterator

import pytest

from shared.contracts.accept_ticket_v1 import AcceptTicket
from tests.integration.notifier_world import Watching, World, a_notifier, a_world, url_of
from tests.stacks import Fresh

pytestmark = pytest.mark.stack


@pytest.fixture
async def world(fresh: Fresh) -> AsyncIterator[World]:
    async with a_world(fresh) as made:
        yield made


async def test_an_agent_sees_accepts_and_gets_the_card(world: World) -> None:
    await world.enrol("lina")
    async with (
        world.inputs() as inputs,
        a_notifier(world.settings()) as server,
        Watching(url=url_of(server), agent="lina") as lina,
    ):
        await lina.up_to_date()
        await world.deal("lina", "T1")
        card = (await lina.heard("card"))["card"]

        import asyncio

        accepting = asyncio.create_task(
            lina.commands.carry_out("accept", ticket="T1", assignment=card["assignment"])
        )
        command = await inputs.next(AcceptTicket)
        await lina.heard("ack")
        await world.commit("lina", "T1", "accepted")
        await world.announce("lina", "T1", "accepted", cause=command.id)
        await accepting

    assert command.data.agent == "lina"
    assert [step.state for step in lina.steps] == ["offered", "accepted"]
