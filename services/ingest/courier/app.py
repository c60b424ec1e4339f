"""Composition root of the courier: the only file that sees every part of it."""

import asyncio
import os
from random import Random

from services.ingest.accounts import load_accounts
from services.ingest.channels import SECTIONS
from services.ingest.courier.carrier import Carrier
from services.ingest.courier.http import HttpProviders
from services.ingest.courier.inbox import Inbox
from services.ingest.courier.mongo_deliveries import MongoDeliveries
from services.ingest.courier.mongo_messages import MongoMessages
from services.ingest.courier.observer import Observer
from services.ingest.courier.senders import senders_of
from services.ingest.courier.service import CourierService
from services.ingest.courier.smtp import MailServers, own_name
from services.ingest.courier.status_service import StatusService
from services.ingest.courier.statuses import StatusInbox
from services.ingest.courier.transports import Transports
from services.ingest.secrets import keep_fresh
from services.ingest.settings import IngestSettings
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.subscription import Source
from shared.runtime.clock import SystemClock
from shared.runtime.health import Check, app_of, health_routes
from shared.runtime.http import HttpServer
from shared.runtime.lifecycle import Lifecycle
from shared.runtime.logging import get_logger
from shared.runtime.metrics import Metrics
from shared.store import Store

_PUBLISH_SECONDS = 5.0
_CALLS_OF_DOUBT = 3.0
"""Times the limit of a call: one that began before that is over, and so is its courier's wait for
the store."""


async def compose(lifecycle: Lifecycle, settings: IngestSettings) -> None:
    """Start the courier; it joins its group soon after this returns.

    Raises AccountsError, OSError when a port is taken, StoreError, PublishFailed.
    """
    accounts = load_accounts(settings.ingest_accounts, os.environ, SECTIONS)
    clock, metrics = SystemClock(), Metrics()
    store = await lifecycle.enter(
        "store",
        Store(url=settings.mongo.get_secret_value(), database=settings.database, driver="pymongo"),
    )
    publisher = await lifecycle.enter("publisher", KafkaPublisher(_producer(settings)))
    providers = await lifecycle.enter(
        "providers",
        HttpProviders(seconds=settings.ingest_call_seconds, connections=settings.ingest_calls),
    )
    name = await asyncio.to_thread(own_name)
    mail = MailServers(seconds=settings.ingest_call_seconds, name=name)
    observer = Observer(metrics)
    deliveries = MongoDeliveries(store)
    senders = senders_of(accounts, public_url=settings.ingest_public_url)
    source = Source(
        kafka=settings.kafka,
        topic_prefix=settings.topic_prefix,
        group_suffix=settings.ingest_group_suffix,
    )
    statuses = StatusService(
        source,
        inbox=StatusInbox(store=deliveries, publisher=publisher, clock=clock),
        metrics=metrics,
        clock=clock,
    )
    service = CourierService(
        source,
        inbox=Inbox(
            store=deliveries,
            messages=MongoMessages(store),
            publisher=publisher,
            senders=senders,
            kept_seconds=settings.ingest_reply_hours * 3600.0,
        ),
        carrier=Carrier(
            store=deliveries,
            providers=Transports(providers, mail),
            publisher=publisher,
            senders=senders,
            clock=clock,
            luck=Random(),  # noqa: S311 - it spreads attempts
            observer=observer,
            slots=asyncio.Semaphore(settings.ingest_calls),
            doubt_seconds=_CALLS_OF_DOUBT * settings.ingest_call_seconds,
        ),
        observer=observer,
        clock=clock,
    )
    checks: dict[str, Check] = {
        "store": store.reachable,
        "broker": publisher.reachable,
        "courier": service.ready,
        "courier of statuses": statuses.ready,
    }
    http = await lifecycle.enter(
        "http",
        HttpServer(
            app_of(health_routes(checks, metrics)),
            host=settings.ingest_host,
            port=settings.ingest_port,
        ),
    )
    lifecycle.spawn("secrets", keep_fresh(accounts.vault, clock=clock, metrics=metrics))
    lifecycle.spawn("courier", service.run())
    lifecycle.spawn("courier of statuses", statuses.run())
    get_logger().info("courier.open", http=http.address[1], accounts=len(senders))


def _producer(settings: IngestSettings) -> ProducerConfig:
    return ProducerConfig(
        kafka=settings.kafka,
        client_id="croupier-courier",
        topic_prefix=settings.topic_prefix,
        timeout=_PUBLISH_SECONDS,
    )
