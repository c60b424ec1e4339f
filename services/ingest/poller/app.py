"""Composition root of the poller: the only file that sees every part of it."""

import os
from collections.abc import Iterator
from typing import Final

from services.ingest.accounts import Accounts, load_accounts
from services.ingest.channels import SECTIONS
from services.ingest.courier.http import HttpProviders
from services.ingest.intake import Intake
from services.ingest.poller.history import History, Outside, Taken
from services.ingest.poller.service import Poller
from services.ingest.poller.telegram import LONG_POLL_SECONDS, TelegramHistory
from services.ingest.poller.twilio import TwilioHistory
from services.ingest.secrets import keep_fresh
from services.ingest.settings import IngestSettings
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import PublishFailed
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.health import app_of, health_routes
from shared.runtime.http import HttpServer
from shared.runtime.lifecycle import Lifecycle
from shared.runtime.logging import get_logger
from shared.runtime.metrics import Metrics

_MOST_BYTES: Final = 8 * 1024 * 1024
_CONNECTIONS: Final = 100


async def compose(lifecycle: Lifecycle, settings: IngestSettings) -> None:
    """Start the poller. Raises AccountsError, OSError when a port is taken."""
    accounts = load_accounts(settings.ingest_accounts, os.environ, SECTIONS)
    clock, metrics = SystemClock(), Metrics()
    publisher = KafkaPublisher(_producer(settings))
    lifecycle.on_stop(publisher.stop)
    try:
        await publisher.start()
    except PublishFailed as error:  # each publication tries again
        get_logger().warning("poller.broker_unreachable", reason=str(error))
    outside = await lifecycle.enter(
        "providers",
        HttpProviders(
            seconds=LONG_POLL_SECONDS + settings.ingest_call_seconds,
            connections=_CONNECTIONS,
            most_bytes=_MOST_BYTES,
        ),
    )
    intake = Intake(
        publisher=publisher,
        clock=clock,
        metrics=metrics,
        answer_seconds=settings.ingest_answer_seconds,
        max_in_flight=settings.ingest_max_in_flight,
        sender_per_minute=settings.ingest_sender_per_minute,
    )
    histories = tuple(
        histories_of(
            accounts, outside=outside, intake=intake, clock=clock, metrics=metrics, said=settings
        )
    )
    http = await lifecycle.enter(
        "http",
        HttpServer(
            app_of(health_routes({"broker": publisher.reachable}, metrics)),
            host=settings.ingest_host,
            port=settings.ingest_port,
        ),
    )
    lifecycle.spawn("secrets", keep_fresh(accounts.vault, clock=clock, metrics=metrics))
    poller = Poller(histories, clock=clock, metrics=metrics)
    lifecycle.spawn("poller", poller.run())
    get_logger().info("poller.open", http=http.address[1], accounts=len(histories))


def histories_of(
    accounts: Accounts,
    *,
    outside: Outside,
    intake: Intake,
    clock: Clock,
    metrics: Metrics,
    said: IngestSettings,
) -> Iterator[History]:
    """Of every account that says `poll: true`."""
    for name, bot in accounts.sections["telegram"].items():
        if bot.poll:
            taken = Taken(intake, metrics, TelegramHistory.channel)
            yield TelegramHistory(name, bot, outside=outside, taken=taken)
    for name, account in accounts.sections["twilio"].items():
        if account.poll:
            yield TwilioHistory(
                name,
                account,
                outside=outside,
                taken=Taken(intake, metrics, TwilioHistory.channel),
                clock=clock,
                every=said.ingest_poll_seconds,
                back=said.ingest_poll_back_hours * 3600.0,
            )


def _producer(settings: IngestSettings) -> ProducerConfig:
    return ProducerConfig(
        kafka=settings.kafka,
        client_id="croupier-poller",
        topic_prefix=settings.topic_prefix,
        timeout=settings.ingest_publish_seconds,
        codec=settings.ingest_codec,
    )
