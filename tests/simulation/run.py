"""One run: a world, its faults, then heal → drain → quiesce → check."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog

from tests.simulation import verdict
from tests.simulation.host import adopting
from tests.simulation.ledger import Violation
from tests.simulation.loop import VirtualLoop
from tests.simulation.nemesis import Nemesis, Plan
from tests.simulation.roles import Grounds
from tests.simulation.world import USUAL, Happening, Size, World

DRAIN_SECONDS: Final = 90.0
"""Sessions, rebalance, silence, grace and reopening windows, and the work that is left."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a seed. healed_after: seconds from the last fault until all was done."""

    seed: int
    plan: Plan | None
    violations: list[Violation]
    history: list[Happening]
    accepted: int
    commits: int
    sightings: int
    healed_after: float
    fingerprint: int

    @property
    def whole(self) -> bool:
        return not self.violations


def simulate(
    seed: int,
    *,
    size: Size = USUAL,
    plant: Callable[[Grounds], None] = lambda _grounds: None,
    plan: Plan | None = None,
    impatient: bool = False,
) -> Report:
    """Play one seed. plan: instead of the seed's own. impatient: do not drain a run that has
    violated something already."""
    rng = random.Random(seed)
    drawn = Plan.draw(rng)
    plan = plan or drawn

    async def play(loop: VirtualLoop) -> Report:
        world = World(loop, rng, size=size, plant=plant)
        assert plan is not None
        plan.brew(world.broker.server.weather)
        plan.brew(world.database.server.weather)
        world.begin()
        try:
            writing = world.outside(world.customers.write(size.messages))
            raging = world.outside(Nemesis(world, plan).rage())
            await asyncio.sleep(size.seconds)
            raging.cancel()
            world.heal()
            await writing
            done_already = impatient and bool(world.ledger.violations)
            seconds = 0.0 if done_already else await drain(world)
            return report(world, seed=seed, plan=plan, healed_after=seconds)
        finally:
            await world.end()

    return in_virtual_time(play)


async def drain(world: World) -> float:
    """Everybody finishes what there is. Returns how long it took; blames what is left."""
    healed_at = world.loop.time()
    world.manners.behave()
    while world.loop.time() < healed_at + DRAIN_SECONDS:
        await asyncio.sleep(1.0)
        if at_rest(world):
            before = versions(world)
            await asyncio.sleep(3.0)
            # a parked ticket may wake amid this rest: then a card may still be on its way
            if at_rest(world) and versions(world) == before:
                break
    seconds = world.loop.time() - healed_at
    left = verdict.what_is_left(world.ledger)
    if left:
        world.ledger.blame("I5", f"after {seconds:.0f} s there are still {left[:5]}")
    for difference in verdict.screens_agree(world.ledger, world.clerks):
        world.ledger.blame("I8", difference)
    verdict.judge(world.ledger, world.customers)
    return seconds


def at_rest(world: World) -> bool:
    """Everything read and applied, and nothing left in anybody's hands."""
    return (
        not verdict.what_is_left(world.ledger)
        and all(
            world.sorters.committed.get(partition, 0) >= log.end
            for partition, log in world.broker.logs.items()
            if partition.topic == "support.inbound.v1"
        )
        and verdict.everything_counted(world.ledger)
    )


def versions(world: World) -> dict[str, int]:
    """Of each ticket: it changes when the ticket does."""
    tickets = world.database.collection("tickets")
    return {ticket: doc["version"] for ticket, doc in tickets.items()}


def report(world: World, *, seed: int, plan: Plan | None, healed_after: float) -> Report:
    """What came of it."""
    return Report(
        seed=seed,
        plan=plan,
        violations=list(world.ledger.violations),
        history=world.history,
        accepted=len(world.customers.accepted),
        commits=world.ledger.commits,
        sightings=len(world.ledger.sightings),
        healed_after=healed_after,
        fingerprint=hash_of(world),
    )


def hash_of(world: World) -> int:
    """The same for the same run, in any process."""
    total = 0
    for record in world.broker.history:
        for byte in (record.value or b"")[-64:]:
            total = (total * 131 + byte) % 2**61
    return total


def in_virtual_time(play: Callable[[VirtualLoop], Awaitable[R]]) -> R:
    """Run `play` to its end in a loop of its own."""
    loop = VirtualLoop()
    loop.set_task_factory(adopting)
    with quiet():
        try:

            async def main() -> R:
                return await play(loop)

            return loop.run_until_complete(main())
        finally:
            loop.close()


@contextmanager
def quiet() -> Iterator[None]:
    """Without the program's log lines."""

    def drop(_logger: Any, _method: str, _event: MutableMapping[str, Any]) -> Any:
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[drop], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)
