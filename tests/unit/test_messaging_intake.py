"""The buffer between the subscription and the worker."""

import asyncio

import pytest

from shared.messaging.intake import Intake, OutOfOrder
from shared.messaging.records import Record


class Tap:
    """Hears when to pause and when to go on."""

    def __init__(self) -> None:
        self.turns: list[str] = []

    def pause(self) -> None:
        self.turns.append("pause")

    def resume(self) -> None:
        self.turns.append("resume")


@pytest.fixture
def tap() -> Tap:
    return Tap()


@pytest.fixture
def intake(tap: Tap) -> Intake:
    intake = Intake(pause=tap.pause, resume=tap.resume, capacity=4)
    intake.open()
    return intake


def records(*offsets: int, partition: int = 0) -> list[Record]:
    return [Record("t", partition, offset, b"k", b"v", 0) for offset in offsets]


async def test_the_worker_takes_what_has_gathered_in_order(intake: Intake) -> None:
    intake.put(records(1, 2))
    intake.put(records(7, partition=1))

    assert [one.offset for one in await intake.take(10)] == [1, 2, 7]


async def test_a_batch_is_bounded_and_the_rest_stays(intake: Intake) -> None:
    intake.put(records(1, 2, 3))

    assert len(await intake.take(2)) == 2
    assert [one.offset for one in await intake.take(2)] == [3]


async def test_a_batch_is_bounded_in_bytes_but_has_at_least_one_record(intake: Intake) -> None:
    intake.put([Record("t", 0, offset, b"k", b"v" * 60, 0) for offset in (1, 2, 3)])

    assert [one.offset for one in await intake.take(10, most_bytes=120)] == [1, 2]
    assert [one.offset for one in await intake.take(10, most_bytes=10)] == [3]


async def test_the_worker_waits_for_the_first_record(intake: Intake) -> None:
    waiting = asyncio.create_task(intake.take(10))
    await asyncio.sleep(0)
    assert not waiting.done()

    intake.put(records(1))

    assert len(await waiting) == 1


async def test_the_subscription_rests_while_a_small_batch_is_at_work(
    intake: Intake, tap: Tap
) -> None:
    intake.put(records(1, 2, 3))
    await intake.take(10)
    assert tap.turns == ["pause"]

    waiting = asyncio.create_task(intake.take(10))
    await asyncio.sleep(0)
    assert tap.turns == ["pause", "resume"]

    intake.put(records(4))
    await waiting
    assert tap.turns[2:] == ["pause"]


async def test_the_subscription_goes_on_while_batches_are_full(intake: Intake, tap: Tap) -> None:
    intake.put(records(1, 2, 3))

    await intake.take(2)
    await intake.take(1)

    assert tap.turns == ["resume", "resume"]


async def test_the_subscription_rests_when_the_buffer_is_full_until_half_is_free(
    intake: Intake, tap: Tap
) -> None:
    intake.put(records(1, 2, 3, 4, 5))
    assert tap.turns == ["pause"]

    await intake.take(2)
    assert tap.turns == ["pause"]

    await intake.take(1)
    assert tap.turns == ["pause", "resume"]


async def test_records_of_an_ended_assignment_are_left_to_the_next_owner(intake: Intake) -> None:
    intake.put(records(1, 2))
    intake.drop()
    intake.put(records(3))
    intake.open()
    intake.put(records(1))
    assert [one.offset for one in await intake.take(10)] == [1]


async def test_a_worker_woken_for_records_that_were_dropped_goes_on_waiting(
    intake: Intake,
) -> None:
    waiting = asyncio.create_task(intake.take(10))
    await asyncio.sleep(0)
    intake.put(records(1))
    intake.drop()
    await asyncio.sleep(0)
    intake.open()
    intake.put(records(5))

    assert [one.offset for one in await waiting] == [5]


@pytest.mark.parametrize("late", [1, 2])
def test_a_record_that_comes_late_stops_everything(intake: Intake, late: int) -> None:
    intake.put(records(2))

    with pytest.raises(OutOfOrder):
        intake.put(records(late))
