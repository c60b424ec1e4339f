"""The notifier while the broker or the store is away. Each test has a stack to itself."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect

from deploy.stack import Stack
from shared.contracts.accept_ticket_v1 import AcceptTicket
from tests.integration.notifier_world import Watching, a_notifier, a_world, token_of, url_of
from tests.stacks import Fresh

pytestmark = pytest.mark.stack


@pytest.fixture
def fresh(own_stack: Stack) -> Fresh:
    return Fresh(suffix="faults", stack=own_stack)


async def test_a_broker_that_does_not_answer_means_a_nack_and_the_repeated_command_arrives(
    fresh: Fresh,
) -> None:
    async with a_world(fresh) as world:
        await world.enrol("lina")
        async with (
            world.inputs() as inputs,
            a_notifier(world.settings(notifier_publish_timeout_seconds=0.5)) as server,
            Watching(url=url_of(server), agent="lina") as lina,
        ):
            await lina.up_to_date()
            broker = fresh.stack.parts["kafka-0"]
            broker.pause()
            try:
                accepting = asyncio.create_task(
                    lina.commands.carry_out("accept", ticket="T1", assignment=1)
                )
                nack = await lina.heard("nack")
                assert lina.all("ack") == []
            finally:
                broker.resume()
            await lina.heard("ack")
            command = await inputs.next(AcceptTicket)
            assert command.id == f"lina/{nack['id']}"
            accepting.cancel()


@pytest.mark.native  # the embedded broker forgets its topics
async def test_cards_go_on_after_the_broker_restarted(fresh: Fresh) -> None:
    async with a_world(fresh) as world:
        await world.enrol("lina")
        async with (
            a_notifier(world.settings()) as server,
            Watching(url=url_of(server), agent="lina") as lina,
        ):
            await lina.up_to_date()
            await asyncio.to_thread(fresh.stack.parts["kafka-0"].kill)
            await asyncio.to_thread(fresh.stack.parts["kafka-0"].start)
            await world.deal("lina", "T1")
            await lina.heard("card")
            assert set(lina.desk.cards) == {"T1"}


async def test_without_the_store_an_agent_is_sent_to_try_again_and_gets_in_later(
    fresh: Fresh,
) -> None:
    async with a_world(fresh) as world:
        await world.enrol("lina")
        async with a_notifier(world.settings()) as server:
            store = fresh.stack.parts["mongo"]
            await asyncio.to_thread(store.kill)
            async with connect(url_of(server)) as early:
                await early.send(json.dumps({"type": "hello", "token": token_of("lina")}))
                await early.wait_closed()
                assert early.close_code == 1013
            await asyncio.to_thread(store.start)
            async with Watching(url=url_of(server), agent="lina") as lina:
                await lina.up_to_date()
