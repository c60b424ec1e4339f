"""Records on their way to a turn: old ones dropped, missing ones noticed."""

import asyncio

import pytest

from services.router.dealer.queue import Gap, OtherLog, RecordQueue
from shared.messaging.records import Record

T, A = "support.tickets.v1", "support.agents.v1"


def record(offset: int, topic: str = T) -> Record:
    return Record(topic, 0, offset, b"main", b"{}", 0)


def queue(*records: Record, high: int = 4) -> RecordQueue:
    made = RecordQueue(high=high)
    made.put(records)
    return made


def test_records_come_out_in_order_and_no_more_than_asked_for() -> None:
    waiting = queue(record(5), record(0, A), record(6), record(7))

    assert waiting.take(3, offsets={T: 5, A: 0}) == [record(5), record(0, A), record(6)]
    assert waiting.take(3, offsets={T: 7, A: 1}) == [record(7)]
    assert waiting.take(3, offsets={T: 8, A: 1}) == []


def test_what_was_applied_before_is_dropped() -> None:
    waiting = queue(record(3), record(4), record(4), record(5), record(4), record(6))

    assert waiting.take(9, offsets={T: 4}) == [record(4), record(5), record(6)]
    assert not waiting


def test_what_comes_before_a_gap_is_still_taken() -> None:
    waiting = queue(record(5), record(7))

    assert waiting.take(9, offsets={T: 5}) == [record(5)]
    with pytest.raises(Gap) as gap:
        waiting.take(9, offsets={T: 6})
    assert (gap.value.topic, gap.value.expected) == (T, 6)
    assert len(waiting) == 1


def test_another_record_just_below_the_next_offset_is_of_another_log() -> None:
    waiting = queue(record(3), record(4))
    assert waiting.take(9, offsets={T: 5}, marks={T: record(4).timestamp}) == []

    waiting.put([record(3), record(4), record(5)])
    with pytest.raises(OtherLog):
        waiting.take(9, offsets={T: 5}, marks={T: 1_800_000_000_000})


def test_what_is_put_back_comes_first_again() -> None:
    waiting = queue(record(5), record(6), record(7))
    taken = waiting.take(2, offsets={T: 5})
    waiting.put_back(taken)

    assert waiting.take(9, offsets={T: 5}) == [record(5), record(6), record(7)]


def test_it_is_full_at_its_level_and_low_at_half_of_it() -> None:
    waiting = queue(record(0), record(1), record(2))
    assert (waiting.full, waiting.low) == (False, False)
    waiting.put([record(3)])
    assert (waiting.full, waiting.low) == (True, False)
    waiting.take(2, offsets={T: 0})
    assert (waiting.full, waiting.low) == (False, True)


async def test_waiting_ends_with_an_arrival() -> None:
    waiting = queue()
    arrival = asyncio.create_task(waiting.wait(1e6))
    await asyncio.sleep(0)
    waiting.put([record(0)])
    await arrival

    assert len(waiting) == 1


async def test_waiting_ends_with_a_wake_and_with_its_time() -> None:
    waiting = queue()
    woken = asyncio.create_task(waiting.wait(1e6))
    await asyncio.sleep(0)
    waiting.wake()
    await woken
    await waiting.wait(0)
