"""The notifier on a real broker and store; the test plays the dealer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from websockets.asyncio.client import connect

from cli.agent_commands import Rejected
from services.notifier.protocol.codes import Close
from shared.contracts.accept_ticket_v1 import AcceptTicket
from shared.contracts.command_rejected_v1 import CommandRejected
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from shared.contracts.set_agent_state_v1 import SetAgentState
from tests.integration.notifier_world import (
    DESK,
    Inputs,
    Watching,
    World,
    a_notifier,
    a_world,
    token_of,
    url_of,
)
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

HERD = 200


@pytest.fixture
async def world(fresh: Fresh) -> AsyncIterator[World]:
    async with a_world(fresh) as made:
        yield made


async def test_an_offer_is_seen_accepted_and_answered_by_the_card(world: World) -> None:
    await world.enrol("lina")
    async with (
        world.inputs() as inputs,
        a_notifier(world.settings()) as server,
        Watching(url=url_of(server), agent="lina") as lina,
    ):
        await lina.up_to_date()
        await world.deal("lina", "T1")
        await lina.heard("card")
        accepting = asyncio.create_task(
            lina.commands.carry_out("accept", ticket="T1", assignment=1)
        )
        command = await inputs.next(AcceptTicket)
        await lina.heard("ack")
        await world.commit("lina", "T1", "accepted")
        await world.announce("lina", "T1", "accepted", cause=command.id)
        await accepting
    assert command.data == AcceptTicket(agent="lina", desk=DESK, ticket="T1", assignment=1)
    assert [step.state for step in lina.steps] == ["offered", "accepted"]


async def test_a_change_of_state_is_answered_by_the_agent_s_card(world: World) -> None:
    await world.enrol("lina")
    async with (
        world.inputs() as inputs,
        a_notifier(world.settings()) as server,
        Watching(url=url_of(server), agent="lina") as lina,
    ):
        await lina.up_to_date()
        going = asyncio.create_task(lina.commands.carry_out("set_state", state="break"))
        command = await inputs.next(SetAgentState)
        await world.set_state("lina", "break", cause=command.id)
        await going
        assert lina.desk.state["state"] == "break"


async def test_a_rejection_reaches_the_agent_with_its_reason(world: World) -> None:
    await world.enrol("lina")
    async with (
        world.inputs() as inputs,
        a_notifier(world.settings()) as server,
        Watching(url=url_of(server), agent="lina") as lina,
    ):
        await lina.up_to_date()
        accepting = asyncio.create_task(
            lina.commands.carry_out("accept", ticket="T9", assignment=1)
        )
        command = await inputs.next(AcceptTicket)
        refusal = CommandRejected(
            agent="lina",
            shard=world.shard,
            seq=1,
            n=0,
            command=command.id,
            ticket="T9",
            reason="not_yours",
            detail="Somebody else has it.",
        )
        await world.publish(refusal)
        with pytest.raises(Rejected, match="not_yours"):
            await accepting


async def test_late_and_foreign_cards_do_not_reach_the_agent(world: World) -> None:
    await world.enrol("lina")
    await world.deal("lina", "T1")
    late = world.card("lina", "zombie's", "offered", seq=world.seq, n=7)
    foreign = world.card("lina", "elsewhere", "offered", seq=99, shard=world.shard + 1)
    other = world.card("ada", "ada's", "offered", seq=98)
    async with (
        a_notifier(world.settings()) as server,
        Watching(url=url_of(server), agent="lina") as lina,
    ):
        await lina.up_to_date()
        for card in (late, foreign, other):
            await world.publish(card)
        await world.deal("lina", "T2")
        await lina.heard("card")
        assert [step.ticket for step in lina.steps] == ["T1", "T2"]
        assert len(lina.all("card")) == 1


async def test_what_happened_while_the_agent_was_away_is_in_the_snapshot(world: World) -> None:
    await world.enrol("lina")
    await world.deal("lina", "T1")
    async with (
        a_notifier(world.settings()) as server,
        Watching(url=url_of(server), agent="lina") as lina,
    ):
        await lina.up_to_date()
        await world.commit(None, "T1", "queued")
        await world.commit("lina", "T2", "offered")
        await lina.drop()
        await lina.heard("snapshot", times=2)
        assert set(lina.desk.cards) == {"T2"}
        assert [(step.ticket, step.state) for step in lina.steps] == [
            ("T1", "offered"),
            ("T1", "gone"),
            ("T2", "offered"),
        ]


async def test_a_card_that_was_lost_on_the_way_is_found_by_the_digest(world: World) -> None:
    await world.enrol("lina")
    async with (
        a_notifier(world.settings(notifier_heartbeat_seconds=0.05)) as server,
        Watching(url=url_of(server), agent="lina") as lina,
    ):
        await lina.heard("heartbeat")
        assert lina.resyncs == 0
        await world.commit("lina", "T1", "offered")  # and nobody announces it
        await lina.heard("snapshot", times=2)
        assert set(lina.desk.cards) == {"T1"}
        beats = len(lina.all("heartbeat"))
        await lina.heard("heartbeat", times=beats + 2)
        assert lina.resyncs <= 2


async def test_the_dealer_hears_who_comes_goes_and_that_the_notifier_stops(world: World) -> None:
    await world.enrol("lina", "ada")
    async with world.inputs() as inputs:
        async with a_notifier(world.settings()) as server:
            async with Watching(url=url_of(server), agent="lina"):
                await present(inputs, "lina")
                async with Watching(url=url_of(server), agent="ada"):
                    await present(inputs, "ada", "lina")
                await present(inputs, "lina")
            await present(inputs)
            ada = await connect(url_of(server))
            await ada.send(json.dumps({"type": "hello", "token": token_of("ada")}))
            await present(inputs, "ada")
        await present(inputs)
        await ada.wait_closed()
        assert ada.close_code == Close.RESTARTING
        async with (
            a_notifier(world.settings()) as again,
            Watching(url=url_of(again), agent="lina"),
        ):
            second = await present(inputs, "lina")
    first = next(event for event in inputs.read if isinstance(event.data, NotifierHeartbeat))
    assert isinstance(first.data, NotifierHeartbeat)
    assert second.notifier != first.data.notifier


async def present(inputs: Inputs, *agents: str) -> NotifierHeartbeat:
    """When the dealer is told that exactly these are here."""
    while True:
        heartbeat: NotifierHeartbeat = (await inputs.next(NotifierHeartbeat)).data
        if heartbeat.agents == agents:
            return heartbeat


async def test_a_herd_that_lost_its_connections_is_back_with_the_right_cards(
    world: World,
) -> None:
    names = [f"a{number:03}" for number in range(HERD)]
    await world.enrol(*names)
    for name in names[:20]:
        await world.commit(name, f"T-{name}", "accepted")
    async with AsyncExitStack() as everybody:
        server = await everybody.enter_async_context(a_notifier(world.settings()))
        herd = [
            await everybody.enter_async_context(Watching(url=url_of(server), agent=name))
            for name in names
        ]
        await asyncio.gather(*(agent.up_to_date() for agent in herd))
        for name in names[:20]:
            await world.commit(name, f"T-{name}", "wrap_up")
        await asyncio.gather(*(agent.drop() for agent in herd))
        await asyncio.gather(*(agent.heard("snapshot", times=2) for agent in herd))
        held = {agent.desk.agent: agent.desk.cards for agent in herd}
    assert [held[name][f"T-{name}"]["state"] for name in names[:20]] == ["wrap_up"] * 20
    assert not any(held[name] for name in names[20:])


async def test_two_instances_both_show_an_agent_s_cards(world: World) -> None:
    await world.enrol("lina")
    async with (
        a_notifier(world.settings()) as one,
        a_notifier(world.settings()) as two,
        Watching(url=url_of(one), agent="lina") as desk,
        Watching(url=url_of(two), agent="lina") as laptop,
    ):
        await asyncio.gather(desk.up_to_date(), laptop.up_to_date())
        await world.deal("lina", "T1")
        await asyncio.gather(desk.heard("card"), laptop.heard("card"))


async def test_it_is_ready_when_everything_answers_and_counts_its_sockets(world: World) -> None:
    await world.enrol("lina")
    async with (
        a_notifier(world.settings()) as server,
        Watching(url=url_of(server), agent="lina") as lina,
        httpx.AsyncClient(base_url="http://{}:{}".format(*server.address)) as http,
    ):
        await lina.up_to_date()
        assert (await http.get("/health/ready")).json() == {"ready": True, "waiting_for": []}
        assert "croupier_sockets 1.0" in (await http.get("/metrics")).text
