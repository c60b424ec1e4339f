"""Schedule 8: what fails costs itself, never the shard."""

from collections.abc import Sequence

import pytest

from services.router.dealer.takeover import PartitionsChanged
from services.router.domain.desk import Desk
from services.router.domain.effects import Effect
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.ticket_opened_v1 import TicketOpened
from shared.store.errors import StoreError
from tests.fakes.feed import AGENTS, TICKETS
from tests.unit.dealer_driver import RULES, World, ticket_doc


class Bug(Exception):
    """What a programmer did not think of."""


async def test_a_document_nobody_can_read_costs_its_announcement_not_the_shard() -> None:
    world = World()
    world.store.insert([ticket_doc("t1", state="closed", needs="unreadable"), ticket_doc("t2")])
    async with world.worker() as running:
        world.wrote("t1")
        world.staff("anna")
        await running.settle()

    assert world.dead_letters() == ["failed 3 times"]
    assert world.steps("t2") == ["opened", "dealt"]
    assert world.store.shards[0].trouble == ()


async def test_attempts_count_although_other_records_come_in_between() -> None:
    world = World()
    world.store.insert([ticket_doc("t1", state="closed", needs="unreadable")])
    world.feed.order = (AGENTS, TICKETS)
    names = iter("abcdefghijklmnopqrstuvwxyz")
    async with world.worker() as running:
        world.feed.on_seek = lambda: world.hire(next(names))
        world.wrote("t1")
        await running.settle()

    assert world.dead_letters() == ["failed 3 times"]
    assert world.store.take_overs == 1 + 4


async def test_two_records_at_fault_on_two_topics_are_both_set_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    world.store.insert([ticket_doc("t1", state="closed", needs="unreadable"), ticket_doc("t2")])
    _raise_on(monkeypatch, ids={"bad"})
    async with world.worker() as running:
        world.feed.on_seek = lambda: _swap(world)
        world.wrote("t1")
        world.tell(TicketOpened.model_validate(_opening("t2")), id="fine")
        world.tell(
            ReplyToTicket(desk="main", agent="a", ticket="t2", assignment=1, text="x"), id="bad"
        )
        await running.settle()

    assert world.dead_letters() == ["failed 3 times"] * 2
    assert world.store.shards[0].offsets == {TICKETS: 2, AGENTS: 1}


async def test_work_of_our_own_that_fails_ends_the_process_though_records_keep_coming(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def tick(_desk: Desk, *, now: float, limit: int, expire: bool = True) -> Sequence[Effect]:
        raise Bug

    monkeypatch.setattr(Desk, "tick", tick)
    world = World()
    async with world.worker() as running:
        world.feed.on_seek = lambda: world.staff("anna")
        world.staff("anna")
        await running.settle()

        assert isinstance(running.task.exception(), Bug)
    assert world.dead_letters() == []


async def test_a_dead_letter_that_cannot_be_written_ends_the_process() -> None:
    """No record is to blame for that, so trying the next one would go on for ever."""
    world = World()
    world.staff("anna")
    world.store.lost_before = [StoreError("a bug") for _ in range(50)]
    async with world.worker() as running:
        await running.settle()

        assert isinstance(running.task.exception(), StoreError)
    assert world.dead_letters() == []


async def test_failures_days_apart_do_not_add_up() -> None:
    world = World()
    world.store.insert([ticket_doc("t1")])
    world.staff("anna")
    async with world.worker() as running:
        await running.settle()
        for _ in range(4):
            world.store.lost_before = [StoreError("once")]
            await running.wait(RULES.offer_seconds + 1)

        assert not running.task.done()
    assert world.steps("t1").count("offer_expired") == 4


async def test_a_commands_id_may_be_as_long_as_ids_are() -> None:
    world = World()
    world.store.insert([ticket_doc("t1")])
    world.staff("anna")
    async with world.worker() as running:
        await running.settle()
        world.accept("t1", "anna")
        reply = ReplyToTicket(desk="main", agent="anna", ticket="t1", assignment=1, text="hello")
        world.tell(reply, id="c" * 512)
        await running.settle()

    [sent] = world.said(ReplyRequested)
    assert sent.data.text == "hello"
    assert len(sent.data.reply) <= 512
    assert world.dead_letters() == []


async def test_the_broker_being_away_at_a_take_over_is_waited_for() -> None:
    world = World()
    world.feed.away = True
    async with world.worker() as running:
        assert not running.task.done()
        world.feed.away = False
        await running.wait(1)

        assert running.worker.owning


async def test_another_partition_count_is_refused_and_says_what_to_do() -> None:
    """Schedule 20."""
    world = World()
    async with world.worker():
        pass
    world.feed.count = 3
    async with world.worker() as running:
        error = running.task.exception()

    assert isinstance(error, PartitionsChanged)
    assert "restore the count" in str(error)


async def test_an_identity_that_is_none_is_refused_when_announced_not_when_replied_to() -> None:
    world = World()
    world.store.insert([ticket_doc("t1")])
    async with world.worker() as running:
        opening = _opening("t1")
        opening["entry"]["identity"] = "nobody"
        world.tell(TicketOpened.model_validate(opening))
        await running.settle()

    [reason] = world.dead_letters()
    assert reason.startswith("identity:")


def _opening(ticket: str) -> dict[str, dict[str, object]]:
    entry = {
        "message": f"web:main:{ticket}-m0",
        "kind": "message",
        "partition": 0,
        "offset": 0,
        "at": "2026-11-22T10:00:00Z",
        "identity": f"web:main:{ticket}",
    }
    return {"ticket": ticket, "desk": "main", "entry": entry}  # type: ignore[dict-item]


def _swap(world: World) -> None:
    """The other topic is handed out first from now on."""
    first, second = world.feed.order
    world.feed.order = (second, first)


def _raise_on(monkeypatch: pytest.MonkeyPatch, *, ids: set[str]) -> None:
    apply = Desk.apply

    def fragile(desk: Desk, event: object, *, now: float) -> Sequence[Effect]:
        if getattr(event, "id", None) in ids:
            raise Bug
        return apply(desk, event, now=now)  # type: ignore[arg-type]

    monkeypatch.setattr(Desk, "apply", fragile)
