"""What the sorter may rely on, of the store in memory and of the real one with either driver."""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from services.router.adapters.mongo_sort import MongoSortStore
from services.router.ports import (
    CustomerProfile,
    IdentityDoc,
    OpenTicket,
    ProfileWrite,
    SortStore,
    SortWrite,
)
from shared.store import DuplicateKey, Store, provision_indexes
from shared.store.driver import Driver
from tests.fakes.sort_store import FakeSortStore
from tests.stacks import Fresh

REAL = pytest.mark.stack


@pytest.fixture(
    params=["fake", pytest.param("motor", marks=REAL), pytest.param("pymongo", marks=REAL)]
)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[SortStore]:
    if request.param == "fake":
        yield FakeSortStore()
        return
    fresh = cast(Fresh, request.getfixturevalue("fresh"))
    real = Store(url=fresh.stack.mongo, database=fresh.database, driver=cast(Driver, request.param))
    await provision_indexes(real.database)
    yield MongoSortStore(real)
    await real.close()


def ticket(name: str, *, joinable: str | None = None) -> dict[str, Any]:
    doc = {"_id": name, "desk": "main", "customer": "p:b:7", "brand": "b", "queue": "care"}
    return {**doc, "joinable": joinable} if joinable is not None else doc


def message(name: str, *, of: str | None = "t-1") -> dict[str, Any]:
    return {
        "_id": name,
        "ticket": of,
        "digest": b"\x00digest",
        "partition": 3,
        "offset": 41,
        "reopens": True,
        "rating": 4,
    }


async def test_a_stored_batch_is_read_back_by_each_key(store: SortStore) -> None:
    identity = IdentityDoc("mail:x:me", "p:b:7", vouched=True)
    await store.insert(
        SortWrite([ticket("t-1", joinable="b|p:b:7")], [message("mail:x:1")], [identity])
    )

    entry = (await store.known_entries(["mail:x:1", "mail:x:2"]))["mail:x:1"]
    assert entry == ("t-1", b"\x00digest", 3, 41, True, 4)
    assert await store.identities(["mail:x:me", "mail:x:you"]) == {"mail:x:me": identity}
    by_key = await store.joinable(["b|p:b:7", "b|p:b:8"])
    by_id = await store.tickets(["t-1", "t-2"])
    assert by_key["b|p:b:7"] == OpenTicket("t-1", "main", "p:b:7", "b")
    assert by_id["t-1"] == OpenTicket("t-1", "main", "p:b:7", "b", queue="care")
    assert len(by_key) == len(by_id) == 1


async def test_nothing_is_asked_for_nothing(store: SortStore) -> None:
    assert await store.known_entries([]) == {}
    assert await store.joinable([]) == {}


async def test_a_taken_joinable_key_refuses_the_whole_batch(store: SortStore) -> None:
    await store.insert(SortWrite([ticket("t-1", joinable="b|p:b:7")], [message("m-1")]))

    with pytest.raises(DuplicateKey):
        await store.insert(
            SortWrite(
                [ticket("t-2", joinable="b|p:b:8"), ticket("t-3", joinable="b|p:b:7")],
                [message("m-2", of="t-2"), message("m-3", of="t-3")],
                [IdentityDoc("mail:x:me", "p:b:8", vouched=True)],
            )
        )

    assert await store.tickets(["t-2", "t-3"]) == {}
    assert await store.known_entries(["m-2", "m-3"]) == {}
    assert await store.identities(["mail:x:me"]) == {}


async def test_a_known_message_refuses_the_whole_batch(store: SortStore) -> None:
    await store.insert(SortWrite([], [message("m-1")]))

    with pytest.raises(DuplicateKey):
        await store.insert(SortWrite([ticket("t-2")], [message("m-2"), message("m-1")]))

    assert await store.tickets(["t-2"]) == {}
    assert await store.known_entries(["m-2"]) == {}


async def test_a_known_identity_refuses_the_whole_batch(store: SortStore) -> None:
    await store.insert(SortWrite(identities=[IdentityDoc("mail:x:me", "p:b:7", vouched=True)]))

    with pytest.raises(DuplicateKey):
        await store.insert(
            SortWrite([], [message("m-1")], [IdentityDoc("mail:x:me", "p:b:8", vouched=True)])
        )

    assert await store.known_entries(["m-1"]) == {}


async def test_tickets_without_a_joinable_key_stand_side_by_side(store: SortStore) -> None:
    await store.insert(SortWrite([ticket("t-1"), ticket("t-2")]))

    assert set(await store.tickets(["t-1", "t-2"])) == {"t-1", "t-2"}


async def test_a_departure_that_concerned_nobody_is_known(store: SortStore) -> None:
    await store.insert(SortWrite([], [message("m-1", of=None)]))

    assert (await store.known_entries(["m-1"]))["m-1"].ticket is None


VIP = CustomerProfile("p:b:7", 4, "vip", ("anna", "boris"))


async def test_a_profile_is_read_back_and_replaced_by_a_later_one(store: SortStore) -> None:
    later = VIP._replace(version=9, tier="standard", hosts=())
    await store.keep_profiles([ProfileWrite(VIP, 0)])
    assert await store.profiles(["p:b:7", "p:b:8"]) == {"p:b:7": VIP}

    await store.keep_profiles([ProfileWrite(later, 4)])

    assert await store.profiles(["p:b:7"]) == {"p:b:7": later}


async def test_a_matter_is_read_back_until_a_later_profile_names_none(store: SortStore) -> None:
    await store.keep_profiles([ProfileWrite(VIP, 0)])
    await store.keep_profiles([ProfileWrite(VIP._replace(version=5, matter="care"), 4)])
    assert (await store.profiles(["p:b:7"]))["p:b:7"].matter == "care"

    await store.keep_profiles([ProfileWrite(VIP._replace(version=6), 5)])

    assert (await store.profiles(["p:b:7"]))["p:b:7"].matter == ""


@pytest.mark.parametrize("expected", [0, 3, 5])
async def test_a_profile_that_is_not_as_expected_refuses_all_of_them(
    store: SortStore, expected: int
) -> None:
    await store.keep_profiles([ProfileWrite(VIP, 0)])
    other = VIP._replace(customer="p:b:8")

    with pytest.raises(DuplicateKey):
        await store.keep_profiles(
            [ProfileWrite(other, 0), ProfileWrite(VIP._replace(version=9), expected)]
        )

    assert await store.profiles(["p:b:7", "p:b:8"]) == {"p:b:7": VIP}


@REAL
async def test_every_question_is_answered_by_an_index(fresh: Fresh) -> None:
    real = Store(url=fresh.stack.mongo, database=fresh.database)
    await provision_indexes(real.database)
    await MongoSortStore(real).insert(
        SortWrite(
            [ticket(f"t-{n}", joinable=f"b|{n}") for n in range(50)],
            [message(f"m-{n}") for n in range(50)],
            [IdentityDoc(f"i-{n}", "c", vouched=True) for n in range(50)],
        )
    )
    asked = [
        ("messages", "_id", ["m-1", "m-2"]),
        ("tickets", "_id", ["t-1", "t-2"]),
        ("claims", "_id", ["b|1", "b|2"]),
        ("identities", "_id", ["i-1", "i-2"]),
    ]
    try:
        for collection, field, keys in asked:
            plan = await real[collection].find({field: {"$in": keys}}).explain()
            stages = set(_stages(plan["queryPlanner"]["winningPlan"]))
            assert stages & {"IXSCAN", "IDHACK", "EXPRESS_IXSCAN"}, (collection, field, stages)
            assert "COLLSCAN" not in stages
    finally:
        await real.close()


def _stages(plan: dict[str, Any]) -> list[str]:
    below = [plan["inputStage"]] if "inputStage" in plan else plan.get("inputStages", [])
    return [plan.get("stage", ""), *(stage for one in below for stage in _stages(one))]
