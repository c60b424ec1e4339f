"""Digests to clients, and what the look at the store notices by the way."""

import orjson

from services.notifier.connection import Connection
from services.notifier.digest import Held, digest
from services.notifier.heartbeats import AT_ONCE, Heartbeats
from services.notifier.opening import open_connection
from services.notifier.protocol.codes import Close
from services.notifier.registry import Registry
from tests.fakes.clock import HandClock
from tests.fakes.desktops import FakeDesktops
from tests.unit.notifier_cards import a_connection, card


async def a_connected(agent: str, desktops: FakeDesktops, registry: Registry) -> Connection:
    desktops.enrol(agent)
    connection = a_connection(agent)
    await open_connection(connection, registry=registry, desktops=desktops)
    await connection.next()
    return connection


def beats(desktops: FakeDesktops, registry: Registry) -> Heartbeats:
    return Heartbeats(registry=registry, desktops=desktops, clock=HandClock(), period_seconds=15.0)


async def test_each_client_gets_the_digest_of_its_agent_s_cards() -> None:
    desktops, registry = FakeDesktops(), Registry()
    lina = await a_connected("lina", desktops, registry)
    ada = await a_connected("ada", desktops, registry)
    desktops.cards["lina"] = [card("T1", assignment=4)]
    await beats(desktops, registry).beat()
    expected = digest("ready", [Held("T1", 4, "offered", "m1")])
    assert orjson.loads(await lina.next())["digest"] == expected
    assert orjson.loads(await ada.next())["digest"] == digest("ready", [])


async def test_more_agents_than_fit_one_query_are_all_reached() -> None:
    desktops, registry = FakeDesktops(), Registry()
    everybody = [
        await a_connected(f"a{number}", desktops, registry) for number in range(AT_ONCE + 1)
    ]
    await beats(desktops, registry).beat()
    for connection in everybody:
        assert orjson.loads(await connection.next())["type"] == "heartbeat"


async def test_a_deactivated_agent_is_disconnected() -> None:
    desktops, registry = FakeDesktops(), Registry()
    lina = await a_connected("lina", desktops, registry)
    desktops.inactive.add("lina")
    await beats(desktops, registry).beat()
    assert lina.closing is not None
    assert lina.closing.code is Close.UNKNOWN_AGENT


async def test_an_agent_who_moved_gets_a_snapshot_of_the_new_desk() -> None:
    desktops, registry = FakeDesktops(), Registry()
    lina = await a_connected("lina", desktops, registry)
    desktops.enrol("lina", desk="sports")
    await beats(desktops, registry).beat()
    said = [orjson.loads(await lina.next()) for _ in range(2)]
    assert [message["type"] for message in said] == ["heartbeat", "snapshot"]
    assert said[1]["agent"]["desk"] == "sports"
    assert registry.desks() == {"sports": ("lina",)}


async def test_without_the_store_nobody_is_disturbed() -> None:
    desktops, registry = FakeDesktops(), Registry()
    lina = await a_connected("lina", desktops, registry)
    desktops.down = True
    await beats(desktops, registry).beat()
    assert lina.closing is None


def test_the_digest_does_not_depend_on_the_order_of_the_cards() -> None:
    one, two = Held("T1", 1, "offered", "m1"), Held("T2", 1, "accepted", "m2")
    assert digest("ready", [one, two]) == digest("ready", [two, one])


def test_each_thing_a_client_can_have_wrong_changes_the_digest() -> None:
    right = Held("T1", 1, "offered", "m1")
    wrong = [
        right._replace(ticket="T2"),
        right._replace(assignment=2),
        right._replace(state="accepted"),
        right._replace(last_message="m2"),
    ]
    digests = {digest("ready", [held]) for held in [right, *wrong]}
    assert len(digests | {digest("ready", []), digest("break", [right])}) == 7
