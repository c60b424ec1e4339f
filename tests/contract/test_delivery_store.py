"""What the courier may rely on, of the store in memory and of the real one."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Protocol, cast

import pytest

from services.ingest.courier.delivery import (
    Delivery,
    Doubtful,
    Later,
    Otherwise,
    Sent,
    State,
    begun,
    settled,
)
from services.ingest.courier.mongo_deliveries import MongoDeliveries
from services.ingest.courier.ports import DeliveryStore, StatusStore
from services.ingest.courier.receipts import Said
from shared.contracts.delivery_reported_v1 import DeliveryStatus
from shared.store import Store, provision_indexes
from tests.fakes.courier import FakeDeliveries
from tests.stacks import Fresh

NOW = 1_790_000_000.0


class Deliveries(DeliveryStore, StatusStore, Protocol):
    """One store is both."""


@pytest.fixture(params=["fake", pytest.param("pymongo", marks=pytest.mark.stack)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Deliveries]:
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


def said(
    message: str, status: DeliveryStatus, *, reply: str = "", account: str = "lucky_bot"
) -> Said:
    name = f"telegram:{account}:{message}"
    return Said(name, "telegram", account, "7", message, reply, status, NOW, mark="3:8")


async def delivered(store: Deliveries, *names: str) -> Sequence[Delivery]:
    """Replies whose only part the provider took, under 31, 32 …"""
    found = []
    for number, name in enumerate(names, start=31):
        await store.take_in([reply(name)])
        sending = begun(reply(name), now=NOW + 1)
        await store.begin(sending)
        sent = settled(sending, Sent(str(number)), parts=1, now=NOW + 2, luck=0.0)
        await store.settle(sent)
        found.append(sent)
    return found


async def test_of_a_message_the_furthest_that_was_said_is_kept(store: Deliveries) -> None:
    delivered, one, other = (
        said("31", "delivered"),
        "telegram:lucky_bot:31",
        "telegram:lucky_bot:32",
    )
    assert set(await store.note([delivered], now=NOW)) == {one}
    assert set(await store.note([said("31", "sent")], now=NOW)) == set()
    assert set(await store.note([said("31", "read"), said("32", "sent")], now=NOW)) == {one, other}
    assert set(await store.note([delivered], now=NOW)) == set()
    assert set(await store.note([], now=NOW)) == set()


async def test_a_record_that_is_read_again_is_told_from_a_provider_s_repetition(
    store: Deliveries,
) -> None:
    first = said("31", "read")
    await store.note([first], now=NOW)
    assert set(await store.note([first], now=NOW)) == {first.message}
    assert set(await store.note([first._replace(mark="3:9")], now=NOW)) == set()


async def test_a_delivery_is_found_by_our_id_and_by_its_provider_s(store: Deliveries) -> None:
    one, other = await delivered(store, "r-1", "r-2")
    asked = [
        said("31", "sent"),
        said("99", "read", reply="r-2"),
        said("31", "sent", account="another_bot"),
        said("77", "read", reply="nobody's"),
    ]
    found = await store.sent_as(asked)
    assert found == {"telegram:lucky_bot:31": one, "telegram:lucky_bot:99": other}


async def test_what_was_said_of_a_reply_is_found_before_and_after_its_ids_are_known(
    store: Deliveries,
) -> None:
    await store.note([said("31", "read"), said("88", "sent", reply="r-1")], now=NOW)
    assert await store.said_of([reply()]) == {"r-1": [said("88", "sent", reply="r-1")]}
    [sent] = await delivered(store, "r-1")
    known = (await store.said_of([sent]))["r-1"]
    assert sorted(known) == [said("31", "read"), said("88", "sent", reply="r-1")]


async def test_a_delivery_keeps_its_doubt_and_how_many_parts_it_has(store: Deliveries) -> None:
    await store.take_in([reply()])
    sending = begun(reply(), now=NOW + 1)
    await store.begin(sending)
    doubtful = settled(sending, Doubtful("no answer"), parts=3, now=NOW + 2, luck=0.0)
    await store.settle(doubtful)
    [stored] = await store.unfinished([0])
    assert (stored.in_doubt, stored.parts) == (True, 3)
