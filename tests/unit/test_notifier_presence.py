"""What the dealers are told about who is connected."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.notifier.presence import GATHER_SECONDS, Presence
from services.notifier.registry import MAX_SOCKETS_PER_AGENT, Registry
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from tests.fakes.clock import HandClock, settle
from tests.fakes.publisher import FakePublisher
from tests.unit.notifier_cards import a_connection

PERIOD = 5.0


@dataclass
class Scene:
    clock: HandClock = field(default_factory=HandClock)
    registry: Registry = field(default_factory=Registry)
    publisher: FakePublisher = field(default_factory=FakePublisher)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Until the block ends, orderly."""
        presence = Presence(
            notifier="n-1",
            registry=self.registry,
            publisher=self.publisher,
            clock=self.clock,
            period_seconds=PERIOD,
        )
        async with presence:
            task = asyncio.create_task(presence.run())
            await settle()
            yield
            task.cancel()

    def told(self) -> list[tuple[str, tuple[str, ...]]]:
        """(desk, agents) of each heartbeat so far; forgotten then."""
        said = []
        for event in self.publisher.events:
            assert isinstance(event.data, NotifierHeartbeat)
            assert event.data.notifier == "n-1"
            assert event.data.period_seconds == PERIOD
            said.append((event.data.desk, event.data.agents))
        self.publisher.confirmed.clear()
        return said


async def test_an_agent_who_connects_is_reported_at_once_and_every_period() -> None:
    scene = Scene()
    async with scene.running():
        scene.registry.add(a_connection("lina"))
        await scene.clock.advance(GATHER_SECONDS)
        assert scene.told() == [("vip", ("lina",))]
        await scene.clock.advance(PERIOD)
        assert scene.told() == [("vip", ("lina",))]


async def test_a_herd_is_one_heartbeat_a_desk() -> None:
    scene = Scene()
    async with scene.running():
        for name in ("b", "a", "c"):
            scene.registry.add(a_connection(name))
        scene.registry.add(a_connection("x", "sports"))
        await scene.clock.advance(GATHER_SECONDS)
        assert scene.told() == [("sports", ("x",)), ("vip", ("a", "b", "c"))]


async def test_only_the_desk_that_changed_is_told_between_two_periods() -> None:
    scene = Scene()
    scene.registry.add(a_connection("x", "sports"))
    async with scene.running():
        scene.told()
        scene.registry.add(a_connection("lina"))
        await scene.clock.advance(GATHER_SECONDS)
        assert scene.told() == [("vip", ("lina",))]


async def test_a_second_socket_of_an_agent_is_no_news_and_losing_it_neither() -> None:
    scene = Scene()
    scene.registry.add(a_connection("lina"))
    async with scene.running():
        scene.told()
        second = a_connection("lina")
        scene.registry.add(second)
        await scene.clock.advance(GATHER_SECONDS)
        scene.registry.remove(second)
        await scene.clock.advance(GATHER_SECONDS)
        assert scene.told() == []


async def test_a_desk_whose_last_agent_left_is_told_so_once_then_nothing_more() -> None:
    scene = Scene()
    lina = a_connection("lina")
    scene.registry.add(lina)
    async with scene.running():
        scene.told()
        scene.registry.remove(lina)
        await scene.clock.advance(GATHER_SECONDS)
        assert scene.told() == [("vip", ())]
        await scene.clock.advance(2 * PERIOD)
        assert scene.told() == []


async def test_a_goodbye_the_broker_did_not_confirm_is_said_again() -> None:
    scene = Scene()
    lina = a_connection("lina")
    scene.registry.add(lina)
    async with scene.running():
        scene.told()
        scene.publisher.mode = "fail"
        scene.registry.remove(lina)
        await scene.clock.advance(GATHER_SECONDS)
        scene.publisher.mode = "confirm"
        await scene.clock.advance(PERIOD)
        assert scene.told() == [("vip", ())]


async def test_an_agent_who_moves_leaves_one_desk_and_joins_the_other() -> None:
    scene = Scene()
    lina = a_connection("lina")
    scene.registry.add(lina)
    async with scene.running():
        scene.told()
        scene.registry.move(lina, "sports")
        await scene.clock.advance(GATHER_SECONDS)
        assert scene.told() == [("sports", ("lina",)), ("vip", ())]


async def test_on_shutdown_every_desk_is_told_that_nobody_is_here() -> None:
    scene = Scene()
    scene.registry.add(a_connection("lina"))
    async with scene.running():
        scene.told()
    assert scene.told() == [("vip", ())]


async def test_each_heartbeat_has_an_id_of_its_own() -> None:
    scene = Scene()
    scene.registry.add(a_connection("lina"))
    async with scene.running():
        await scene.clock.advance(3 * PERIOD)
        ids = [event.id for event in scene.publisher.events]
    assert len(ids) == len(set(ids)) >= 4


def test_the_agent_s_oldest_socket_makes_room_for_a_sixth() -> None:
    registry = Registry()
    sockets = [a_connection("lina") for _ in range(MAX_SOCKETS_PER_AGENT + 1)]
    for socket in sockets:
        registry.add(socket)
    assert [socket.closing is not None for socket in sockets] == [True] + [False] * 5
    assert len(registry) == MAX_SOCKETS_PER_AGENT
    registry.remove(sockets[0])
    assert len(registry) == MAX_SOCKETS_PER_AGENT
