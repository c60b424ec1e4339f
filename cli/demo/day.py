"""The demo's day from opening to closing time, on services that run."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

import httpx

from cli.demo.agent_log import AgentLog
from cli.demo.agent_people import DemoAgent, Temper
from cli.demo.facts import Facts, Latency, latencies, latency_of, take_facts
from cli.demo.leaks import card_numbers
from cli.demo.ledger import DONE, Ledger, draw_up
from cli.demo.player import Player
from cli.demo.script import Script
from cli.demo.scripted_messages import TelegramMessage
from cli.doors import BOT, Doors, Keys
from cli.processes import Services
from cli.roster import publish_roster, taken_in
from cli.token import mint
from services.router.policy import Policy
from services.router.sorter.documents import ticket_id
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.store.driver import Store

DRAIN_SECONDS: Final = 60.0
_SETTLE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.5

Show = Callable[[Facts], None]
Hook = Callable[[Store], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class DayReport:
    """What is left of a day. seconds: of the play and the drain.

    at_once: latency of the messages that opened a ticket while an agent was free.
    """

    facts: Facts
    at_once: Latency
    ledger: Ledger
    did: Counter[str]
    seconds: float


class Day:
    """One play of a script for the agents of a roster.

    seed: of the agents' moods. speed: 2 takes half the time.
    """

    def __init__(
        self,
        script: Script,
        *,
        services: Services,
        policy: Policy,
        roster: Sequence[AgentProfileChanged],
        seed: int,
        speed: float,
    ) -> None:
        self._script: Final = script
        self._services: Final = services
        self._policy: Final = policy
        self._roster: Final = roster
        self._seed: Final = seed
        self._speed: Final = speed
        self.total: Final = len(script.messages)
        self.people: Final = len(roster)
        self._began = 0.0

    async def run(self, *, show: Show, before_ledger: Hook | None = None) -> DayReport:
        """Open, play, drain, close the books. Raises TimeoutError when nobody comes to work.

        show: hears how things are. before_ledger: what a test does to the store at the end.
        """
        world = self._services.world
        async with AsyncExitStack() as closing:
            store = Store(url=world.mongo, database=world.database)
            closing.push_async_callback(store.close)
            http = await closing.enter_async_context(httpx.AsyncClient(timeout=10))
            await self._open(store)
            doors = Doors(
                http=http,
                url=self._services["ingest"].url,
                smtp=self._services.smtp,
                keys=Keys.of(world.accounts),
            )
            player = Player(self._script, doors, speed=self._speed)
            log = self._log()
            people = self._people(log)
            async with asyncio.TaskGroup() as tasks:
                lives = [tasks.create_task(each.live(), name=each.agent) for each in people]
                await self._at_work(people)
                facts = await self._play(store, player, log, people, show)
                for life in lives:
                    life.cancel()
            seconds = time.monotonic() - self._began
            if before_ledger is not None:
                await before_ledger(store)
            ledger = await draw_up(
                player=player,
                log=log,
                store=store,
                world=world,
                logs=self._services.folder / "logs",
                numbers=card_numbers(self._script),
                on_two_doors=self._on_two_doors(player),
            )
        did = sum((each.did for each in people), Counter[str]())
        at_once = latency_of(
            seconds
            for entry, seconds in latencies(player, log).items()
            if ticket_id(entry) in ledger.dealt_at_once
        )
        return DayReport(facts, at_once, ledger, did, seconds)

    async def _open(self, store: Store) -> None:
        await publish_roster(
            self._roster,
            kafka=self._services.world.kafka,
            topic_prefix=self._services.world.topic_prefix,
        )
        await taken_in(self._roster, store=store)
        if links := list(self._links()):
            await store["identities"].insert_many(links)

    def _links(self) -> list[dict[str, Any]]:
        """Telegram accounts that the platform's customers linked on days before this one."""
        place = self._policy.place(channel="telegram", account=BOT)
        linked = {
            message.sender: message.customer
            for message in self._script.messages
            if isinstance(message, TelegramMessage) and message.customer is not None
        }
        return [
            {
                "_id": f"telegram:{BOT}:{sender}",
                "customer": f"p:{place.brand}:{customer}",
                "vouched": True,
            }
            for sender, customer in linked.items()
        ]

    def _log(self) -> AgentLog:
        """By the rules of the desk that the demo's doors lead to."""
        rules = self._policy.rules_for(self._policy.place(channel="telegram", account=BOT).desk)
        return AgentLog(weights=rules.weights, interruptible=rules.interruptible)

    def _people(self, log: AgentLog) -> list[DemoAgent]:
        secret = self._services.secret
        temper = Temper().hurried(self._speed)

        def person(profile: AgentProfileChanged) -> DemoAgent:
            return DemoAgent(
                profile.agent,
                url=self._services.sockets,
                token=lambda: mint(profile.agent, secret=secret),
                log=log,
                temper=temper,
                rng=random.Random(f"{self._seed}/{profile.agent}"),  # noqa: S311 - moods
            )

        return [person(profile) for profile in self._roster]

    async def _at_work(self, people: Sequence[DemoAgent]) -> None:
        async with asyncio.timeout(_SETTLE_SECONDS):
            while not all(each.ready for each in people):  # noqa: ASYNC110 - 17 clients' state
                await asyncio.sleep(_LOOK_SECONDS / 5)

    async def _play(
        self,
        store: Store,
        player: Player,
        log: AgentLog,
        people: Sequence[DemoAgent],
        show: Show,
    ) -> Facts:
        """Play and drain, looking around all the time. The last facts."""
        self._began = time.monotonic()
        playing = asyncio.create_task(player.play())
        until: float | None = None
        try:
            while True:
                facts = await take_facts(
                    store,
                    player,
                    log,
                    people,
                    desks=self._policy.desks(),
                    seconds=time.monotonic() - self._began,
                )
                show(facts)
                if playing.done() and until is None:
                    playing.result()
                    until = time.monotonic() + DRAIN_SECONDS
                    for each in people:
                        each.be_dutiful()
                if until is not None and (
                    await self._drained(store, player) or time.monotonic() > until
                ):
                    return facts
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            playing.cancel()

    async def _drained(self, store: Store, player: Player) -> bool:
        """Whether every message is stored and every ticket done."""
        entries = [*player.accepted, *player.departures]
        stored = await store["messages"].count_documents({"_id": {"$in": entries}})
        desks = {"desk": {"$in": list(self._policy.desks())}, "state": {"$nin": sorted(DONE)}}
        return bool(stored >= len(entries)) and not await store["tickets"].count_documents(desks)

    def _on_two_doors(self, player: Player) -> dict[str, list[str]]:
        two = self._script.on_two_doors()
        found: dict[str, list[str]] = {customer: [] for customer in two}
        for accepted in player.accepted.values():
            if accepted.message.person in two:
                found[accepted.message.person].append(accepted.entry)
        return found
