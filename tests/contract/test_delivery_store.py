"""What the courier may rely on, of the store in memory and of the real one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import pytest

from services.ingest.courier.delivery import (
    Delivery,
    Later,
    Otherwise,
    Sent,
    State,
    begun,
    settled,
)
from services.ingest.courier.mongo_deliveries import MongoDeliveries
from services.ingest.courier.ports import DeliveryStore
from shared.store import Store, provision_indexes
from tests.fakes.courier import FakeDeliveries
from tests.stacks import Fresh

NOW = 1_790_000_000.0


@pytest.fixture(params=["fake", pytest.param("pymongo", marks=pytest.mark.stack)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[DeliveryStore]:
    if request.param == "fake":
        yield FakeDeliveries()
        return
    fresh = cast(Fresh, request.getfixturevalue("fresh"))
    real = Store(url=fresh.stack.mongo, database=fresh.database, driver="pymongo")
    await provision_indexes(real.database)
    yield MongoDeliveries(real)
    await real.close()


def reply(name: str = "r-1", *, partition: int = 0, offset: int = 0) -> Delivery:
    return Delivery(
        reply=name,
        ticket="t-1",
        key="telegram:lucky_bot:7",
        partition=partition,
        offset=offset,
        channel="telegram",
        account="lucky_bot",
        recipient="7",
        text="hello",
        in_reply_to="telegram:lucky_bot:7.5",
        by="system",
        lang="lt",
        subject="hi",
        thread="<a@b>",
        heard_at=NOW - 60.0,
        asked_at=NOW,
        expires_at=NOW + 60.0,
    )


def ended(delivery: Delivery) -> Delivery:
    return settled(delivery, Sent("31"), parts=1, now=NOW + 2, luck=0.0)


async def test_what_is_taken_in_comes_back_as_it_is_stored(store: DeliveryStore) -> None:
    assert await store.take_in([reply()]) == [reply()]
    sending = begun(reply(), now=NOW + 1)
    assert await store.begin(sending)
    assert await store.take_in([reply(offset=9), reply("r-2", offset=3)]) == [
        sending,
        reply("r-2", offset=3),
    ]


async def test_a_courier_finds_the_unfinished_of_its_partitions_in_order(
    store: DeliveryStore,
) -> None:
    late, early = reply("r-1", offset=7), reply("r-2", offset=4)
    await store.take_in([late, early, reply("r-3", partition=1)])
    assert await store.unfinished([0]) == [early, late]
    assert await store.unfinished([2]) == []


async def test_an_attempt_is_begun_by_one_courier_alone(store: DeliveryStore) -> None:
    await store.take_in([reply()])
    assert await store.begin(begun(reply(), now=NOW + 1))
    assert not await store.begin(begun(reply(), now=NOW + 2))


async def test_a_write_that_was_done_already_is_done(store: DeliveryStore) -> None:
    await store.take_in([reply()])
    sending = begun(reply(), now=NOW + 1)
    assert await store.begin(sending)
    assert await store.begin(sending)
    assert await store.settle(ended(sending))
    assert await store.settle(ended(sending))


async def test_an_attempt_that_somebody_settled_is_settled_by_nobody_else(
    store: DeliveryStore,
) -> None:
    await store.take_in([reply()])
    sending = begun(reply(), now=NOW + 1)
    await store.begin(sending)
    later = settled(sending, Later("busy"), parts=1, now=NOW + 2, luck=0.0)
    assert await store.settle(later)
    again = begun(later, now=NOW + 3)
    assert await store.begin(again)
    assert not await store.settle(ended(sending))
    assert await store.unfinished([0]) == [again]


async def test_what_has_ended_is_unfinished_until_that_was_told(store: DeliveryStore) -> None:
    await store.take_in([reply()])
    sending = begun(reply(), now=NOW + 1)
    await store.begin(sending)
    await store.settle(ended(sending))
    assert await store.unfinished([0]) == [ended(sending)]
    await store.told("r-1")
    assert await store.unfinished([0]) == []
    assert await store.take_in([reply()]) == []


async def test_the_next_part_is_an_attempt_of_its_own(store: DeliveryStore) -> None:
    await store.take_in([reply()])
    sending = begun(reply(), now=NOW + 1)
    await store.begin(sending)
    one_of_two = settled(sending, Sent("31"), parts=2, now=NOW + 2, luck=0.0)
    assert await store.settle(one_of_two)
    assert one_of_two.state is State.PENDING
    assert not await store.begin(begun(reply(), now=NOW + 3))
    assert await store.begin(begun(one_of_two, now=NOW + 4))
    assert (await store.unfinished([0]))[0] == replace(begun(one_of_two, now=NOW + 4))


async def test_a_reply_that_goes_another_way_is_known_to_before_it_is_sent_again(
    store: DeliveryStore,
) -> None:
    await store.take_in([reply()])
    sending = begun(reply(), now=NOW + 1)
    await store.begin(sending)
    refused = settled(sending, Otherwise("closed"), parts=1, now=NOW + 2, luck=0.0)
    assert await store.settle(refused)
    assert await store.unfinished([0]) == [refused]
    assert refused.instead
    another = begun(refused, now=NOW + 3)
    assert await store.begin(another)
    assert not await store.begin(begun(refused, now=NOW + 4))
    assert await store.unfinished([0]) == [another]
    assert another.instead
