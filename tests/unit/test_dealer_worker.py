"""One shard's turns: what is written, what is said, and where an owner goes on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from services.router.adapters.requirements import pack
from services.router.dealer.takeover import PartitionsChanged
from services.router.domain.events import EntryAdded
from services.router.domain.requirement import Need
from services.router.domain.treatment import Treatment
from services.router.ports import FenceLost, StoredTicket, TurnWrite
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.turn_recorded_v1 import TurnRecorded
from shared.store.errors import Transient, UnknownOutcome
from tests.fakes.clock import settle
from tests.fakes.feed import AGENTS, TICKETS
from tests.unit.dealer_driver import LIMITS, RULES, World, ticket_doc
from tests.unit.desk_driver import NOON, requirement

ENTRY = EntryAdded(
    id="e",
    ticket="t",
    message="web:main:t-m1",
    kind="message",
    partition=0,
    offset=1,
    at=NOON,
    identity="web:main:t",
    reopens=True,
)
"""Stored by the sorter, and announced to nobody who would know."""


async def test_a_ticket_is_dealt_accepted_and_written() -> None:
    world = World()
    world.store.insert([ticket_doc("t1")])
    world.staff("anna")
    async with world.worker() as running:
        await running.settle()
        world.accept("t1", "anna")
        await running.settle()

    assert world.steps("t1") == ["opened", "dealt", "accepted"]
    doc = world.store.ticket_docs["t1"]
    assert (doc["state"], doc["agent"]) == ("accepted", "anna")
    assert world.store.shards[0].offsets == {TICKETS: 0, AGENTS: 4}


async def test_an_agent_who_steps_several_times_in_a_turn_is_written_once() -> None:
    world = World()
    world.staff("anna")
    async with world.worker() as running:
        await running.settle()
        [hired] = world.store.stored[0].agents
        world.staff("anna")
        await running.settle()

    assert hired.expected == 0
    # the memory's version is the document's, or the next turn would not have been written
    versions = [write.expected for turn in world.store.stored for write in turn.agents]
    assert versions == list(range(len(versions)))
    assert world.store.agent_docs["anna"]["version"] == len(versions)
    assert world.store.take_overs == 1


async def test_a_lost_commit_that_took_place_is_not_made_again() -> None:
    world = World()
    world.store.lost_after = [UnknownOutcome("cut")]
    async with world.worker() as running:
        world.staff("anna")
        await running.settle()

    seqs = [turn.state.seq for turn in world.store.stored]
    assert seqs == list(range(1, len(seqs) + 1))
    assert [event.data.seq for event in world.said(TurnRecorded)] == seqs
    assert world.store.take_overs == 1


async def test_a_lost_commit_that_did_not_take_place_is_made_again() -> None:
    world = World()
    world.store.lost_before = [UnknownOutcome("cut"), Transient("away")]
    async with world.worker() as running:
        world.staff("anna")
        await running.wait(1)
        await running.wait(1)

    assert world.store.shards[0].offsets[AGENTS] == 3
    assert world.store.take_overs == 1


async def test_another_owners_commit_with_our_seq_is_not_taken_for_ours() -> None:
    """Schedule 3."""
    world = World()
    async with world.worker() as running:
        world.store.lost_before = [UnknownOutcome("cut")]
        world.another_owner()
        held = world.store.shards[0]
        world.store.shards[0] = replace(held, seq=held.seq + 1)
        world.staff("anna")
        await running.settle()

        assert isinstance(running.task.exception(), FenceLost)
    assert not world.publisher.confirmed


async def test_a_commit_refused_after_an_unknown_one_that_came_through_is_ours() -> None:
    world = World()
    async with world.worker() as running:
        world.staff("anna")
        await running.settle()
        # the answer "not there yet", then the first attempt arrives before the second
        world.store.late = True
        world.staff("anna")
        await running.settle()
        await running.wait(1)

    assert world.store.shards[0].offsets[AGENTS] == 6
    assert world.store.take_overs == 1


async def test_nothing_is_committed_before_the_broker_confirmed_what_was_said() -> None:
    """Schedule 6."""
    world = World()
    async with world.worker() as running:
        world.publisher.mode = "hold"
        world.hire("anna")
        await running.settle()
        world.hire("berta")
        await running.settle()
        assert world.store.shards[0].offsets[AGENTS] == 1

        world.publisher.mode = "confirm"
        world.publisher.release.set()
        await running.settle()
    assert world.store.shards[0].offsets[AGENTS] == 2


async def test_what_the_broker_did_not_confirm_is_said_again() -> None:
    world = World()
    world.store.insert([ticket_doc("t1")])
    world.staff("anna")
    async with world.worker() as running:
        world.publisher.mode = "fail"
        world.accept("t1", "anna")
        await running.settle()
        world.publisher.mode = "confirm"
        await running.wait(1)

    assert [event.data.state for event in world.said(AssignmentCard)] == ["offered", "accepted"]


async def test_a_record_handed_out_twice_is_applied_once() -> None:
    """Schedule 4."""
    world = World()
    async with world.worker() as running:
        record = world.hire("anna")
        await running.settle()
        running.worker.deliver([record])
        await running.settle()

    assert len(world.store.stored) == 1


async def test_a_missing_record_is_fetched_again() -> None:
    world = World()
    async with world.worker() as running:
        world.feed.paused.add(0)
        world.hire("anna")
        late = world.hire("berta")
        world.feed.paused.clear()
        running.worker.deliver([late])
        await running.settle()

    assert set(world.store.agent_docs) == {"anna", "berta"}
    assert world.store.shards[0].offsets[AGENTS] == 2


async def test_a_hole_in_the_log_is_stepped_over() -> None:
    world = World()
    async with world.worker() as running:
        world.hire("anna")
        world.hire("berta")
        world.feed.append(AGENTS, b"junk", offset=4)
        await running.settle()

    assert world.store.shards[0].offsets[AGENTS] == 5


async def test_nothing_expires_while_a_record_waits_here() -> None:
    """Schedule 10: the acceptance is handed out already, behind a full turn."""
    world = World(limits=replace(LIMITS, turn_records=1))
    world.store.insert([ticket_doc("t1")])
    world.staff("anna")
    async with world.worker() as running:
        await running.settle()
        await world.clock.advance(RULES.offer_seconds + 1)
        world.hire("berta")
        world.accept("t1", "anna")
        await running.settle()

    assert world.steps("t1") == ["opened", "dealt", "accepted"]


async def test_nothing_expires_before_the_feed_has_caught_up() -> None:
    """Schedule 10."""
    world = World()
    world.store.insert([ticket_doc("t1")])
    world.staff("anna")
    async with world.worker() as running:
        await running.settle()
        world.feed.stale = True
        await running.wait(RULES.offer_seconds + 1)
        assert world.steps("t1") == ["opened", "dealt"]

        world.feed.stale = False
        await running.settle()
    assert world.steps("t1") == ["opened", "dealt", "offer_expired", "dealt"]


async def test_a_ticket_is_dealt_whose_announcement_was_removed_unread_and_no_other_follows() -> (
    None
):
    world = World()
    world.staff("anna")
    async with world.worker() as running:
        await running.settle()
        world.store.insert([ticket_doc("t1")])
        world.feed.pause(0)
        lost = world.feed.append(TICKETS, None)
        world.feed.forget_below(TICKETS, lost.offset + 1)
        world.feed.resume(0)
        await running.wait(4)
        assert world.steps("t1") == []
        await running.wait(4)
        await running.settle()

    assert world.steps("t1") == ["opened", "dealt"]


async def test_nothing_is_dealt_before_what_was_at_the_broker_is_applied() -> None:
    world = World(limits=replace(LIMITS, turn_records=1))
    world.store.insert([ticket_doc("t1")])
    world.staff("anna", "berta")
    async with world.worker() as running:
        await running.settle()

    dealt = [turn for turn in world.store.stored if _deals(turn.tickets)]
    assert dealt[0].state.offsets[AGENTS] >= 5


def _deals(tickets: tuple[object, ...]) -> bool:
    return any(write.ticket.assignment for write in tickets)  # type: ignore[attr-defined]


async def test_an_offer_gets_its_full_time_when_the_broker_was_slow_to_confirm_its_card() -> None:
    world = World()
    world.store.insert([ticket_doc("t1")])
    async with world.worker() as running:
        world.staff("anna")
        world.publisher.mode = "hold"
        await running.settle()
        await world.clock.advance(RULES.offer_seconds - 1)
        world.publisher.mode = "confirm"
        world.publisher.release.set()
        await running.settle()
        await running.wait(RULES.offer_seconds - 1)
        assert world.steps("t1") == ["opened", "dealt"]
        await running.wait(2)

    assert world.steps("t1")[2] == "offer_expired"


async def test_a_full_queue_pauses_the_feed_until_it_is_worked_off() -> None:
    world = World(limits=replace(LIMITS, queue_records=4, turn_records=1))
    async with world.worker() as running:
        world.publisher.mode = "hold"
        for name in "abcdefgh":
            world.hire(name)
        await settle()
        assert world.feed.paused == {0}
        world.publisher.mode = "confirm"
        world.publisher.release.set()
        await running.settle()

    assert not world.feed.paused
    assert len(world.store.agent_docs) == 8


async def test_a_turn_stays_within_its_bounds_and_leaves_the_rest_for_the_next() -> None:
    world = World(limits=replace(LIMITS, turn_effects=4))
    world.store.insert([ticket_doc(f"t{number}") for number in range(10)])
    world.staff("anna", capacity=20)
    async with world.worker() as running:
        await running.settle()

    assert all(len(turn.tickets) <= 4 for turn in world.store.stored)
    assert all(world.steps(f"t{number}")[-1] == "dealt" for number in range(10))


async def test_an_owner_that_finds_another_epoch_lets_go_of_its_memory() -> None:
    world = World()
    async with world.worker() as running:
        world.another_owner()
        world.hire("anna")
        await running.settle()

        assert isinstance(running.task.exception(), FenceLost)
        assert running.worker.book is None
        assert not running.worker.owning
    assert not world.publisher.confirmed


async def test_a_shard_that_comes_back_untouched_is_not_loaded_again() -> None:
    world = World()
    world.store.ticket_docs["t"] = ticket_doc("t")
    async with world.worker() as running:
        world.wrote("t")
        world.hire("anna")
        await running.settle()
        running.worker.stop()
        await settle()
        assert running.task.done()
        await world.resume(running)
        world.hire("berta")
        await running.settle()

    assert world.store.take_overs == 1
    assert world.feed.seeks[-1] == (0, {TICKETS: 1, AGENTS: 1})
    assert set(world.store.agent_docs) == {"anna", "berta"}


async def test_what_a_log_lost_before_any_of_it_was_applied_is_read_from_the_store() -> None:
    """Schedule 9: at the very start of a log there is no record below to know it by. Seed 26 of
    the simulation: a topic made anew twice, and the second time nobody noticed."""
    world = World()
    world.store.ticket_docs["t"] = ticket_doc("t")
    async with world.worker() as running:
        world.hire("anna")
        await running.settle()
    assert world.store.shards[0].offsets[TICKETS] == 0
    world.store.entries.append(("main", NOON, ENTRY))
    async with world.worker() as running:
        await running.settle()

    assert world.store.ticket_docs["t"]["entries"] == 2


async def test_a_shard_that_comes_back_to_the_start_of_a_log_reads_the_store_again() -> None:
    """What came meanwhile was in a log that was made anew, and offset 0 fits any."""
    world = World()
    world.store.ticket_docs["t"] = ticket_doc("t")
    async with world.worker() as running:
        world.hire("anna")
        await running.settle()
        running.worker.stop()
        await settle()
        assert world.store.shards[0].offsets[TICKETS] == 0
        world.store.entries.append(("main", NOON, ENTRY))
        await world.resume(running)
        await running.settle()

    assert world.store.take_overs == 2
    assert world.store.ticket_docs["t"]["entries"] == 2


async def test_a_new_policy_takes_hold_at_once_and_every_turn_says_by_which_it_was_made() -> None:
    world = World(rules=(replace(RULES, version=7),))
    world.store.ticket_docs["t"] = ticket_doc("t", needs=pack(requirement(Need("lang.lt"))))
    async with world.worker() as running:
        world.staff("anna")
        await running.settle()
        assert world.store.ticket_docs["t"]["state"] == "queued"
        calm = Treatment("payments", 3, requirement(), 60.0)
        world.rules, world.policy = (replace(RULES, version=8, treat=lambda _: calm),), 8
        running.worker.look()
        await running.settle()

    assert world.store.ticket_docs["t"]["agent"] == "anna"
    assert world.store.shards[0].policy == 8
    policies = [turn.data.policy for turn in world.said(TurnRecorded)]
    assert (policies[0], policies[-1]) == (7, 8)


async def test_a_policy_that_comes_while_a_shard_is_loaded_says_nothing_twice() -> None:
    world = World()
    load = world.store.load_tickets

    async def load_slowly(desk: str, *, now: float) -> AsyncIterator[Sequence[StoredTicket]]:
        async for chunk in load(desk, now=now):
            yield chunk
        world.policy = 8

    world.store.load_tickets = load_slowly  # type: ignore[method-assign]
    world.store.ticket_docs["t"] = ticket_doc("t")
    async with world.worker() as running:
        await running.settle()
        assert running.worker.book is not None
        assert running.worker.book.policy == 8

    assert world.steps("t") == ["opened"]
    assert world.store.shards[0].policy == 7


async def test_a_desk_that_a_new_policy_brings_is_loaded() -> None:
    world = World()
    world.store.ticket_docs["t"] = ticket_doc("t", desk="other")
    async with world.worker() as running:
        world.rules, world.policy = (RULES, replace(RULES, desk="other")), 8
        running.worker.look()
        await running.settle()
        assert running.worker.book is not None
        assert [ticket.id for ticket in running.worker.book.tickets()] == ["t"]


async def test_an_owner_waits_for_the_policy_that_was_dealt_by_before() -> None:
    world = World(policy=8)
    async with world.worker() as running:
        world.hire("anna")
        await running.settle()
    world.policy = 7
    async with world.worker() as running:
        assert not running.worker.owning
        world.policy = 8
        await running.wait(LIMITS.retry_seconds[0])
        assert running.worker.owning


async def test_a_shard_that_comes_back_under_another_partition_count_is_refused() -> None:
    """Schedule 20."""
    world = World()
    async with world.worker() as running:
        running.worker.stop()
        await settle()
        world.feed.count = 2
        await world.resume(running)

        assert isinstance(running.task.exception(), PartitionsChanged)


async def test_a_stop_before_the_first_step_counts() -> None:
    world = World()
    async with world.worker() as running:
        running.worker.stop()
        await settle()
        await world.resume(running, stop_at_once=True)

        assert running.task.done()
    assert world.store.take_overs == 1


@pytest.mark.parametrize("topic", [TICKETS, AGENTS])
async def test_junk_is_set_aside_with_the_offset_it_came_from(topic: str) -> None:
    world = World()
    async with world.worker() as running:
        world.junk(topic=topic)
        await running.settle()

    [letter] = [each for each in world.publisher.confirmed if each.topic.endswith(".dlq")]
    assert letter.topic == f"{topic}.dealer.dlq"
    assert dict(letter.headers)["origin-offset"] == b"0"
    assert world.store.shards[0].offsets[topic] == 1


async def test_an_owner_ends_though_the_driver_lost_its_cancellation() -> None:
    world = World()
    commit, committing = world.store.commit, asyncio.Event()

    async def deaf(turn: TurnWrite) -> None:
        committing.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await commit(turn)

    world.store.commit = deaf  # type: ignore[method-assign]
    async with world.worker() as running:
        world.staff("anna")
        await committing.wait()
        running.task.cancel()
        async with asyncio.timeout(30):
            await asyncio.wait({running.task})

    assert running.task.cancelled()
