"""Scenes that more than one test plays."""

import asyncio
from typing import Final

from tests.simulation.network import Rule
from tests.simulation.stage import owned, until
from tests.simulation.world import Size, World

ALONE: Final = Size(dealers=2, notifiers=0, messages=0)
"""Without agents nothing happens but what customers write."""


BUSY: Final = Size(messages=0, seconds=20.0)


async def doubtful_commit(world: World) -> None:
    """A commit is lost, and so is its repetition. Meanwhile the store ends the open transaction,
    another dealer takes the shard over and makes its first commit, which has the same seq; then
    the first owner reads back."""
    name = await owned(world)
    await world.customers.say("a", "hello")
    await asyncio.sleep(3)
    store = world.database.server
    lost = [
        world.strike(store, Rule("commit", name, "sending", lose="request"))
        for _attempt in range(2)
    ]
    # into the ticket there is: a new one would be loaded, and make a commit more
    await world.customers.say("a", "hello again")
    await until(lambda: lost[0].struck)
    world.dealers.leave(str(world.host(name)))
    world.stop(name, seconds=3.2)
    await asyncio.sleep(12)
    assert lost[1].struck
    world.start("notifier-0")


async def hand_overs(world: World) -> None:
    """Shards change hands several times a second while customers write and agents come and go: now
    and then an owner that is already replaced commits amid its heir's take-over."""
    writing = world.outside(world.customers.write(30))
    world.manners.leave = 0.4
    for _ in range(30):
        if world.rng.random() < 0.2:
            world.dealers.disturb()
        else:
            world.dealers.expel(world.rng.random())
        await asyncio.sleep(world.rng.uniform(0.05, 0.3))
    await writing


async def reconnections(world: World) -> None:
    """Agents come back again and again while cards are on their way."""
    writing = world.outside(world.customers.write(30))
    world.manners.leave = 0.4
    world.database.server.weather.slow = 0.5
    await asyncio.sleep(25)
    await writing
