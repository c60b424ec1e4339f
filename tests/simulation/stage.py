"""Calm worlds in which one thing goes wrong, at one exact step."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from services.router.sorter.documents import ticket_id
from tests.simulation.host import Host
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Server
from tests.simulation.roles import Grounds
from tests.simulation.run import Report, drain, in_virtual_time, report
from tests.simulation.setting import shard_of
from tests.simulation.world import Size, World

MAIN = shard_of("main")


def staged(
    play: Callable[[World], Awaitable[None]],
    *,
    size: Size | None = None,
    seed: int = 1,
    plant: Callable[[Grounds], None] = lambda _grounds: None,
) -> Report:
    """Play a scene, then heal → drain → quiesce → check."""

    async def whole(loop: VirtualLoop) -> Report:
        world = World(loop, random.Random(seed), size=size or Size(messages=0), plant=plant)
        world.begin()
        try:
            await play(world)
            world.heal()
            return report(world, seed=seed, plan=None, healed_after=await drain(world))
        finally:
            await world.end()

    return in_virtual_time(whole)


async def until(condition: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Wait in virtual time. Fails when it does not come true."""
    for _ in range(int(seconds * 20)):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come true")


def owner(world: World, shard: int = MAIN) -> str | None:
    """Name of the process that deals the shard, as it believes itself."""
    for name in world.running():
        if name.startswith("dealer") and shard in world.role(name).supervisor.owned():
            return name
    return None


async def owned(world: World, shard: int = MAIN) -> str:
    await until(lambda: owner(world, shard) is not None)
    name = owner(world, shard)
    assert name is not None
    return name


def epoch(world: World, shard: int = MAIN) -> int:
    return int(world.database.collection("shards").get(shard, {}).get("epoch", 0))


def ticket(world: World, entry: str) -> dict[str, object]:
    """The document of the ticket that an entry opened; empty while there is none."""
    return world.database.collection("tickets").get(ticket_id(entry), {})


def state(world: World, entry: str) -> object:
    return ticket(world, entry).get("state")


def sleeps(world: World, seconds: float) -> Callable[[Host], None]:
    """SIGSTOP where a rule strikes, SIGCONT later."""

    def stop(host: Host) -> None:
        world.stop(host.name, seconds=seconds)

    return stop


def kills(world: World) -> Callable[[Host], None]:
    return lambda host: world.kill(host.name)


async def away(world: World, server: Server, seconds: float) -> None:
    """An outage."""
    server.up = False
    await asyncio.sleep(seconds)
    server.up = True
    world.note("back", server.name)
