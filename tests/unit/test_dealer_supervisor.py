"""Every assigned shard is owned, and no other."""

import asyncio
from dataclasses import replace

import pytest

from services.router.dealer.supervisor import Supervisor
from shared.contracts.agent_changed_v1 import AgentChanged
from tests.fakes.clock import settle
from tests.fakes.feed import AGENTS, TICKETS
from tests.unit.dealer_driver import LIMITS, World, ticket_doc


async def nudge(supervisor: Supervisor) -> None:
    """Let it look at its shards until nothing changes."""
    for _ in range(6):
        supervisor.on_assigned()
        await settle()


async def test_a_shard_lost_to_a_fence_and_still_assigned_is_taken_over_again() -> None:
    """Schedule 1."""
    world = World()
    async with world.supervisor() as (supervisor, _):
        assert supervisor.owned() == {0}
        world.another_owner()
        world.hire("anna")
        await settle()
        assert supervisor.owned() == set()
        assert world.count("croupier_lost_fences_total") == 1

        await nudge(supervisor)
        assert world.store.take_overs == 1  # not at once: two owners would fight
        await world.clock.advance(LIMITS.retry_seconds[0])
        await nudge(supervisor)

        assert supervisor.owned() == {0}
    assert set(world.store.agent_docs) == {"anna"}


async def test_a_revoked_shard_finishes_its_turn_and_rests_until_the_rebalance_is_over() -> None:
    world = World()
    world.store.ticket_docs["t"] = ticket_doc("t")
    world.wrote("t")
    async with world.supervisor() as (supervisor, _):
        world.publisher.mode = "hold"
        world.hire("anna")
        await world.publisher.waiting.wait()
        revoking = asyncio.create_task(supervisor.on_revoked([0]))
        await settle()
        assert not revoking.done()
        world.publisher.release.set()
        await revoking
        assert supervisor.owned() == set()
        assert world.said(AgentChanged)

        # its partitions still count as assigned here
        await settle()
        assert supervisor.owned() == set()
        await nudge(supervisor)

        assert supervisor.owned() == {0}
    assert world.store.take_overs == 1
    assert world.feed.seeks[-1] == (0, {TICKETS: 1, AGENTS: 1})


async def test_a_shard_that_went_elsewhere_is_forgotten() -> None:
    world = World()
    async with world.supervisor() as (supervisor, _):
        await supervisor.on_revoked([0])
        world.feed.held = frozenset()
        await nudge(supervisor)
        assert not list(supervisor.books())

        world.feed.held = frozenset({0})
        await nudge(supervisor)
        assert supervisor.owned() == {0}
    assert world.store.take_overs == 2


async def test_draining_takes_no_longer_than_it_may() -> None:
    world = World(limits=replace(LIMITS, drain_seconds=0.01))
    async with world.supervisor() as (supervisor, _):
        world.publisher.mode = "hang"
        world.hire("anna")
        await world.publisher.waiting.wait()
        await supervisor.on_revoked([0])

        # fenced off by the next owner; here it is merely still trying
        assert supervisor.owned() == {0}


async def test_a_record_of_a_shard_that_is_not_owned_is_dropped() -> None:
    world = World()
    world.feed.held = frozenset()
    async with world.supervisor() as (supervisor, task):
        world.hire("anna")
        supervisor.deliver([world.hire("berta")])
        await settle()

        assert not task.done()
    assert not world.store.agent_docs


async def test_what_a_shard_cannot_explain_ends_the_supervisor() -> None:
    class Unexplained(Exception):
        pass

    world = World()
    async with world.supervisor() as (_, task):

        async def broken(_outgoing: object) -> None:
            raise Unexplained

        world.publisher.publish = broken  # type: ignore[assignment, method-assign]
        world.hire("anna")
        await settle()

        assert isinstance(task.exception(), Unexplained)


async def test_an_orderly_stop_finishes_the_turn_under_way() -> None:
    world = World()
    async with world.supervisor() as (_, task):
        world.publisher.mode = "hold"
        world.hire("anna")
        await world.publisher.waiting.wait()
        task.cancel()
        await settle()
        assert not task.done()

        world.publisher.release.set()
        await settle()
    assert task.cancelled()
    assert len(world.publisher.confirmed) == 3


@pytest.mark.parametrize("topic", [TICKETS, AGENTS])
async def test_offsets_are_told_of_owned_shards_only(topic: str) -> None:
    world = World()
    async with world.supervisor() as (supervisor, _):
        world.junk(topic=topic)
        await settle()
        assert supervisor.offsets()[topic, 0] == 1
        await supervisor.on_revoked([0])

        assert supervisor.offsets() == {}
