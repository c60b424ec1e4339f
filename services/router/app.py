"""Puts the router together: the only file that sees every part.

One process sorts, deals, records, or does all of it. Parts stop in the reverse of their order
here: reading ends first, then the turns under way, then the publishers, then HTTP, then the store.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from services.router.adapters.kafka_feed import KafkaFeed
from services.router.adapters.mongo_changes import MongoChanges
from services.router.adapters.mongo_chronicle import MongoChronicle
from services.router.adapters.mongo_replies import MongoReplies
from services.router.adapters.mongo_shards import MongoShardStore
from services.router.adapters.mongo_sort import MongoSortStore
from services.router.adapters.policy_log import PolicyLog
from services.router.dealer.consumer import TOPICS, DealerConsumer
from services.router.dealer.gauges import DepthGauges
from services.router.dealer.limits import DealerLimits
from services.router.dealer.observer import Observer
from services.router.dealer.ruling import ruling_of
from services.router.dealer.setting import Ports
from services.router.domain.rules import DeskRules
from services.router.explain.api import explain_route
from services.router.explain.handler import Explainer
from services.router.policy import PolicyBoard, load_policy
from services.router.recorder.consumer import RecorderService
from services.router.recorder.handler import Recorder
from services.router.recorder.observer import Observer as RecorderObserver
from services.router.recorder.replies import ReplyRecorder
from services.router.recorder.reply_service import ReplyService
from services.router.settings import RouterSettings
from services.router.sorter.consumer import SorterService
from services.router.sorter.handler import Sorter
from services.router.sorter.observer import Observer as SorterObserver
from services.router.understanding.rules import RuleUnderstanding
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.subscription import Source
from shared.privacy.mask import mask
from shared.runtime import failpoints
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.health import Check, app_of, health_routes
from shared.runtime.http import HttpServer
from shared.runtime.lifecycle import Lifecycle
from shared.runtime.logging import get_logger
from shared.runtime.metrics import Metrics
from shared.store import Store


@dataclass(frozen=True, slots=True)
class Common:
    """What the parts of a router share."""

    settings: RouterSettings
    policies: PolicyBoard
    store: Store
    clock: Clock
    metrics: Metrics
    checks: dict[str, Check]


async def compose(
    lifecycle: Lifecycle, *, settings: RouterSettings, clock: Clock | None = None
) -> HttpServer:
    """Start every part; the process joins its groups soon after this returns."""
    policies = PolicyBoard(load_policy(settings.router_policy))
    store = await lifecycle.enter("store", _store(settings))
    started = asyncio.Event()
    common = Common(
        settings=settings,
        policies=policies,
        store=store,
        clock=clock or SystemClock(),
        metrics=Metrics(),
        checks={"store": store.reachable, "start": started.is_set},
    )
    # before the parts, so that health answers while a group is slow to take us in
    routes = health_routes(common.checks, common.metrics)
    explainer, tokens = _explainer(common), settings.explain_tokens()
    routes.append(explain_route(explainer, tokens, ready=started.is_set))
    server = await lifecycle.enter(
        "http",
        HttpServer(app_of(routes), host=settings.router_host, port=settings.router_port),
    )
    await _follow_policy(lifecycle, common)
    if settings.router_role in {"both", "sorter"}:
        await _sort(lifecycle, common)
    if settings.router_role in {"both", "dealer"}:
        await _deal(lifecycle, common)
    if settings.router_role in {"both", "recorder"}:
        await _record(lifecycle, common)
    started.set()
    host, port = server.address
    get_logger().info("router.listening", host=host, port=port, role=settings.router_role)
    return server


async def _follow_policy(lifecycle: Lifecycle, common: Common) -> None:
    settings, policies = common.settings, common.policies
    published = PolicyLog(policies, kafka=settings.kafka, topic_prefix=settings.topic_prefix)
    await lifecycle.enter("policy", published)
    lifecycle.spawn("policy", published.run())
    common.checks["policy"] = policies.readable


async def _sort(lifecycle: Lifecycle, common: Common) -> None:
    settings = common.settings
    publisher = await lifecycle.enter("sorter publisher", _publisher(settings, "sorter"))
    sorter = Sorter(
        store=MongoSortStore(common.store, hit=_Failpoints().hit),
        publisher=publisher,
        understanding=RuleUnderstanding(),
        policies=common.policies,
        clock=common.clock,
        mask=mask,
        failpoints=_Failpoints(),
    )
    service = SorterService(
        _source(settings),
        sorter=sorter,
        observer=SorterObserver(common.metrics),
        drain_seconds=settings.drain_seconds,
    )
    await lifecycle.enter("sorter", service)
    lifecycle.spawn("sorter", service.run())
    common.checks["sorter broker"] = publisher.reachable
    common.checks["sorter"] = service.ready


async def _deal(lifecycle: Lifecycle, common: Common) -> None:
    settings = common.settings
    publisher = await lifecycle.enter("dealer publisher", _publisher(settings, "dealer"))
    feed = KafkaFeed(
        topics=TOPICS,
        kafka=settings.kafka,
        topic_prefix=settings.topic_prefix,
        clock=common.clock,
    )
    ports = Ports(
        store=MongoShardStore(common.store),
        publisher=publisher,
        feed=feed,
        clock=common.clock,
        observer=Observer(common.metrics),
        ruling=lambda: ruling_of(common.policies.current),
        limits=DealerLimits(drain_seconds=settings.drain_seconds),
        links=settings.status_links(),
    )
    consumer = DealerConsumer(_source(settings), feed=feed, ports=ports)
    common.policies.listen(consumer.supervisor.look)
    gauges = DepthGauges(
        supervisor=consumer.supervisor, counters=common.metrics, clock=common.clock
    )
    lifecycle.spawn("gauges", gauges.run())
    lifecycle.spawn("dealer", consumer.run())
    common.checks["dealer broker"] = publisher.reachable
    common.checks["dealer"] = consumer.ready


async def _record(lifecycle: Lifecycle, common: Common) -> None:
    settings = common.settings
    publisher = await lifecycle.enter("recorder publisher", _publisher(settings, "recorder"))
    recorder = Recorder(
        store=MongoChanges(common.store),
        publisher=publisher,
        kept=timedelta(days=settings.router_decisions_days),
    )
    service = RecorderService(
        _source(settings),
        recorder=recorder,
        observer=RecorderObserver(common.metrics),
        clock=common.clock,
    )
    lifecycle.spawn("recorder", service.run())
    replies = ReplyService(
        _source(settings),
        recorder=ReplyRecorder(
            store=MongoReplies(common.store), publisher=publisher, clock=common.clock, mask=mask
        ),
        metrics=common.metrics,
        clock=common.clock,
    )
    lifecycle.spawn("recorder of replies", replies.run())
    common.checks["recorder broker"] = publisher.reachable
    common.checks["recorder"] = service.ready
    common.checks["recorder of replies"] = replies.ready


def _explainer(common: Common) -> Explainer:
    def rules(desk: str) -> DeskRules:
        return common.policies.current.rules_for(desk)  # another policy by the time it is asked

    return Explainer(
        chronicle=MongoChronicle(common.store),
        rules=rules,
        confidential=lambda: common.policies.confidential,
        clock=common.clock,
    )


class _Failpoints:
    """The process's failpoints, as the sorter asks for them."""

    async def hit(self, name: str) -> None:
        failpoints.hit(name)


def _source(settings: RouterSettings) -> Source:
    return Source(
        kafka=settings.kafka,
        topic_prefix=settings.topic_prefix,
        group_suffix=settings.router_group_suffix,
        session_seconds=settings.router_session_seconds,
    )


def _publisher(settings: RouterSettings, part: str) -> KafkaPublisher:
    return KafkaPublisher(
        ProducerConfig(
            kafka=settings.kafka,
            client_id=f"croupier-{part}",
            topic_prefix=settings.topic_prefix,
            timeout=settings.router_publish_timeout_seconds,
        )
    )


def _store(settings: RouterSettings) -> Store:
    return Store(
        url=settings.mongo.get_secret_value(),
        database=settings.database,
        driver=settings.router_driver,
    )
