"""Another policy on recorded turns: what it deals, and what agents do with it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from services.router.dealer.ruling import ruling_of
from services.router.policy import Policy, parse_policy
from services.router.replay.account import Cut
from services.router.replay.log import Log
from services.router.replay.whole import Contrasted, contrast_all
from shared.contracts.decline_ticket_v1 import DeclineTicket
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.messaging.records import Record
from tests.unit.dealer_driver import Running, World, ticket_doc
from tests.unit.desk_driver import NOON
from tests.unit.replay_policies import FALLBACK, HASTY, LIVE

Story = Callable[[World, Running], Awaitable[None]]
ALL = Cut("general", "standard")


async def recorded(story: Story) -> Log:
    """What a dealer under LIVE leaves of a story about anna, who speaks Russian."""
    async with dealer() as (world, running):
        world.staff("anna")
        await running.settle()
        await story(world, running)
        await running.wait(1)
        world.hire("late")  # another turn, so that all of the one before is told
        await running.settle()
    log = Log()
    for record in world.feed.records():
        log.add(record)
    for offset, told in enumerate(world.publisher.confirmed):
        log.add(Record(told.topic, 0, offset, told.key, told.value, 0))
    return log


@asynccontextmanager
async def dealer() -> AsyncIterator[tuple[World, Running]]:
    world = World(rules=(parse_policy(LIVE).rules_for("main"),))
    async with world.worker() as running:
        yield world, running


def wait_for(world: World, ticket: str, lang: str) -> None:
    """A customer begins to wait, and the dealer is told."""
    now = world.clock.now()
    world.store.insert(
        [ticket_doc(ticket, lang=lang, topic="general", opened_at=now, queued_at=now)]
    )
    world.wrote(ticket)


def finish(world: World, ticket: str) -> None:
    seen = world.store.ticket_docs[ticket]["last_message"]
    world.tell(ResolveTicket(desk="main", agent="anna", ticket=ticket, assignment=1, seen=seen))


def contrast(log: Log, candidate: str) -> Contrasted:
    return contrast_all(
        log,
        partitions=1,
        live=lambda _version: ruling_of(policy_of(LIVE)),
        candidate=lambda _version: ruling_of(policy_of(candidate)),
        read_at=NOON,
    )


def policy_of(text: str) -> Policy:
    return parse_policy(text)


async def lithuanian_waits(world: World, running: Running) -> None:
    """One Russian is served for 40 seconds; a Lithuanian waits in vain for two minutes."""
    wait_for(world, "t-ru", "ru")
    await running.settle()
    world.accept("t-ru", "anna")
    wait_for(world, "t-lt", "lt")
    await running.wait(40)
    finish(world, "t-ru")
    await running.settle()
    await running.wait(80)
    world.hire("late")
    await running.settle()


async def test_the_same_policy_deals_the_same() -> None:
    found = contrast(await recorded(lithuanian_waits), LIVE)

    assert (found.count.deals, found.count.same, found.count.otherwise) == (1, 1, 0)
    assert (found.count.recorded, found.count.repeated) == (1, 1)
    assert found.live.figures() == found.candidate.figures()
    assert found.unplayable == []


async def test_a_language_fallback_deals_what_waited_in_vain() -> None:
    found = contrast(await recorded(lithuanian_waits), FALLBACK)

    [extra] = found.count.examples
    assert (extra.ticket, extra.live, extra.candidate) == ("t-lt", None, "anna")
    assert (found.count.only_live, found.count.only_candidate) == (0, 1)
    live, candidate = found.live.figures()[ALL], found.candidate.figures()[ALL]
    assert (live.dealt, live.waiting, live.on_time) == (1, 1, 0.5)
    # anna was busy with the Russian for 40 seconds, and a fallback opens after 30
    assert (candidate.dealt, candidate.waiting, candidate.p99_s) == (2, 0, 40.0)
    assert candidate.on_time == 1.0


async def test_a_stand_in_is_done_after_the_usual_time() -> None:
    async def two_wait(world: World, running: Running) -> None:
        await lithuanian_waits(world, running)
        wait_for(world, "t-lt2", "lt")
        await running.wait(60)
        world.hire("late")
        await running.settle()
        await running.wait(60)

    found = contrast(await recorded(two_wait), FALLBACK)

    candidate = found.candidate.figures()[ALL]
    # 40 seconds each: the first is over when the second may be dealt, 30 seconds after it came
    assert (candidate.dealt, candidate.waiting) == (3, 0)
    assert candidate.p99_s == 40.0


async def test_what_an_agent_did_with_an_offer_holds_where_it_is_made_too() -> None:
    async def declined(world: World, running: Running) -> None:
        wait_for(world, "t-ru", "ru")
        await running.settle()
        world.tell(
            DeclineTicket(desk="main", agent="anna", ticket="t-ru", assignment=1, reason="no")
        )
        await running.settle()
        await running.wait(61)
        world.accept("t-ru", "anna", assignment=2)
        await running.settle()

    found = contrast(await recorded(declined), FALLBACK)

    assert (found.count.deals, found.count.same, found.count.otherwise) == (2, 2, 0)
    assert found.candidate.overall().declined == 1


async def test_an_acceptance_of_an_offer_that_had_expired_by_then_is_passed_over() -> None:
    async def slow(world: World, running: Running) -> None:
        wait_for(world, "t-ru", "ru")
        await running.settle()
        await running.wait(10)
        world.accept("t-ru", "anna")
        await running.settle()

    found = contrast(await recorded(slow), HASTY)

    assert found.live.overall().expired == 0
    assert found.candidate.overall().expired == 1
