"""A customer's claim, between the sorter who makes it and the dealer who ends it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, NamedTuple, cast

import pytest

from services.router.adapters.mongo_shards import MongoShardStore
from services.router.adapters.mongo_sort import MongoSortStore
from services.router.domain.bond import Bond
from services.router.domain.ticket import Ticket, TicketState
from services.router.ports import ShardState, SortWrite, TicketWrite, TurnWrite
from shared.store import DuplicateKey, Store, provision_indexes
from shared.store.documents import claim_id
from shared.store.driver import Driver
from tests.contract.shard_samples import ticket, ticket_doc
from tests.stacks import Fresh

pytestmark = pytest.mark.stack


class Both(NamedTuple):
    """The two sides of one store."""

    sorter: MongoSortStore
    dealer: MongoShardStore

    async def open(self, name: str, *, lane: str = "") -> Ticket:
        """A ticket of the one customer there is."""
        opened = replace(ticket(name), brand="b", customer="c", lane=lane)
        doc: Any = {**ticket_doc(opened), "joinable": claim_id("b", "c", lane)}
        await self.sorter.insert(SortWrite(tickets=[doc]))
        return opened

    async def change(self, state: ShardState, changed: Ticket, *, expected: int) -> ShardState:
        after = replace(state, seq=state.seq + 1)
        write = TicketWrite("main", changed, expected=expected, policy=1, stamp=None)
        await self.dealer.commit(TurnWrite(after, (write,)))
        return after

    async def joined(self, *, lane: str = "") -> str | None:
        """The ticket the customer's next message joins."""
        key = claim_id("b", "c", lane)
        found = await self.sorter.joinable([key])
        return found[key].ticket if found else None


@pytest.fixture(params=["motor", "pymongo"])
async def both(request: pytest.FixtureRequest, fresh: Fresh) -> AsyncIterator[Both]:
    driver = cast(Driver, request.param)
    store = Store(url=fresh.stack.mongo, database=fresh.database, driver=driver)
    await provision_indexes(store.database)
    yield Both(MongoSortStore(store), MongoShardStore(store))
    await store.close()


async def test_a_customer_has_one_joinable_ticket(both: Both) -> None:
    await both.open("t1")
    with pytest.raises(DuplicateKey):
        await both.open("t2")
    assert await both.joined() == "t1"


async def test_a_customer_who_returns_after_closing_gets_a_ticket_of_their_own(both: Both) -> None:
    """Not every store frees a key of a unique index when a field is unset: a claim is deleted."""
    first = await both.open("t1")
    state = await both.dealer.take_over(0, partitions=1)
    closed = replace(first, state=TicketState.CLOSED, joinable=False)
    await both.change(state, closed, expected=1)
    assert await both.joined() is None

    await both.open("t2")
    assert await both.joined() == "t2"


async def test_a_merged_ticket_keeps_its_claim_until_it_closes_with_its_whole(both: Both) -> None:
    """What its sender writes meanwhile goes to it, and its dealer gives it to the whole."""
    part = await both.open("t1")
    state = await both.dealer.take_over(0, partitions=1)
    bond = Bond(merged_into="t0")
    merged = replace(part, state=TicketState.RESOLVED, bond=bond)
    state = await both.change(state, merged, expected=1)
    assert await both.joined() == "t1"

    closed = replace(merged, state=TicketState.CLOSED, joinable=False)
    await both.change(state, closed, expected=2)
    assert await both.joined() is None


async def test_a_reopened_ticket_leaves_the_newer_ones_claim_alone(both: Both) -> None:
    """Schedule 11."""
    first = await both.open("t1")
    state = await both.dealer.take_over(0, partitions=1)
    over = replace(first, state=TicketState.CLOSED, joinable=False)
    state = await both.change(state, over, expected=1)
    await both.open("t2")

    again = replace(first, state=TicketState.QUEUED, joinable=False)
    await both.change(state, again, expected=2)
    assert await both.joined() == "t2"


async def test_a_ticket_in_a_lane_of_its_own_has_a_claim_of_its_own(both: Both) -> None:
    await both.open("t1")
    beside = await both.open("t2", lane="care")
    with pytest.raises(DuplicateKey):
        await both.open("t3", lane="care")

    state = await both.dealer.take_over(0, partitions=1)
    over = replace(beside, state=TicketState.CLOSED, joinable=False)
    await both.change(state, over, expected=1)

    assert (await both.joined(), await both.joined(lane="care")) == ("t1", None)
    await both.open("t3", lane="care")
    assert await both.joined(lane="care") == "t3"
