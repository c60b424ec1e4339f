"""The schedules that break simpler protocols, each forced at its exact step.

Numbers are those of the reliability page. Left to real processes or to unit tests, since nothing
here can force them: 16 (two policy versions need two policies: the announcement goes to the desk
in the document, tests/unit/test_sorter.py), oversized turns and cards of 8 (tests/unit).
"""

import asyncio

import pytest

from shared.messaging.records import Outgoing
from tests.simulation.broker import TICKETS
from tests.simulation.network import Rule
from tests.simulation.planted import BUGS
from tests.simulation.run import Report
from tests.simulation.scenes import ALONE, BUSY, doubtful_commit, hand_overs, reconnections
from tests.simulation.stage import (
    MAIN,
    away,
    epoch,
    kills,
    owned,
    owner,
    sleeps,
    staged,
    state,
    ticket,
    until,
)
from tests.simulation.world import Size, World

PLANTED = {bug.name: bug.plant for bug in BUGS}


def whole(report: Report) -> None:
    assert report.violations == [], "\n".join(map(str, report.history[-30:]))


def test_1_a_shard_has_an_owner_after_one_that_slept_before_its_bump_wakes_up() -> None:
    async def play(world: World) -> None:
        store = world.database.server
        world.strike(store, Rule("shards.take", "dealer", "sending", do=sleeps(world, 9.0), nth=1))
        await world.customers.say("a", "hello")
        await asyncio.sleep(15)
        assert await owned(world)

    whole(staged(play))


def test_2_a_take_over_longer_than_a_session_costs_no_membership() -> None:
    async def play(world: World) -> None:
        await world.customers.say("a", "hello")
        name = await owned(world)
        world.kill(name)
        await until(lambda: world.dealers.generation.number > 1)
        await asyncio.sleep(5)
        world.dealers.disturb()
        generation = world.dealers.generation.number
        await until(lambda: world.dealers.generation.number > generation)
        generation = world.dealers.generation.number
        await away(world, world.database.server, 10.0)
        assert world.dealers.generation.number == generation
        await owned(world)

    whole(staged(play, size=Size(messages=0, dealers=2)))


def test_3_a_doubtful_commit_is_never_mistaken_for_the_next_owners() -> None:
    whole(staged(doubtful_commit, size=ALONE))


def test_3_reading_back_by_seq_alone_publishes_what_was_never_committed() -> None:
    """The schedule above has teeth."""
    plant = PLANTED["guard by epoch, read back by seq alone"]
    report = staged(doubtful_commit, size=ALONE, plant=plant)
    assert "outbox" in {violation.invariant for violation in report.violations}


def test_4_records_in_hand_across_a_reassignment_are_applied_once() -> None:
    async def play(world: World) -> None:
        writing = world.outside(world.customers.write(24))
        for _ in range(20):
            await asyncio.sleep(0.7)
            world.dealers.expel(world.rng.random())
        await writing

    whole(staged(play, size=Size(messages=0, seconds=14.0)))


def test_5_nothing_is_committed_between_reading_a_shard_and_owning_it() -> None:
    async def play(world: World) -> None:
        await owned(world)
        for number in range(8):
            await world.customers.say(f"s{number}", "hello")
            world.dealers.expel(world.rng.random())
            await asyncio.sleep(1.0)

    whole(staged(play))
    whole(staged(hand_overs, size=BUSY))


@pytest.mark.parametrize("nth", [1, 3, 5])
def test_6_what_was_committed_and_not_published_is_published_by_the_next_owner(nth: int) -> None:
    async def play(world: World) -> None:
        store = world.database.server
        rule = world.strike(store, Rule("commit", "dealer", "answered", do=kills(world), nth=nth))
        for number in range(4):
            await world.customers.say(f"s{number}", "hello")
        await until(lambda: rule.struck)

    whole(staged(play))


def test_7_an_owner_stopped_inside_its_transaction_holds_the_shard_for_its_lifetime_only() -> None:
    async def play(world: World) -> None:
        store = world.database.server
        await owned(world)
        await asyncio.sleep(4)
        before = epoch(world)
        rule = world.strike(store, Rule("write", "dealer", "answered", do=sleeps(world, 40.0)))
        await world.customers.say("a", "hello")
        await until(lambda: rule.struck)
        struck = world.loop.time()
        await until(lambda: epoch(world) > before)
        assert world.loop.time() - struck < 39, "the shard waited for the one who sleeps"

    whole(staged(play))


def test_8_a_poisoned_turn_does_not_stop_the_shard() -> None:
    async def play(world: World) -> None:
        await owned(world)
        await asyncio.sleep(4)
        agents = world.database.collection("agents")
        agents["ann"] = {**agents["ann"], "version": agents["ann"]["version"] + 7}
        world.broker.append(Outgoing(TICKETS, b"main", b"{not json"))
        world.ledger.dead_letters_meant = 1
        for clerk in world.clerks:
            clerk.hang_up()
        entry = await world.customers.say("a", "deposit is late")
        await until(lambda: state(world, entry) == "accepted")

    whole(staged(play))


@pytest.mark.parametrize("loss", ["retention", "recreated"])
def test_9_an_offset_outside_the_log_is_noticed_and_the_store_is_read_instead(loss: str) -> None:
    async def play(world: World) -> None:
        first = await world.customers.say("a", "hello")
        await until(
            lambda: state(world, first) is not None and ticket(world, first)["version"] != 1
        )
        name = await owned(world)
        world.host(name).stop()
        await world.customers.say("a", "hello again")
        second = await world.customers.say("b", "hello")
        await until(lambda: state(world, second) is not None)
        await asyncio.sleep(0.5)
        if loss == "retention":
            world.broker.log(TICKETS, MAIN).cut(world.broker.log(TICKETS, MAIN).end)
        else:
            world.broker.recreate(TICKETS)
        world.kill(name)
        await until(lambda: state(world, second) in {"accepted", "wrap_up", "resolved"})

    whole(staged(play))


def test_9_a_topic_made_anew_under_a_living_owner_is_noticed_when_it_outgrows_the_offset() -> None:
    async def play(world: World) -> None:
        first = await world.customers.say("a", "hello")
        await world.customers.say("a", "hello again")
        await until(lambda: ticket(world, first).get("entries") == 2)
        world.broker.recreate(TICKETS)
        await asyncio.sleep(1)
        for number in range(3):
            await world.customers.say("a", f"hello {number}")
        await until(lambda: ticket(world, first)["entries"] == 5)

    whole(staged(play))


def test_10_an_offer_accepted_while_the_dealer_was_away_does_not_expire() -> None:
    async def play(world: World) -> None:
        world.manners.behave()
        name = await owned(world)
        await asyncio.sleep(4)
        world.manners.accept = 0.0
        entry = await world.customers.say("a", "hello")
        await until(lambda: state(world, entry) == "offered")
        await asyncio.sleep(0.3)
        world.host(name).stop()
        world.manners.accept = 1.0
        await asyncio.sleep(5.5)
        world.host(name).resume()
        await until(lambda: state(world, entry) not in {"offered", "queued"})
        assert "offer_expired" not in world.ledger.steps_of(str(ticket(world, entry)["_id"]))

    whole(staged(play))


def test_10_a_clock_far_ahead_delays_nothing_after_it_is_set_right() -> None:
    async def play(world: World) -> None:
        name = await owned(world)
        world.host(name).skew = 3600.0
        world.dealers.expel(0.0)
        entry = await world.customers.say("a", "hello")
        await asyncio.sleep(12)
        world.host(name).skew = 0.0
        for each in world.running():
            if each.startswith("dealer"):
                world.kill(each)
        await until(lambda: state(world, entry) in {"resolved", "closed"})

    whole(staged(play))


@pytest.mark.parametrize("seconds", [12.0, 40.0], ids=["resolved", "closed"])
def test_12_13_14_a_sorters_late_words_change_nothing_in_a_finished_ticket(seconds: float) -> None:
    async def play(world: World) -> None:
        world.manners.behave()
        await owned(world)
        await asyncio.sleep(3)
        store = world.database.server
        rule = world.strike(store, Rule("commit", "sorter", "answered", do=sleeps(world, seconds)))
        entry = await world.customers.say("a", "hello")
        await until(lambda: rule.struck)
        await until(lambda: state(world, entry) == "resolved", seconds=25)
        await asyncio.sleep(seconds)
        steps = world.ledger.steps_of(str(ticket(world, entry)["_id"]))
        assert "reopened" not in steps
        assert ticket(world, entry)["entries"] == 1

    whole(staged(play, size=Size(messages=0, sorters=2)))


@pytest.mark.parametrize("step", ["write", "commit"])
def test_15_a_ticket_never_stands_without_its_message(step: str) -> None:
    async def play(world: World) -> None:
        await owned(world)
        store = world.database.server
        rule = world.strike(store, Rule(step, "sorter", "sending", do=kills(world)))
        entry = await world.customers.say("a", "hello")
        await until(lambda: rule.struck)
        assert state(world, entry) is None
        await until(lambda: state(world, entry) is not None)
        assert entry in world.database.collection("messages")

    whole(staged(play))


def test_17_direct_publishers_lose_nothing_by_their_mistakes() -> None:
    async def play(world: World) -> None:
        await world.customers.write(12)

    report = staged(play, size=Size(messages=0, seconds=8.0))
    whole(report)
    assert report.accepted > 12


def test_21_no_card_falls_between_a_snapshot_and_what_follows_it() -> None:
    whole(staged(reconnections, size=BUSY))


def test_21_a_snapshot_before_registration_loses_one() -> None:
    """The schedule above has teeth."""
    plant = PLANTED["snapshot without registering first"]
    reports = (staged(reconnections, size=BUSY, seed=seed, plant=plant) for seed in range(20))
    assert any("I8" in {each.invariant for each in report.violations} for report in reports)


def test_22_agents_on_a_notifier_that_slept_are_dealt_to_again() -> None:
    async def play(world: World) -> None:
        await owned(world)
        await asyncio.sleep(4)
        for clerk in world.clerks:
            clerk.patience = 60.0
        world.stop("notifier-0", seconds=14.0)
        await asyncio.sleep(16)
        entry = await world.customers.say("a", "deposit is late")
        await until(lambda: state(world, entry) == "accepted")

    whole(staged(play, size=Size(messages=0, notifiers=1)))


def test_22_an_outage_of_the_broker_takes_no_accepted_ticket_away() -> None:
    async def play(world: World) -> None:
        world.manners.behave()
        world.manners.resolve = 0.0
        await owned(world)
        await asyncio.sleep(3)
        entry = await world.customers.say("a", "hello")
        await until(lambda: state(world, entry) == "accepted")
        await away(world, world.broker.server, 20.0)
        await asyncio.sleep(10)
        assert state(world, entry) == "accepted"
        assert "agent_gone" not in world.ledger.steps_of(str(ticket(world, entry)["_id"]))

    whole(staged(play))


def test_23_a_command_sent_twice_is_carried_out_once() -> None:
    async def play(world: World) -> None:
        world.manners.repeat = 1.0
        world.manners.decline = 0.5
        world.manners.stale_resolve = 0.3
        await world.customers.write(20)
        await asyncio.sleep(20)
        for each in world.ledger.tickets():
            steps = world.ledger.steps_of(each)
            assert steps.count("declined") <= steps.count("dealt")
            assert owner(world) is not None

    whole(staged(play, size=Size(messages=0, seconds=15.0)))
