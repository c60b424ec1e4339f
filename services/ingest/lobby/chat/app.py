"""Puts the chat together, inside the lobby."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from services.ingest.intake import Intake
from services.ingest.lobby.chat.account import ChatAccount
from services.ingest.lobby.chat.feed import Feed
from services.ingest.lobby.chat.gauges import Gauges
from services.ingest.lobby.chat.hints import Hints
from services.ingest.lobby.chat.inbox import Inbox
from services.ingest.lobby.chat.memory import Memory
from services.ingest.lobby.chat.mongo import MongoHistory, MongoRoll, MongoTickets
from services.ingest.lobby.chat.names import Names
from services.ingest.lobby.chat.pages import widget_routes
from services.ingest.lobby.chat.ports import Prospects
from services.ingest.lobby.chat.protocol.codes import Close
from services.ingest.lobby.chat.registry import Registry
from services.ingest.lobby.chat.reports import Reports
from services.ingest.lobby.chat.routing import Router
from services.ingest.lobby.chat.session import Services
from services.ingest.lobby.chat.sockets import Crowd, Door
from services.ingest.lobby.chat.standing import Standings
from services.ingest.lobby.chat.tokens import Tokens
from services.ingest.settings import IngestSettings
from shared.messaging.records import Publisher
from shared.runtime.clock import Clock
from shared.runtime.health import Check
from shared.runtime.lifecycle import Lifecycle
from shared.runtime.metrics import Metrics
from shared.store import Store

PATH: Final = "/v1/chat/{account}"


@dataclass(frozen=True, slots=True)
class Chat:
    """What the lobby's HTTP server serves of it. standings: whom `prospects` may tell that one of
    their words has changed."""

    routes: tuple[BaseRoute, ...]
    checks: Mapping[str, Check]
    standings: Standings


async def start_chat(
    lifecycle: Lifecycle,
    settings: IngestSettings,
    *,
    accounts: Mapping[str, ChatAccount],
    store: Store,
    publisher: Publisher,
    prospects: Prospects,
    clock: Clock,
    metrics: Metrics,
) -> Chat:
    """Everything but the door itself: that is entered after this returns, and so closes first."""
    gauges, registry, memory = Gauges(metrics), Registry(), Memory()
    standings = Standings(
        registry=registry, tickets=MongoTickets(store), prospects=prospects, clock=clock
    )
    names = Names(MongoRoll(store), clock=clock)
    reports = Reports(publisher=publisher, clock=clock)
    hints = Hints(publisher=publisher, standings=standings, clock=clock)
    intake = Intake(
        publisher=publisher,
        clock=clock,
        metrics=metrics,
        answer_seconds=settings.ingest_answer_seconds,
        max_in_flight=settings.ingest_max_in_flight,
        sender_per_minute=settings.ingest_sender_per_minute,
    )

    def start_anew() -> None:
        for connection in registry:
            connection.close(Close.RESTARTING, "something was missed: connect again")

    feed = await lifecycle.enter(
        "feed",
        Feed(
            kafka=settings.kafka,
            topic_prefix=settings.topic_prefix,
            router=Router(
                accounts=accounts,
                registry=registry,
                memory=memory,
                standings=standings,
                clock=clock,
                pushed=gauges.pushed,
            ),
            clock=clock,
            on_gap=start_anew,
        ),
    )
    await names.refresh()
    for name, work in (
        ("feed", feed.run()),
        ("standings", standings.run()),
        ("reports", reports.run()),
        ("hints", hints.run()),
        ("names", names.run()),
    ):
        lifecycle.spawn(name, work)
    services = Services(
        accounts=accounts,
        tokens={
            name: Tokens(name, account, randomness=secrets.token_hex)
            for name, account in accounts.items()
        },
        registry=registry,
        memory=memory,
        history=MongoHistory(store),
        standings=standings,
        names=names,
        inbox=Inbox(
            intake=intake,
            clock=clock,
            lang_of=lambda name: accounts[name].lang,
            counted=gauges.message,
        ),
        reports=reports,
        hints=hints,
        clock=clock,
        heartbeat_seconds=settings.ingest_chat_heartbeat_seconds,
        messages_per_minute=settings.ingest_chat_messages_per_minute,
    )
    door = Door(
        services=services,
        crowd=Crowd(settings.ingest_chat_max_sockets, settings.ingest_chat_sockets_per_address),
        gauges=gauges,
        proxies=settings.ingest_chat_proxies,
    )
    return Chat(
        routes=(door_route(door), *_pages(settings)),
        checks={"feed": lambda: feed.reading},
        standings=standings,
    )


def door_route(door: Door) -> BaseRoute:
    """Where customers connect."""

    async def customer(websocket: WebSocket) -> None:
        await door.serve(websocket, websocket.path_params["account"])

    return WebSocketRoute(PATH, customer)


def _pages(settings: IngestSettings) -> tuple[BaseRoute, ...]:
    return tuple(widget_routes(settings.ingest_chat_widget, demo=settings.ingest_chat_demo))
