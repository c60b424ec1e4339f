"""The customers' door, on a real socket: who gets in, what is answered, how it ends. Store and
broker are fakes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from services.ingest.lobby.chat.app import door_route
from services.ingest.lobby.chat.protocol.codes import Close
from services.ingest.lobby.chat.sockets import Crowd, Door
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.clock import SystemClock
from shared.runtime.http import HttpServer
from shared.runtime.metrics import CHAT_ENDED, CHAT_SOCKETS
from shared.runtime.websocket import AbortableWebSocket
from tests.fakes.chat import ACCOUNT, ORIGIN, SITE, Lobby, customer_token


class Scene:
    """A lobby with a door."""

    def __init__(self, **changes: Any) -> None:
        self.lobby = Lobby(clock=SystemClock(), **changes)
        self.url = ""

    @asynccontextmanager
    async def open(
        self, *, most: int = 10, per_address: int = 0, **changes: Any
    ) -> AsyncIterator[Any]:
        door = Door(
            services=self.lobby.services,
            crowd=Crowd(most, per_address),
            gauges=self.lobby.gauges,
            **changes,
        )
        app = Starlette(routes=[door_route(door)])
        async with HttpServer(
            app, host="127.0.0.1", port=0, grace=1.0, ws=AbortableWebSocket, ws_max_size=65_536
        ) as server:
            host, port = server.address
            self.url = f"ws://{host}:{port}/v1/chat/"
            tasks = [
                asyncio.create_task(self.lobby.standings.run()),
                asyncio.create_task(self.lobby.services.reports.run()),
            ]
            try:
                yield self
            finally:
                for task in tasks:
                    task.cancel()

    def connect(self, account: str = SITE, **options: Any) -> connect:
        return connect(f"{self.url}{account}", compression=None, **options)

    @asynccontextmanager
    async def client(self, **hello: Any) -> AsyncIterator[ClientConnection]:
        """Connected; it has said hello."""
        async with self.connect() as socket:
            with suppress(ConnectionClosed):  # a full instance does not wait for it
                await say(socket, type="hello", **hello)
            yield socket

    @property
    def ended(self) -> dict[str, float]:
        (family,) = self.lobby.metrics[CHAT_ENDED].collect()
        return {
            each.labels["reason"]: each.value
            for each in family.samples
            if each.name.endswith("_total")
        }


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


async def test_who_says_hello_is_welcomed_and_told_where_the_matter_stands() -> None:
    async with Scene().open() as scene, scene.client(lang="en-GB") as customer:
        welcome = await hear(customer, "welcome")
        assert (welcome["lang"], welcome["logged_in"]) == ("en", False)
        await hear(customer, "caught_up")
        assert (await hear(customer, "status"))["state"] == "none"


async def test_a_session_goes_on_under_its_token() -> None:
    async with Scene().open() as scene:
        async with scene.client() as first:
            token = (await hear(first, "welcome"))["token"]
            await hear(first, "caught_up")
            (connection,) = scene.lobby.registry
            sender = connection.session.sender
        async with scene.client(token=token) as again:
            await hear(again, "caught_up")
            (connection,) = scene.lobby.registry
            assert connection.session.sender == sender


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"type":"ping"}', Close.NO_SESSION),
        ("not json", Close.NO_SESSION),
        ('{"type":"hello","token":"x"}', Close.NO_SESSION),
        ('{"type":"hello","customer_token":"x"}', Close.NO_CUSTOMER),
        ('{"type":"hello","sender":"v-1"}', Close.NO_SESSION),
    ],
)
async def test_whatever_else_comes_first_is_no_way_in(first: str, code: Close) -> None:
    async with Scene().open() as scene, scene.connect() as stranger:
        await stranger.send(first)
        assert await ending(stranger) == code
    assert scene.ended == {"auth": 1.0}


async def test_who_says_nothing_in_time_is_sent_away() -> None:
    async with Scene().open(hello_seconds=0.01) as scene, scene.connect() as silent:
        assert await ending(silent) == Close.SILENT


async def test_who_falls_silent_later_is_sent_away_too() -> None:
    scene = Scene()
    object.__setattr__(scene.lobby.services, "heartbeat_seconds", 0.02)
    async with scene.open(), scene.client() as zombie:
        assert await ending(zombie) == Close.SILENT


@pytest.mark.parametrize(
    ("account", "origin"), [("elsewhere", None), (SITE, "https://evil.example"), (SITE, "null")]
)
async def test_an_unknown_account_or_origin_is_refused_before_the_socket(
    account: str, origin: Any
) -> None:
    async with Scene().open() as scene:
        with pytest.raises(InvalidStatus, match="403"):
            async with scene.connect(account, origin=origin):
                pass
    assert scene.ended == {"forbidden": 1.0}


async def test_the_site_s_own_pages_are_let_in() -> None:
    async with Scene().open() as scene, scene.connect(origin=ORIGIN) as customer:
        await say(customer, type="hello")
        await hear(customer, "welcome")


@pytest.mark.parametrize("limit", [{"most": 1}, {"per_address": 1}])
async def test_who_finds_no_room_is_told_to_try_again(limit: dict[str, int]) -> None:
    async with Scene().open(**limit) as scene, scene.client() as inside:
        await hear(inside, "welcome")
        async with scene.client() as outside:
            assert await ending(outside) == Close.TRY_AGAIN
        await say(inside, type="ping")
        await hear(inside, "pong")


async def test_an_account_may_have_a_limit_of_its_own() -> None:
    scene = Scene(account=ACCOUNT.model_copy(update={"max_sockets": 1}))
    async with scene.open(), scene.client() as inside:
        await hear(inside, "welcome")
        async with scene.client() as outside:
            assert await ending(outside) == Close.TRY_AGAIN


async def test_behind_a_proxy_the_address_is_the_one_the_proxy_saw() -> None:
    async with Scene().open(per_address=1, proxies=1) as scene:
        forwarded = [
            {"X-Forwarded-For": "6.6.6.6, 198.51.100.7"},
            {"X-Forwarded-For": "6.6.6.7, 198.51.100.8"},
            {"X-Forwarded-For": "6.6.6.8, 198.51.100.8"},
        ]
        async with (
            scene.connect(additional_headers=forwarded[0]) as one,
            scene.connect(additional_headers=forwarded[1]) as other,
            scene.connect(additional_headers=forwarded[2]) as same,
        ):
            assert await ending(same) == Close.TRY_AGAIN
            for welcome in (one, other):
                await say(welcome, type="hello")
                await hear(welcome, "welcome")


async def test_without_the_store_there_is_no_history_and_no_way_in() -> None:
    scene = Scene()
    scene.lobby.history.down = True
    async with scene.open(), scene.client() as customer:
        assert await ending(customer) == Close.TRY_AGAIN
    assert not len(scene.lobby.registry)


async def test_a_message_is_acknowledged_once_the_broker_has_it() -> None:
    async with Scene().open() as scene, scene.client() as customer:
        scene.lobby.publisher.mode = "fail"
        await say(customer, type="message", id="m-1", text="Hello")
        nack = await hear(customer, "nack")
        assert (nack["id"], nack["reason"]) == ("m-1", "not_confirmed")
        scene.lobby.publisher.mode = "confirm"
        await say(customer, type="message", id="m-1", text="Hello")
        assert (await hear(customer, "ack"))["id"] == "m-1"
        (event,) = scene.lobby.publisher.events
        assert isinstance(event.data, MessageReceived)


async def test_what_is_no_message_is_answered_with_its_field() -> None:
    async with Scene().open() as scene, scene.client() as customer:
        await say(customer, type="message", id="m-1", text="  ")
        error = await hear(customer, "error")
        assert (error["id"], error["reason"]) == ("m-1", "invalid")
        assert error["detail"].startswith("text: ")


async def test_who_talks_too_fast_is_told_and_then_sent_away() -> None:
    scene = Scene()
    object.__setattr__(scene.lobby.services, "messages_per_minute", 3)
    async with scene.open(), scene.client() as customer:
        for number in range(4):
            await say(customer, type="message", id=f"m-{number}", text="x")
        assert (await hear(customer, "nack"))["reason"] == "too_many_messages"
        for _ in range(4):
            await say(customer, type="ping")
        assert await ending(customer) == Close.TOO_MANY_MESSAGES


async def test_a_frame_above_the_limit_ends_the_socket() -> None:
    async with Scene().open() as scene, scene.client() as customer:
        await say(customer, type="message", id="m-1", text="x" * 70_000)
        assert await ending(customer) == 1009


async def test_who_reads_too_slowly_is_cut_off() -> None:
    async with Scene().open() as scene, scene.client() as customer:
        await hear(customer, "caught_up")
        (connection,) = scene.lobby.registry
        for number in range(600):
            scene.lobby.reply(connection, "x" * 5_000, id=f"r-{number}")
        assert await ending(customer) == Close.TRY_AGAIN


async def test_a_restart_tells_every_socket() -> None:
    async with Scene().open() as scene:
        customer = await scene.connect()
        await say(customer, type="hello")
        await hear(customer, "welcome")
    assert await ending(customer) == Close.RESTARTING
    assert scene.lobby.metrics[CHAT_SOCKETS]._value.get() == 0


async def test_logging_in_with_another_s_token_ends_the_socket() -> None:
    scene = Scene()
    now = scene.lobby.clock.now()
    async with scene.open(), scene.client(customer_token=customer_token(now=now)) as customer:
        welcome = await hear(customer, "welcome")
        assert welcome["logged_in"]
        until = datetime.fromisoformat(welcome["logged_in_until"]).timestamp()
        assert now <= until - welcome["logged_in_seconds"] <= now + 60
        await say(customer, type="hello", customer_token=customer_token("666", now=now))
        assert await ending(customer) == Close.NO_CUSTOMER
