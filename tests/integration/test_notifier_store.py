"""What the notifier reads from the store: pages, rights, and never a whole collection."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from services.notifier.adapters.mongo_conversations import MongoConversations, older
from services.notifier.adapters.mongo_desktops import MongoDesktops, in_hand
from services.notifier.digest import digest
from services.notifier.opening import snapshot_of
from services.notifier.ports import NotYours, UnknownAgent
from services.notifier.protocol.server import CardTask
from services.router.adapters.documents import bond_doc, tasks_doc
from services.router.domain.bond import Bond
from services.router.domain.tasks import Tasks
from shared.store.documents import BondDoc
from shared.store.driver import Store
from tests.integration.notifier_world import OPENED_AT, World, a_world
from tests.stacks import Fresh

pytestmark = pytest.mark.stack


@pytest.fixture
async def world(fresh: Fresh) -> AsyncIterator[World]:
    async with a_world(fresh) as made:
        yield made


async def wrote(world: World, ticket: str, *at: float, text: str = "hi", first: int = 0) -> None:
    """Messages of a ticket at these times, numbered from `first`."""
    await world.store["messages"].insert_many(
        [
            {"_id": f"m{number}", "ticket": ticket, "kind": "message", "at": when, "text": text}
            for number, when in enumerate(at, start=first)
        ]
    )


async def answered(world: World, ticket: str, *at: float, text: str = "yes") -> None:
    """Replies of lina's on a ticket at these times."""
    common = {"text": text, "by": "agent", "agent": "lina", "status": "sent", "error": ""}
    await world.store["replies"].insert_many(
        [
            {"_id": f"{ticket}.r{number}", "ticket": ticket, "at": when, **common}
            for number, when in enumerate(at)
        ]
    )


async def all_pages(world: World, *, limit: int) -> list[list[str]]:
    """Ids of lina's T1, page by page from the newest."""
    conversations, before, pages = MongoConversations(world.store), None, []
    while True:
        page = await conversations.page(agent="lina", ticket="T1", before=before, limit=limit)
        pages.append([entry.id for entry in page.entries])
        before = page.before
        if before is None:
            return pages


async def test_a_conversation_comes_in_pages_from_the_newest_each_oldest_first(
    world: World,
) -> None:
    await world.commit("lina", "T1", "accepted")
    await wrote(world, "T1", *(OPENED_AT + number for number in range(5)))
    assert await all_pages(world, limit=2) == [["m3", "m4"], ["m1", "m2"], ["m0"]]


async def test_messages_of_one_second_are_each_shown_once(world: World) -> None:
    await world.commit("lina", "T1", "accepted")
    await wrote(world, "T1", *[OPENED_AT] * 5, OPENED_AT + 1)
    shown = [id for page in await all_pages(world, limit=2) for id in page]
    assert sorted(shown) == ["m0", "m1", "m2", "m3", "m4", "m5"]
    assert shown[1] == "m5"


async def test_long_texts_make_a_page_shorter_but_never_empty(world: World) -> None:
    await world.commit("lina", "T1", "accepted")
    await wrote(world, "T1", *(OPENED_AT + n for n in range(6)), text="x" * 65_536)
    pages = await all_pages(world, limit=50)
    assert [len(page) for page in pages] == [4, 2]


@pytest.mark.parametrize(
    ("agent", "state"), [("ada", "accepted"), ("lina", "queued"), ("lina", "resolved")]
)
async def test_a_conversation_is_shown_to_nobody_but_who_has_the_ticket_in_hand(
    world: World, agent: str, state: str
) -> None:
    await world.commit(agent, "T1", state)
    with pytest.raises(NotYours):
        await all_pages(world, limit=2)


@pytest.mark.parametrize("before", ["", "x", "1/2/3/4", "nan/1", "inf/1", "1.0/-1", "1.0/99999"])
async def test_a_cursor_that_is_none_of_ours_is_refused(world: World, before: str) -> None:
    await world.commit("lina", "T1", "accepted")
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says: the client gets one sentence
        await MongoConversations(world.store).page(
            agent="lina", ticket="T1", before=before, limit=2
        )


async def test_what_was_written_to_a_merged_ticket_is_shown_in_its_place_and_goes_with_a_split(
    world: World,
) -> None:
    await world.commit("lina", "T1", "accepted", bond=_bond("T2"))
    await wrote(world, "T1", *(OPENED_AT + second for second in (0, 2, 2, 4)))
    await wrote(world, "T2", *(OPENED_AT + second for second in (1, 2, 2, 3)), first=4)
    pages = await all_pages(world, limit=3)
    shown = [entry for page in reversed(pages) for entry in page]
    assert (shown[:2], shown[-2:]) == (["m0", "m4"], ["m7", "m3"])
    assert sorted(shown[2:-2]) == ["m1", "m2", "m5", "m6"]

    await world.commit("lina", "T1", "accepted", bond=None)
    [alone] = await all_pages(world, limit=9)
    assert sorted(alone) == ["m0", "m1", "m2", "m3"]


async def test_replies_are_shown_among_the_messages_also_those_of_a_merged_ticket(
    world: World,
) -> None:
    await world.commit("lina", "T1", "accepted", bond=_bond("T2"))
    await wrote(world, "T1", *(OPENED_AT + second for second in (0, 2, 2, 5)))
    await answered(world, "T1", OPENED_AT + 2, OPENED_AT + 2, OPENED_AT + 6)
    await answered(world, "T2", OPENED_AT + 1)
    await answered(world, "T3", OPENED_AT + 3)
    # what was reported before the reply was read has no ticket yet
    await world.store["replies"].insert_one({"_id": "early", "status": "failed", "rank": 3})
    pages = await all_pages(world, limit=2)
    shown = [entry for page in reversed(pages) for entry in page]
    assert (shown[:2], shown[-2:]) == (["m0", "T2.r0"], ["m3", "T1.r2"])
    assert (set(shown[2:4]), set(shown[4:6])) == ({"m1", "m2"}, {"T1.r0", "T1.r1"})
    assert len(shown) == 8


async def test_a_card_names_what_was_merged_into_its_ticket(world: World) -> None:
    await world.enrol("lina")
    await world.commit("lina", "T1", "accepted", bond=_bond("T2"))
    await world.commit("lina", "T3", "accepted", bond=None)
    desktop = await MongoDesktops(store=world.store, shards=world.shards).desktop("lina")
    assert {card.ticket: card.merged for card in desktop.cards} == {"T1": ("T2",), "T3": None}


async def test_a_card_of_a_re_review_says_so(world: World) -> None:
    await world.enrol("lina")
    await world.commit("lina", "T1", "accepted", barred=["ada"])
    await world.commit("lina", "T2", "accepted", barred=[])
    desktop = await MongoDesktops(store=world.store, shards=world.shards).desktop("lina")
    assert {card.ticket: card.review for card in desktop.cards} == {"T1": True, "T2": None}


async def test_a_task_s_card_says_what_for_and_its_conversation_is_its_ticket_s(
    world: World,
) -> None:
    for agent in ("lina", "mark"):
        await world.enrol(agent)
    parent = Tasks(opened=2, open=("T1.t2",), asked=("c1", "c2"), done=("T1.t1", "ada"))
    await world.commit("mark", "T1", "accepted", tasks=tasks_doc(parent))
    task = tasks_doc(Tasks(parent="T1", note="is it genuine?"))
    await world.commit("lina", "T1.t2", "accepted", tasks=task)
    await wrote(world, "T1", OPENED_AT, OPENED_AT + 1)

    desktops = MongoDesktops(store=world.store, shards=world.shards)
    [card] = (await desktops.desktop("lina")).cards
    page = await MongoConversations(world.store).page(
        agent="lina", ticket="T1.t2", before=None, limit=9
    )
    [whole] = (await desktops.desktop("mark")).cards

    assert (card.parent, card.note, card.tasks, card.task_done) == (
        *("T1", "is it genuine?"),
        *(None, None),
    )
    assert [entry.id for entry in page.entries] == ["m0", "m1"]
    assert (whole.parent, whole.tasks, whole.task_done) == (
        *(None, 1),
        CardTask(task="T1.t1", by="ada"),
    )


def _bond(part: str) -> BondDoc:
    return bond_doc(Bond(merged=((part, OPENED_AT),)))


async def test_a_desktop_has_the_shard_s_seq_and_what_is_in_hand_only(world: World) -> None:
    await world.enrol("lina")
    await world.commit("lina", "T1", "offered", until=OPENED_AT + 30)
    await world.commit("lina", "T2", "resolved")
    await world.commit("ada", "T3", "accepted")
    desktop = await MongoDesktops(store=world.store, shards=world.shards).desktop("lina")
    assert (desktop.shard, desktop.seq) == (world.shard, 3)
    assert [(card.ticket, card.seq) for card in desktop.cards] == [("T1", 1)]
    assert desktop.cards[0].respond_by is not None
    assert desktop.agent.channels == ("telegram", "mail")


async def test_snapshot_and_heartbeat_agree_on_the_digest(world: World) -> None:
    await world.enrol("lina", "ada")
    await world.commit("lina", "T1", "offered")
    await world.commit("lina", "T2", "accepted")
    desktops = MongoDesktops(store=world.store, shards=world.shards)
    glances = await desktops.glances(["lina", "ada", "nobody"])
    assert set(glances) == {"lina", "ada"}
    lina = glances["lina"]
    assert digest(lina.state, lina.held) == snapshot_of(await desktops.desktop("lina")).digest


async def test_nobody_and_the_deactivated_have_no_desktop(world: World) -> None:
    await world.enrol("lina")
    await world.store["agents"].update_one({"_id": "lina"}, {"$set": {"active": False}})
    desktops = MongoDesktops(store=world.store, shards=world.shards)
    for agent in ("lina", "nobody"):
        with pytest.raises(UnknownAgent):
            await desktops.profile(agent)
        with pytest.raises(UnknownAgent):
            await desktops.desktop(agent)


@pytest.mark.parametrize(
    "query",
    [
        lambda store: in_hand(store["tickets"], ["lina"]),
        lambda store: in_hand(store["tickets"], ["lina", "ada"]),
        lambda store: store["tickets"].find({"_id": "T1"}),
        lambda store: older(store["messages"], ["T1"], OPENED_AT, skip=1),
        lambda store: older(store["messages"], ["T1", "T2"], OPENED_AT, skip=1),
        lambda store: older(store["replies"], ["T1"], OPENED_AT, skip=1),
        lambda store: older(store["replies"], ["T1", "T2"], OPENED_AT, skip=1),
        lambda store: store["agents"].find({"_id": {"$in": ["lina", "ada"]}}),
    ],
    ids=[
        "one desktop",
        "heartbeats",
        "right to a conversation",
        "conversation",
        "merged conversation",
        "replies",
        "replies of a merged conversation",
        "agents",
    ],
)
async def test_every_query_is_answered_from_an_index(
    world: World, query: Callable[[Store], Any]
) -> None:
    await world.enrol("lina", "ada")
    await world.commit("lina", "T1", "accepted")
    await wrote(world, "T1", OPENED_AT)
    await answered(world, "T1", OPENED_AT)
    plan = await query(world.store).explain()
    stages = str(plan["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in stages
    assert "IXSCAN" in stages or "IDHACK" in stages  # IDHACK: by _id, without a plan
