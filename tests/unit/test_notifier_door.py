"""The door, on a real socket: who gets in, what is answered, how it ends. Store and broker are
fakes."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from cli.token import mint
from services.notifier.auth import TokenVerifier
from services.notifier.commands import CommandDesk
from services.notifier.ports import NotYours
from services.notifier.protocol.codes import Close
from services.notifier.protocol.server import ConversationPage
from services.notifier.registry import Registry
from services.notifier.session import Services
from services.notifier.settings import AUDIENCE, ISSUER
from services.notifier.sockets import Door
from shared.contracts import Identity
from shared.runtime.clock import SystemClock
from shared.runtime.http import HttpServer
from shared.runtime.websocket import AbortableWebSocket
from tests.fakes.desktops import FakeDesktops
from tests.fakes.publisher import FakePublisher
from tests.unit.notifier_cards import card, push

SECRET: Final = b"a secret of at least 32 bytes, ours"
ORIGIN: Final = "https://desk.example"


class OnePage:
    """Conversations of which `mine` may be read."""

    mine: Final = "T1"

    async def page(
        self, *, agent: str, ticket: str, before: str | None, limit: int
    ) -> ConversationPage:
        assert (agent, limit) == ("lina", 20)
        if ticket != self.mine:
            raise NotYours
        if before is not None:
            raise ValueError
        return ConversationPage(ticket=ticket, entries=())

    async def customer(self, *, agent: str, ticket: str) -> Identity:
        assert agent == "lina"
        if ticket != self.mine:
            raise NotYours
        return Identity("chat", "site", "v-1")


@dataclass
class Scene:
    desktops: FakeDesktops = field(default_factory=lambda: FakeDesktops(seq=10))
    publisher: FakePublisher = field(default_factory=FakePublisher)
    registry: Registry = field(default_factory=Registry)
    closed: list[Close | None] = field(default_factory=list)
    url: str = ""

    @asynccontextmanager
    async def open(self, **changes: Any) -> AsyncIterator["Scene"]:
        """With `lina` enrolled; `changes` are the door's."""
        self.desktops.enrol("lina")
        clock = SystemClock()
        services = Services(
            verifier=TokenVerifier((SECRET,), issuer=ISSUER, audience=AUDIENCE),
            registry=self.registry,
            desktops=self.desktops,
            conversations=OnePage(),
            commands=CommandDesk(publisher=self.publisher, clock=clock),
            heartbeat_seconds=15.0,
        )
        given: dict[str, Any] = {
            "services": services,
            "clock": clock,
            "origins": frozenset({ORIGIN}),
            "messages_per_minute": 100,
            "max_sockets": 10,
            "closed": self.closed.append,
        }
        door = Door(**given | changes)
        app = FastAPI()

        @app.websocket("/")
        async def agent(websocket: WebSocket) -> None:
            await door.serve(websocket)

        async with HttpServer(
            app, host="127.0.0.1", port=0, grace=1.0, ws=AbortableWebSocket, ws_max_size=65_536
        ) as server:
            host, port = server.address
            self.url = f"ws://{host}:{port}/"
            yield self

    @asynccontextmanager
    async def client(self, token: str | None = None) -> AsyncIterator[ClientConnection]:
        """Connected; it has said hello."""
        async with connect(self.url, compression=None) as socket:
            await say(socket, type="hello", token=token or mint("lina", secret=SECRET))
            yield socket


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of a kind."""
    async for text in socket:
        message: dict[str, Any] = json.loads(text)
        if message["type"] == kind:
            return message
    raise AssertionError(f"closed before {kind}: {socket.close_code} {socket.close_reason}")


async def ending(socket: ClientConnection) -> int:
    """The code the socket is closed with."""
    with suppress(ConnectionClosed):
        async for _ in socket:
            pass
    assert socket.close_code is not None
    return socket.close_code


async def test_who_says_hello_is_welcomed_and_brought_up_to_date() -> None:
    async with Scene().open() as scene, scene.client() as lina:
        assert (await hear(lina, "welcome"))["agent"] == "lina"
        assert (await hear(lina, "snapshot"))["seq"] == 10


async def test_who_says_nothing_in_time_is_sent_away() -> None:
    async with Scene().open(hello_seconds=0.01) as scene, connect(scene.url) as silent:
        assert await ending(silent) == Close.NO_HELLO


@pytest.mark.parametrize(
    "first", ['{"type":"resync"}', "not json", '{"type":"hello"}', '{"type":"hello","token":"x"}']
)
async def test_whatever_else_comes_first_is_no_way_in(first: str) -> None:
    async with Scene().open() as scene, connect(scene.url) as stranger:
        await stranger.send(first)
        assert await ending(stranger) == Close.UNAUTHORIZED


async def test_an_agent_the_store_does_not_know_is_told_so() -> None:
    async with Scene().open() as scene, scene.client(mint("nobody", secret=SECRET)) as nobody:
        assert await ending(nobody) == Close.UNKNOWN_AGENT


async def test_a_browser_from_elsewhere_does_not_even_get_a_socket() -> None:
    async with Scene().open() as scene:
        with pytest.raises(InvalidStatus, match="403"):
            await connect(scene.url, origin="https://evil.example")  # type: ignore[arg-type]
        async with connect(scene.url, origin=ORIGIN):  # type: ignore[arg-type]
            pass


async def test_the_socket_does_not_outlive_the_token() -> None:
    short = datetime.now(UTC) - timedelta(seconds=29)
    token = mint("lina", secret=SECRET, ttl=timedelta(milliseconds=100), now=short)
    async with Scene().open() as scene, scene.client(token) as lina:
        assert await ending(lina) == Close.UNAUTHORIZED


async def test_a_newer_token_prolongs_the_session() -> None:
    async with Scene().open() as scene, scene.client() as lina:
        first = await hear(lina, "welcome")
        longer = mint("lina", secret=SECRET, ttl=timedelta(hours=1))
        await say(lina, type="hello", token=longer)
        assert (await hear(lina, "welcome"))["expires_at"] > first["expires_at"]


async def test_another_agent_s_token_ends_the_session() -> None:
    async with Scene().open() as scene, scene.client() as lina:
        await say(lina, type="hello", token=mint("ada", secret=SECRET))
        assert await ending(lina) == Close.UNAUTHORIZED


async def test_a_command_is_acknowledged_once_the_broker_has_it() -> None:
    async with Scene().open() as scene, scene.client() as lina:
        await say(lina, type="command", id="c-1", do="accept", ticket="T1", assignment=1)
        assert (await hear(lina, "ack"))["id"] == "c-1"
        assert [event.id for event in scene.publisher.events] == ["lina/c-1"]


async def test_without_the_broker_there_is_a_nack_and_no_ack() -> None:
    async with Scene().open() as scene, scene.client() as lina:
        scene.publisher.mode = "fail"
        await say(lina, type="command", id="c-1", do="accept", ticket="T1", assignment=1)
        assert (await hear(lina, "nack"))["reason"] == "not_confirmed"


async def test_while_the_broker_is_silent_the_socket_is_still_read() -> None:
    """Else its keep-alive would starve, and a broker's restart would disconnect everybody."""
    async with Scene().open() as scene, scene.client() as lina:
        scene.publisher.mode = "hang"
        for number in range(40):
            id = f"c-{number}"
            await say(lina, type="command", id=id, do="accept", ticket="T1", assignment=1)
        assert (await hear(lina, "nack"))["reason"] == "busy"
        await (await lina.ping())


async def test_a_wrong_message_is_answered_with_the_field_and_its_id() -> None:
    async with Scene().open() as scene, scene.client() as lina:
        await say(lina, type="command", id="c-9", do="accept", ticket="T1", assignment=0)
        problem = await hear(lina, "error")
        assert problem["id"] == "c-9"
        assert problem["detail"].startswith("assignment:")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [({"ticket": "T2"}, "not_yours"), ({"ticket": "T1", "before": "x"}, "invalid")],
)
async def test_a_conversation_that_may_not_be_shown_is_refused(
    asked: dict[str, str], reason: str
) -> None:
    async with Scene().open() as scene, scene.client() as lina:
        await say(lina, type="conversation", id="q-1", **asked)
        problem = await hear(lina, "error")
        assert (problem["id"], problem["reason"]) == ("q-1", reason)


async def test_a_conversation_in_the_agent_s_hands_is_shown_under_the_question_s_id() -> None:
    async with Scene().open() as scene, scene.client() as lina:
        await say(lina, type="conversation", id="q-1", ticket="T1")
        assert (await hear(lina, "conversation"))["id"] == "q-1"


async def test_who_talks_too_fast_is_told_and_who_goes_on_is_disconnected() -> None:
    async with Scene().open(messages_per_minute=3) as scene, scene.client() as lina:
        for _ in range(4):
            await say(lina, type="resync")
        assert (await hear(lina, "error"))["reason"] == "too_many_messages"
        for _ in range(4):
            await say(lina, type="resync")
        assert await ending(lina) == Close.TOO_MANY_MESSAGES


async def test_a_sixth_socket_replaces_the_first() -> None:
    async with Scene().open() as scene, scene.client() as first:
        await hear(first, "snapshot")
        others = [await connect(scene.url) for _ in range(5)]
        for other in others:
            await say(other, type="hello", token=mint("lina", secret=SECRET))
            await hear(other, "snapshot")
        assert await ending(first) == Close.REPLACED
        for other in others:
            await other.close()


async def test_a_full_instance_sends_agents_elsewhere() -> None:
    async with Scene().open(max_sockets=0) as scene, connect(scene.url) as lina:
        assert await ending(lina) == Close.TRY_AGAIN


async def test_a_message_above_64_kib_ends_the_connection() -> None:
    async with Scene().open() as scene, scene.client() as lina:
        await hear(lina, "snapshot")
        await lina.send("x" * 70_000)
        assert await ending(lina) == 1009


async def test_a_client_that_stops_reading_is_cut_off_and_nobody_waits_for_it() -> None:
    async with Scene().open() as scene, scene.client() as lina:
        await hear(lina, "snapshot")
        lina.transport.pause_reading()
        (connection,) = scene.registry.of("lina")
        gone = scene.registry.changed
        gone.clear()
        seq = 10
        while connection.closing is None:
            seq += 1
            connection.push(push(card(seq=seq))._replace(text="x" * 100_000))
        await gone.wait()
        assert list(scene.registry.of("lina")) == []
        lina.transport.resume_reading()
        await lina.wait_closed()
    assert scene.closed == [Close.TRY_AGAIN]


async def test_on_shutdown_clients_are_told_to_connect_again() -> None:
    scene = Scene()
    async with scene.open():
        lina = await connect(scene.url)
        await say(lina, type="hello", token=mint("lina", secret=SECRET))
        await hear(lina, "snapshot")
    assert await ending(lina) == Close.RESTARTING
    assert len(scene.registry) == 0
