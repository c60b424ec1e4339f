"""Puts the status page together, inside the lobby."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from starlette.routing import BaseRoute

from services.ingest.intake import Intake
from services.ingest.lobby.chat.feed import Feed
from services.ingest.lobby.chat.ports import Prospect as ChatProspect
from services.ingest.lobby.chat.ports import Ticket
from services.ingest.lobby.status.accuracy import Accuracy
from services.ingest.lobby.status.api import StatusDoor
from services.ingest.lobby.status.deals import Deals
from services.ingest.lobby.status.following import LOOK_BACK_SECONDS, Follower
from services.ingest.lobby.status.mongo import MongoStatus
from services.ingest.lobby.status.prospects import Prospects
from services.ingest.lobby.status.standing import Standings
from services.ingest.settings import IngestSettings
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.messaging.records import Publisher
from shared.runtime.clock import Clock
from shared.runtime.health import Check
from shared.runtime.lifecycle import Lifecycle
from shared.runtime.metrics import Metrics
from shared.store import Store


@dataclass(frozen=True, slots=True)
class Status:
    """What the lobby's HTTP server serves of it. prospects: for whoever else tells them."""

    routes: Sequence[BaseRoute]
    checks: Mapping[str, Check]
    prospects: Prospects


class ForChat:
    """The chat's port."""

    def __init__(self, prospects: Prospects) -> None:
        self._prospects = prospects

    async def of(self, tickets: Sequence[Ticket]) -> Mapping[str, ChatProspect]:
        found = await self._prospects.of_ids([each.id for each in tickets])
        return {
            ticket: ChatProspect(each.position, each.wait.likely if each.wait else None)
            for ticket, each in found.items()
        }


async def start_status(
    lifecycle: Lifecycle,
    settings: IngestSettings,
    *,
    store: Store,
    publisher: Publisher,
    clock: Clock,
    metrics: Metrics,
) -> Status:
    """Everything but the door. Raises OSError, ValueError of the secrets' file."""
    deals, accuracy, statuses = Deals(), Accuracy(metrics), MongoStatus(store)
    prospects = Prospects(statuses, deals=deals, accuracy=accuracy, clock=clock)
    follower = Follower(
        deals=deals,
        accuracy=accuracy,
        prospects=prospects,
        luck=Random(),  # noqa: S311 - it chooses samples
    )
    feed = await lifecycle.enter(
        "status feed",
        Feed(
            kafka=settings.kafka,
            topic_prefix=settings.topic_prefix,
            router=follower,
            clock=clock,
            look_back={TicketChanged.TOPIC: LOOK_BACK_SECONDS},
            on_gap=lambda: None,
        ),
    )
    lifecycle.spawn("status feed", feed.run())
    lifecycle.spawn("status samples", follower.run())
    door = StatusDoor(
        links=settings.status_links(),
        standings=Standings(statuses, prospects),
        store=statuses,
        intake=Intake(
            publisher=publisher,
            clock=clock,
            metrics=metrics,
            answer_seconds=settings.ingest_answer_seconds,
            max_in_flight=settings.ingest_max_in_flight,
            sender_per_minute=settings.ingest_sender_per_minute,
        ),
        clock=clock,
    )
    return Status(door.routes(), {"status feed": lambda: feed.reading}, prospects)
