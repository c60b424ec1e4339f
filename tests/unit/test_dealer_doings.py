"""What turns say of a shard's doings that no record tells."""

from services.router.dealer.doings import Unsaid
from shared.contracts.turn_recorded_v1 import TurnRecorded
from shared.runtime.clock import utc
from tests.unit.dealer_driver import World, ticket_doc
from tests.unit.desk_driver import NOON


async def test_the_first_turn_says_when_the_desks_were_loaded() -> None:
    world = World()
    async with world.worker() as running:
        await running.wait(3)
        world.hire("anna")
        await running.settle()
        world.hire("boris")
        await running.settle()

    first, second = (event.data for event in world.said(TurnRecorded))
    assert (first.loaded_at, second.loaded_at) == (utc(NOON), None)
    assert (first.now, first.work) == (utc(NOON + 3), "all")


async def test_a_turn_says_that_timers_were_held_back() -> None:
    world = World()
    async with world.worker() as running:
        world.feed.stale = True
        world.hire("anna")
        await running.settle()

    assert [event.data.work for event in world.said(TurnRecorded)] == ["deals"]


async def test_a_turn_after_a_slow_broker_says_from_when_offers_count() -> None:
    world = World()
    world.store.insert([ticket_doc("t1")])
    world.staff("anna")
    async with world.worker() as running:
        world.publisher.mode = "hold"
        world.hire("boris")
        await running.settle()
        await running.wait(2)
        world.publisher.mode = "confirm"
        world.publisher.release.set()
        await running.settle()
        world.hire("cem")
        await running.settle()

    assert utc(NOON + 2) in [event.data.offers_from for event in world.said(TurnRecorded)]


def test_work_of_which_nothing_came_is_kept_for_the_next_turn_the_latest_of_it() -> None:
    unsaid = Unsaid()
    unsaid.worked("none", at=NOON, policy=7)
    for second in range(150):
        unsaid.worked("all" if second % 2 else "deals", at=NOON + second, policy=7)

    doings = unsaid.said_with("all", set_aside=False)

    assert len(doings.quiet) == 100
    assert doings.quiet[-1].at == utc(NOON + 149)
    assert [each.timers for each in doings.quiet[:2]] == [False, True]
