"""Composition root of the lobby: the only file that sees every part of it."""

import os

from services.ingest.accounts import load_accounts
from services.ingest.channels import CHANNELS
from services.ingest.secrets import keep_fresh
from services.ingest.settings import IngestSettings
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.runtime.clock import SystemClock
from shared.runtime.health import Check, app_of, health_routes
from shared.runtime.http import HttpServer
from shared.runtime.lifecycle import Lifecycle
from shared.runtime.logging import get_logger
from shared.runtime.metrics import Metrics
from shared.store import Store


async def compose(lifecycle: Lifecycle, settings: IngestSettings) -> None:
    """Start the lobby. The door is entered last, so it closes first, and the store last.

    Raises AccountsError, OSError when a port is taken, StoreError, PublishFailed.
    """
    accounts = load_accounts(settings.ingest_accounts, os.environ, CHANNELS)
    clock, metrics = SystemClock(), Metrics()
    store = await lifecycle.enter(
        "store",
        Store(url=settings.mongo.get_secret_value(), database=settings.database, driver="pymongo"),
    )
    publisher = await lifecycle.enter("publisher", KafkaPublisher(_producer(settings)))
    checks: dict[str, Check] = {"store": store.reachable, "broker": publisher.reachable}
    http = await lifecycle.enter(
        "http",
        HttpServer(
            app_of(health_routes(checks, metrics)),
            host=settings.ingest_host,
            port=settings.ingest_port,
        ),
    )
    lifecycle.spawn("secrets", keep_fresh(accounts.vault, clock=clock, metrics=metrics))
    get_logger().info("lobby.open", http=http.address[1])


def _producer(settings: IngestSettings) -> ProducerConfig:
    return ProducerConfig(
        kafka=settings.kafka,
        client_id="croupier-lobby",
        topic_prefix=settings.topic_prefix,
        timeout=settings.ingest_publish_seconds,
    )
