"""Composition root of the lobby: the only file that sees every part of it.

Parts stop in the reverse of their order here. First the door closes every socket with 1012; the
publisher and the store go last.
"""

import os
from typing import Final

from services.ingest.accounts import load_accounts
from services.ingest.channels import SECTIONS
from services.ingest.lobby.chat.account import ChatSection
from services.ingest.lobby.chat.app import start_chat
from services.ingest.lobby.status.app import ForChat, start_status
from services.ingest.secrets import keep_fresh
from services.ingest.settings import IngestSettings
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.runtime.clock import SystemClock
from shared.runtime.health import Check, app_of, health_routes
from shared.runtime.http import HttpServer
from shared.runtime.lifecycle import Lifecycle
from shared.runtime.logging import get_logger
from shared.runtime.metrics import Metrics
from shared.runtime.websocket import AbortableWebSocket
from shared.store import Store

MAX_MESSAGE_BYTES: Final = 64 * 1024
PING_SECONDS: Final = 25.0
PONG_SECONDS: Final = 20.0  # telephones between two masts
GRACE_SECONDS: Final = 5.0


async def compose(lifecycle: Lifecycle, settings: IngestSettings) -> None:
    """Start the lobby. The door is entered last, so it closes first, and the store last.

    Raises AccountsError, OSError when a port is taken, StoreError, PublishFailed, MissingTopic.
    """
    accounts = load_accounts(settings.ingest_accounts, os.environ, SECTIONS)
    clock, metrics = SystemClock(), Metrics()
    store = await lifecycle.enter(
        "store",
        Store(url=settings.mongo.get_secret_value(), database=settings.database, driver="pymongo"),
    )
    publisher = await lifecycle.enter("publisher", KafkaPublisher(_producer(settings)))
    lifecycle.spawn("secrets", keep_fresh(accounts.vault, clock=clock, metrics=metrics))
    status = await start_status(
        lifecycle,
        settings,
        store=store,
        publisher=publisher,
        clock=clock,
        metrics=metrics,
    )
    chat = await start_chat(
        lifecycle,
        settings,
        accounts=accounts.sections[ChatSection.section],
        store=store,
        publisher=publisher,
        prospects=ForChat(status.prospects),
        clock=clock,
        metrics=metrics,
    )
    checks: dict[str, Check] = {
        "store": store.reachable,
        "broker": publisher.reachable,
        **chat.checks,
        **status.checks,
    }
    http = await lifecycle.enter(
        "http",
        HttpServer(
            app_of([*chat.routes, *status.routes, *health_routes(checks, metrics)]),
            host=settings.ingest_host,
            port=settings.ingest_port,
            grace=GRACE_SECONDS,
            ws=AbortableWebSocket,
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PONG_SECONDS,
            ws_per_message_deflate=False,  # 50 KiB of memory a connection, and texts are short
        ),
    )
    get_logger().info("lobby.open", http=http.address[1])


def _producer(settings: IngestSettings) -> ProducerConfig:
    return ProducerConfig(
        kafka=settings.kafka,
        client_id="croupier-lobby",
        topic_prefix=settings.topic_prefix,
        timeout=settings.ingest_publish_seconds,
    )
