"""No card is lost between a snapshot and what follows it (RELIABILITY: snapshot, then deltas)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import orjson

from cli.agent_desk import AgentDesk
from services.notifier.connection import Connection
from services.notifier.opening import open_connection, snapshot_of, synchronise
from services.notifier.protocol.codes import Close
from services.notifier.registry import Registry
from tests.fakes.desktops import FakeDesktops
from tests.unit.notifier_cards import a_connection, card, push


@dataclass
class Scene:
    """A dealer, a notifier and a client, with every step under the test's control."""

    desktops: FakeDesktops = field(default_factory=lambda: FakeDesktops(seq=10))
    registry: Registry = field(default_factory=Registry)
    connection: Connection = field(default_factory=a_connection)

    def __post_init__(self) -> None:
        self.desktops.enrol("lina")

    async def deal(self, ticket: str) -> None:
        """Commit an offer, and publish it at once to whoever is registered."""
        self.desktops.seq += 1
        shown = card(ticket, seq=self.desktops.seq)
        self.desktops.cards.setdefault("lina", []).append(shown)
        for connection in self.registry.of("lina"):
            connection.push(push(shown))

    async def client(self) -> AgentDesk:
        """What the client believes after everything was written to it."""
        desk = AgentDesk("lina")
        self.connection.close(Close.RESTARTING, "the test ends here")
        for text in self.connection._queue:
            desk.apply(orjson.loads(text))
        return desk

    async def agrees(self) -> bool:
        """Whether the client has what the store has."""
        desk = await self.client()
        return desk.digest() == snapshot_of(await self.desktops.desktop("lina")).digest


async def test_a_card_dealt_between_the_two_reads_reaches_the_client() -> None:
    scene = Scene()
    scene.desktops.between_reads = once(partial(scene.deal, "T1"))
    await open_connection(scene.connection, registry=scene.registry, desktops=scene.desktops)
    assert await scene.agrees()


async def test_a_card_dealt_after_the_reads_reaches_the_client() -> None:
    scene = Scene()
    await open_connection(scene.connection, registry=scene.registry, desktops=scene.desktops)
    await scene.deal("T1")
    assert await scene.agrees()


async def test_negative_control_reading_before_registering_loses_the_card_in_between() -> None:
    """The order that open_connection forbids. If it agreed, the tests above would prove nothing."""
    scene = Scene()
    desktop = await scene.desktops.desktop("lina")
    await scene.deal("T1")
    scene.registry.add(scene.connection)
    scene.connection.release(snapshot_of(desktop))
    assert not await scene.agrees()


async def test_negative_control_reading_the_cards_before_the_seq_loses_a_card() -> None:
    """The seq then promises more than the cards show, and the card is dropped as known."""
    scene = Scene()
    scene.connection.hold()
    scene.registry.add(scene.connection)
    early = await scene.desktops.desktop("lina")
    await scene.deal("T1")
    scene.connection.release(snapshot_of(early._replace(seq=scene.desktops.seq)))
    assert not await scene.agrees()


async def test_a_resync_loses_nothing_either() -> None:
    scene = Scene()
    await open_connection(scene.connection, registry=scene.registry, desktops=scene.desktops)
    await scene.deal("T1")
    scene.desktops.between_reads = once(partial(scene.deal, "T2"))
    await synchronise(scene.connection, registry=scene.registry, desktops=scene.desktops)
    assert await scene.agrees()


async def test_an_agent_who_moved_is_shown_on_the_new_desk() -> None:
    scene = Scene(connection=a_connection(desk="sports"))
    await open_connection(scene.connection, registry=scene.registry, desktops=scene.desktops)
    assert scene.registry.desks() == {"vip": ("lina",)}


async def test_without_the_store_the_client_is_sent_to_try_again() -> None:
    scene = Scene()
    scene.desktops.down = True
    await open_connection(scene.connection, registry=scene.registry, desktops=scene.desktops)
    assert scene.connection.closing is not None
    assert scene.connection.closing.code is Close.TRY_AGAIN


async def test_an_agent_deactivated_meanwhile_is_turned_away() -> None:
    scene = Scene()
    scene.desktops.inactive.add("lina")
    await open_connection(scene.connection, registry=scene.registry, desktops=scene.desktops)
    assert scene.connection.closing is not None
    assert scene.connection.closing.code is Close.UNKNOWN_AGENT


def once(step: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """The step, the first time it is called."""
    left = [step]

    async def run() -> None:
        if left:
            await left.pop()()

    return run
