"""Composition root of ingest's doors: the only file that sees every part of them. The courier has
its own, `courier/app.py`, and is another process: doors need no store."""

import os
import ssl

from services.ingest.accounts import Accounts, load_accounts
from services.ingest.api import Doors, build_api
from services.ingest.channels import SECTIONS, channels_of
from services.ingest.intake import Intake
from services.ingest.reception import Reception
from services.ingest.secrets import keep_fresh
from services.ingest.settings import IngestSettings
from services.ingest.smtp import MailDoor
from services.ingest.smtp_server import SmtpServer
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import PublishFailed
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.health import health_routes
from shared.runtime.http import HttpServer
from shared.runtime.lifecycle import Lifecycle
from shared.runtime.logging import get_logger
from shared.runtime.metrics import Metrics


async def compose(lifecycle: Lifecycle, settings: IngestSettings) -> None:
    """Start ingest. The doors are entered last, so they close first, and the producer last.

    Raises AccountsError, OSError when a port is taken.
    """
    accounts = load_accounts(settings.ingest_accounts, os.environ, SECTIONS)
    clock, metrics = SystemClock(), Metrics()
    publisher = KafkaPublisher(_producer(settings))
    lifecycle.on_stop(publisher.stop)
    await _connect(publisher)
    intake = Intake(
        publisher=publisher,
        clock=clock,
        metrics=metrics,
        answer_seconds=settings.ingest_answer_seconds,
        max_in_flight=settings.ingest_max_in_flight,
        sender_per_minute=settings.ingest_sender_per_minute,
    )
    door = MailDoor(mailboxes=accounts.mailboxes, intake=intake, clock=clock, metrics=metrics)
    smtp = await lifecycle.enter("smtp", _smtp(door, settings))
    doors = Doors(
        intake=intake,
        clock=clock,
        metrics=metrics,
        body_seconds=settings.ingest_body_seconds,
        public_url=settings.ingest_public_url,
    )
    server = _http(
        settings, accounts, doors=doors, publisher=publisher, clock=clock, metrics=metrics
    )
    http = await lifecycle.enter("http", server)
    lifecycle.spawn("http", http.wait())
    lifecycle.spawn("secrets", keep_fresh(accounts.vault, clock=clock, metrics=metrics))
    # both doors are open; with port 0, this line says where
    get_logger().info("ingest.open", http=http.address[1], smtp=smtp.address[1])


def _producer(settings: IngestSettings) -> ProducerConfig:
    return ProducerConfig(
        kafka=settings.kafka,
        client_id="croupier-ingest",
        topic_prefix=settings.topic_prefix,
        timeout=settings.ingest_publish_seconds,
        codec=settings.ingest_codec,
    )


async def _connect(publisher: KafkaPublisher) -> None:
    """Without a broker the doors open all the same: a 503 keeps a message at its provider, and
    each publication tries to connect again."""
    try:
        await publisher.start()
    except PublishFailed as error:
        get_logger().warning("ingest.broker_unreachable", reason=str(error))


def _smtp(door: MailDoor, settings: IngestSettings) -> SmtpServer:
    tls = None
    if settings.ingest_smtp_tls_cert is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(settings.ingest_smtp_tls_cert, settings.ingest_smtp_tls_key)
    return SmtpServer(door, host=settings.ingest_smtp_host, port=settings.ingest_smtp_port, tls=tls)


def _http(
    settings: IngestSettings,
    accounts: Accounts,
    *,
    doors: Doors,
    publisher: KafkaPublisher,
    clock: Clock,
    metrics: Metrics,
) -> HttpServer:
    channels = channels_of(accounts)
    api = build_api(channels, doors.answer)
    api.router.routes.extend(health_routes({"broker": publisher.reachable}, metrics))
    reception = Reception(
        api,
        channels=channels,
        answer=doors.answer,
        clock=clock,
        metrics=metrics,
    )
    return HttpServer(reception, host=settings.ingest_host, port=settings.ingest_port)
