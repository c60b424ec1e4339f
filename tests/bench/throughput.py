"""Tickets a second, end to end: the floor, the naive design, and ours, on the same stack."""

from contextlib import AsyncExitStack
from pathlib import Path

from tests.bench.world import Place, messages, running, seconds_for, staff

POLICY = Path(__file__).with_name("policy.yaml")
WARM_UP = 500
_OWNED = b"dealer.shard_taken_over"


async def floor(*, kafka: str, mongo: str, tickets: int) -> float:
    """Tickets/s of the floor."""
    place = await Place.fresh(kafka=kafka, mongo=mongo)
    async with running(place, "tests.bench.floor", ready=b"floor is ready"):
        return await _rate(place, tickets)


async def naive(*, kafka: str, mongo: str, tickets: int) -> float:
    """Tickets/s of the naive design."""
    place = await Place.fresh(kafka=kafka, mongo=mongo)
    async with running(place, "tests.bench.naive", ready=b"naive is ready"):
        return await _rate(place, tickets)


async def ours(*, kafka: str, mongo: str, tickets: int) -> float:
    """Tickets/s of a sorter and a dealer, each a process."""
    place = await Place.fresh(kafka=kafka, mongo=mongo)
    async with AsyncExitStack() as processes:
        for role, ready in (("dealer", _OWNED), ("sorter", b"sorter.assigned")):
            env = router_environment(role)
            await processes.enter_async_context(
                running(place, "services.router", ready=ready, env=env)
            )
        await staff(place)
        return await _rate(place, tickets)


def router_environment(role: str) -> dict[str, str]:
    """Of one router process of the bench."""
    return {
        "CROUPIER_ROUTER_ROLE": role,
        "CROUPIER_ROUTER_PORT": "0",
        "CROUPIER_ROUTER_POLICY": str(POLICY),
    }


async def _rate(place: Place, tickets: int) -> float:
    load = messages(WARM_UP + tickets)
    await seconds_for(place, load[:WARM_UP])
    return tickets / await seconds_for(place, load[WARM_UP:])
