"""Puts the notifier together: the only file that sees every part.

Parts stop in the reverse of their order here. First the door closes every socket with 1012; then
the dealers are told that nobody is left; then reading ends, and the publisher goes last.
"""

import asyncio
import secrets

from fastapi import FastAPI, WebSocket

from services.notifier.adapters.mongo_conversations import MongoConversations
from services.notifier.adapters.mongo_desktops import MongoDesktops
from services.notifier.auth import TokenVerifier
from services.notifier.commands import CommandDesk
from services.notifier.feed import Feed, Router
from services.notifier.gauges import Gauges
from services.notifier.heartbeats import Heartbeats
from services.notifier.opening import synchronise
from services.notifier.presence import Presence
from services.notifier.registry import Registry
from services.notifier.session import Services
from services.notifier.settings import NotifierSettings
from services.notifier.sockets import Door
from services.notifier.typing import TypingDesk
from shared.contracts.card import ForAgent
from shared.contracts.desk_input import DeskInput
from shared.messaging.partitions import partition_counts
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.topics import topic
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.health import Check, health_routes
from shared.runtime.http import HttpServer
from shared.runtime.lifecycle import Lifecycle
from shared.runtime.logging import get_logger
from shared.runtime.metrics import Metrics
from shared.runtime.websocket import AbortableWebSocket
from shared.store.driver import Store

PATH = "/v1/agent"
MAX_MESSAGE_BYTES = 64 * 1024
PING_SECONDS, PONG_SECONDS = 25.0, 8.0


async def compose(
    lifecycle: Lifecycle, *, settings: NotifierSettings, clock: Clock | None = None
) -> HttpServer:
    """Start every part; agents are let in when this returns. `address` says where."""
    clock = clock or SystemClock()
    verifier = TokenVerifier(
        settings.secrets(),
        issuer=settings.notifier_issuer,
        audience=settings.notifier_audience,
    )
    gauges = Gauges(Metrics())
    registry = Registry()
    cards, inputs = await _partitions(settings)
    publisher = await lifecycle.enter("publisher", KafkaPublisher(_producer(settings)))
    store = await lifecycle.enter("store", _store(settings))
    desktops = MongoDesktops(store=store, shards=inputs)

    async def synchronise_all() -> None:
        await asyncio.gather(
            *(synchronise(each, registry=registry, desktops=desktops) for each in registry)
        )

    feed = await lifecycle.enter(
        "feed",
        Feed(
            kafka=settings.kafka,
            topic_prefix=settings.topic_prefix,
            router=Router(registry=registry, pushed=gauges.pushed, now=clock.now),
            partitions=cards,
            on_gap=synchronise_all,
        ),
    )
    lifecycle.spawn("feed", feed.run())
    presence = await lifecycle.enter(
        "presence",
        Presence(
            notifier=f"notifier-{secrets.token_hex(8)}",
            registry=registry,
            publisher=publisher,
            clock=clock,
            period_seconds=settings.notifier_presence_seconds,
        ),
    )
    lifecycle.spawn("presence", presence.run())
    heartbeats = Heartbeats(
        registry=registry,
        desktops=desktops,
        clock=clock,
        period_seconds=settings.notifier_heartbeat_seconds,
    )
    lifecycle.spawn("heartbeats", heartbeats.run())
    conversations = MongoConversations(store)
    door = Door(
        services=Services(
            verifier=verifier,
            registry=registry,
            desktops=desktops,
            conversations=conversations,
            commands=CommandDesk(publisher=publisher, clock=clock),
            typing=TypingDesk(publisher=publisher, conversations=conversations, clock=clock),
            heartbeat_seconds=settings.notifier_heartbeat_seconds,
        ),
        clock=clock,
        origins=frozenset(settings.notifier_origins),
        messages_per_minute=settings.notifier_messages_per_minute,
        max_sockets=settings.notifier_max_sockets,
        opened=gauges.opened,
        closed=gauges.closed,
    )
    checks: dict[str, Check] = {
        "broker": publisher.reachable,
        "store": store.reachable,
        "feed": lambda: feed.reading,
    }
    server = await lifecycle.enter("http", _http(_app(door, checks, gauges.metrics), settings))
    host, port = server.address
    get_logger().info("notifier.listening", host=host, port=port, path=PATH)
    return server


def _app(door: Door, checks: dict[str, Check], metrics: Metrics) -> FastAPI:
    app = FastAPI(title="Croupier notifier", openapi_url=None)

    @app.websocket(PATH)
    async def agent(websocket: WebSocket) -> None:
        await door.serve(websocket)

    app.router.routes.extend(health_routes(checks, metrics))
    return app


def _http(app: FastAPI, settings: NotifierSettings) -> HttpServer:
    return HttpServer(
        app,
        host=settings.notifier_host,
        port=settings.notifier_port,
        grace=settings.notifier_grace_seconds,
        ws=AbortableWebSocket,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PONG_SECONDS,
        ws_per_message_deflate=False,  # 50 KiB of memory a connection, and texts are short
    )


async def _partitions(settings: NotifierSettings) -> tuple[int, int]:
    """Of the cards' topic and of the dealers' input."""
    cards = topic(ForAgent.TOPIC, settings.topic_prefix)
    inputs = topic(DeskInput.TOPIC, settings.topic_prefix)
    counts = await partition_counts(settings.kafka, [cards, inputs])
    return counts[cards], counts[inputs]


def _producer(settings: NotifierSettings) -> ProducerConfig:
    return ProducerConfig(
        kafka=settings.kafka,
        client_id="croupier-notifier",
        topic_prefix=settings.topic_prefix,
        timeout=settings.notifier_publish_timeout_seconds,
    )


def _store(settings: NotifierSettings) -> Store:
    return Store(
        url=settings.mongo.get_secret_value(),
        database=settings.database,
    )
