"""What the recorder may rely on of the store of replies, in memory and on both drivers."""

from collections.abc import AsyncIterator
from typing import cast

import pytest

from services.router.adapters.mongo_replies import MongoReplies
from services.router.domain.replies import KeptReply, asked, standing_of
from services.router.ports import ReplyStore
from shared.store import Store, provision_indexes
from shared.store.documents import ReplyDoc
from shared.store.driver import Driver
from tests.fakes.replies import FakeReplies
from tests.stacks import Fresh

NOW = 1_790_000_000.0
SENT, READ = standing_of("sent", NOW + 1), standing_of("read", NOW + 2)
FAILED = standing_of("failed", NOW + 3, error="blocked")


@pytest.fixture(
    params=[
        "fake",
        pytest.param("motor", marks=pytest.mark.stack),
        pytest.param("pymongo", marks=pytest.mark.stack),
    ]
)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[ReplyStore]:
    if request.param == "fake":
        yield FakeReplies()
        return
    fresh = cast(Fresh, request.getfixturevalue("fresh"))
    driver = cast(Driver, request.param)
    real = Store(url=fresh.stack.mongo, database=fresh.database, driver=driver)
    await provision_indexes(real.database)
    yield MongoReplies(real)
    await real.close()


def reply(name: str = "r-1", *, agent: str | None = "lina") -> ReplyDoc:
    return ReplyDoc(
        _id=name,
        ticket="t-1",
        key="viber:lucky_bot:7",
        channel="viber",
        account="lucky_bot",
        text="hello",
        by="agent" if agent else "system",
        agent=agent,
        at=NOW,
    )


async def test_a_reply_of_which_nothing_is_reported_is_asked_for(store: ReplyStore) -> None:
    [kept] = await store.keep([reply()], {}, now=NOW)
    assert kept == KeptReply("r-1", "t-1", "lina", asked(NOW))


async def test_a_report_raises_the_standing_and_an_older_one_changes_nothing(
    store: ReplyStore,
) -> None:
    await store.keep([reply()], {}, now=NOW)
    assert [each.standing for each in await store.keep([], {"r-1": READ}, now=NOW)] == [READ]
    for old in (SENT, FAILED, READ._replace(at=NOW + 9)):
        assert [each.standing for each in await store.keep([], {"r-1": old}, now=NOW)] == [READ]


async def test_a_report_that_comes_before_its_reply_waits_for_it(store: ReplyStore) -> None:
    [early] = await store.keep([], {"r-1": FAILED}, now=NOW)
    assert early == KeptReply("r-1", "", None, FAILED)
    [kept] = await store.keep([reply()], {}, now=NOW)
    assert kept == KeptReply("r-1", "t-1", "lina", FAILED)


async def test_the_same_again_changes_nothing(store: ReplyStore) -> None:
    first = await store.keep([reply(), reply("r-2", agent=None)], {"r-2": SENT}, now=NOW)
    again = await store.keep([reply(), reply("r-2", agent=None)], {"r-2": SENT}, now=NOW + 60)
    assert sorted(first) == sorted(again)
    assert {each.reply: each.standing.status for each in again} == {"r-1": "asked", "r-2": "sent"}


async def test_nothing_is_asked_of_the_store_for_nothing(store: ReplyStore) -> None:
    assert await store.keep([], {}, now=NOW) == []
