"""The dealer's view of its consumer: whether it has caught up, and how far behind it is."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import TopicPartition

from services.router.adapters.kafka_feed import KafkaFeed
from services.router.ports import FeedUnavailable
from shared.messaging.records import Record
from tests.fakes.clock import HandClock
from tests.fakes.feed import AGENTS, TICKETS, TOPICS


@dataclass
class FakeConsumer:
    """ends: partition -> offset of the next record. polled_ms: when the broker answered last."""

    ends: dict[TopicPartition, int]
    polled_ms: float
    group: dict[TopicPartition, int] = field(default_factory=dict)
    silent: bool = False

    def assignment(self) -> set[TopicPartition]:
        return set(self.ends)

    def highwater(self, tp: TopicPartition) -> int:
        return self.ends[tp]

    def last_poll_timestamp(self, tp: TopicPartition) -> float:
        return self.polled_ms

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        if self.silent:
            await asyncio.Event().wait()
        return {tp: self.ends[tp] for tp in partitions}

    async def committed(self, tp: TopicPartition) -> int | None:
        return self.group.get(tp)


def rig(*, ends: dict[str, int], age: float = 0.0) -> tuple[KafkaFeed, FakeConsumer]:
    clock = HandClock()
    feed = KafkaFeed(
        topics=TOPICS, kafka="nowhere", topic_prefix="p.", clock=clock, answer_seconds=0.01
    )
    partitions = {TopicPartition(f"p.{name}", 0): end for name, end in ends.items()}
    consumer = FakeConsumer(partitions, (clock.now() - age) * 1000)
    feed.attach(consumer)
    return feed, consumer


def handed(topic: str, offset: int) -> Any:
    return Record(topic, 0, offset, None, None, 0)


def test_a_feed_has_caught_up_when_all_the_broker_holds_was_handed_out() -> None:
    feed, _ = rig(ends={TICKETS: 3, AGENTS: 1})
    feed.hand_out([handed(TICKETS, 2)])
    assert not feed.caught_up(0)
    feed.hand_out([handed(AGENTS, 0)])

    assert feed.caught_up(0)


def test_an_old_answer_of_the_broker_says_nothing() -> None:
    feed, _ = rig(ends={TICKETS: 1, AGENTS: 1}, age=1.5)
    feed.hand_out([handed(TICKETS, 0), handed(AGENTS, 0)])

    assert not feed.caught_up(0)


def test_a_clock_that_was_set_back_makes_no_answer_fresh() -> None:
    """Schedule 10."""
    feed, _ = rig(ends={TICKETS: 1, AGENTS: 1}, age=-300)
    feed.hand_out([handed(TICKETS, 0), handed(AGENTS, 0)])

    assert not feed.caught_up(0)


async def test_a_broker_that_takes_a_question_and_goes_silent_counts_as_unavailable() -> None:
    """A shard once waited 40 s for it, aiokafka's own patience, and nobody dealt its desks."""
    feed, consumer = rig(ends={TICKETS: 3, AGENTS: 1})
    consumer.silent = True

    with pytest.raises(FeedUnavailable, match="TimeoutError"):
        await feed.end_of(0)


def test_one_topics_partition_alone_is_no_shard() -> None:
    feed, _ = rig(ends={TICKETS: 1})

    assert feed.assigned() == frozenset()
    assert not feed.caught_up(0)


async def test_lag_is_what_is_not_applied_however_much_was_handed_out() -> None:
    feed, consumer = rig(ends={TICKETS: 9, AGENTS: 7})
    feed.hand_out([handed(TICKETS, 8), handed(AGENTS, 6)])
    consumer.group[TopicPartition(f"p.{AGENTS}", 0)] = 4

    # the second is assigned, and not owned yet
    assert await feed.lag({(TICKETS, 0): 2}) == {(TICKETS, 0): 7, (AGENTS, 0): 3}
