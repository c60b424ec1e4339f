"""The soak's customers and agents: the same work every second, and nothing that adds up.

Every customer writes once or twice and never comes back; whatever a service keeps of each would
show. What it keeps of the latest ten thousand is filled beforehand. Agents take every ticket to its
end, and one after the other loses the connection.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from time import perf_counter
from typing import Final

import httpx

from cli.agent_auto import Autopilot
from cli.agent_client import AgentClient
from cli.agent_commands import Rejected
from cli.agent_desk import Step
from cli.demo.script import load_script
from cli.doors import Doors, Keys, NotAccepted
from cli.processes import Services
from cli.roster import publish_roster, taken_in
from cli.token import mint
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.store.driver import Store

AGENTS: Final = 20
_RESOLVE_AFTER_SECONDS: Final = 0.5
_AGAIN_SECONDS: Final = 1.0
_FILL_FACTOR: Final = 4
FILL: Final = 20_000
"""Messages after which ingest remembers as many customers as it ever will (10,000), and the router
as many words (20,000)."""
_DROP_EVERY_SECONDS: Final = 5.0
_TOKEN_TTL: Final = timedelta(hours=8)
_FOLLOW_UP: Final = 4
"""The last message of so many is the second of the customer before it."""

ROSTER: Final = tuple(
    AgentProfileChanged(
        desk="main",
        agent=f"agent-{number:02}",
        skills=dict.fromkeys(("lang.ru", "lang.lt", "lang.tr", "lang.en"), 5),
        channels=("form",),
        capacity=10,
    )
    for number in range(AGENTS)
)


class Load:
    """counts: messages `accepted`, and `refused` for the moment; tickets `resolved`, as the agents
    saw it; commands `rejected`; connections lost (`drops`)."""

    def __init__(self, services: Services) -> None:
        self.counts: Final[Counter[str]] = Counter()
        self._services: Final = services
        self._messages: Final = _endless()

    async def fill(self, *, rate: float, count: int) -> None:
        """So many messages, faster than the load itself."""
        await self._send(rate=_FILL_FACTOR * rate, count=count)

    async def run(self, *, rate: float, seconds: float) -> None:
        """The load: `rate` messages a second."""
        await self._send(rate=rate, count=int(rate * seconds))

    async def _send(self, *, rate: float, count: int) -> None:
        """Knock `rate` times a second, whatever becomes of the earlier knocks."""
        async with httpx.AsyncClient(timeout=10) as http, asyncio.TaskGroup() as knocks:
            doors = Doors(
                http=http,
                url=self._services["ingest"].url,
                smtp=self._services.smtp,
                keys=Keys.of(self._services.world.accounts),
            )
            began = perf_counter()
            for number, message in zip(range(count), self._messages, strict=False):
                await asyncio.sleep(max(0.0, began + number / rate - perf_counter()))
                knocks.create_task(self._knock(doors, message))

    @asynccontextmanager
    async def agents(self, store: Store) -> AsyncIterator[None]:
        """All of them at work, on sockets of their own."""
        world = self._services.world
        await publish_roster(ROSTER, kafka=world.kafka, topic_prefix=world.topic_prefix)
        await taken_in(ROSTER, store=store)
        async with AsyncExitStack() as connections, asyncio.TaskGroup() as working:
            clients: list[AgentClient] = []
            tasks: list[asyncio.Task[None]] = []
            for profile in ROSTER:
                pilot = Autopilot(
                    resolve_after=_RESOLVE_AFTER_SECONDS, on_rejected=self._on_rejected
                )
                client = self._client(profile.agent, pilot)
                clients.append(await connections.enter_async_context(client))
                await client.up_to_date()
                tasks.append(working.create_task(pilot.fly(client)))
            tasks.append(working.create_task(self._drop(clients)))
            yield
            for task in tasks:
                task.cancel()

    def _client(self, agent: str, pilot: Autopilot) -> AgentClient:
        def on_step(step: Step) -> None:
            self.counts["resolved"] += step.state == "wrap_up"
            pilot.on_step(step)

        return AgentClient(
            url=self._services.sockets,
            agent=agent,
            token=lambda: mint(agent, secret=self._services.secret, ttl=_TOKEN_TTL),
            on_step=on_step,
        )

    async def _drop(self, clients: list[AgentClient]) -> None:
        for client in itertools.cycle(clients):
            await asyncio.sleep(_DROP_EVERY_SECONDS)
            await client.drop()
            self.counts["drops"] += 1

    async def _knock(self, doors: Doors, message: Mapping[str, str]) -> None:
        """Once more after each 503, as providers do. Raises NotAccepted for anything else."""
        while True:
            try:
                await doors.form(**message)
            except NotAccepted as refusal:
                if not refusal.again:
                    raise
                self.counts["refused"] += 1
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                self.counts["accepted"] += 1
                return

    def _on_rejected(self, _: Rejected) -> None:
        self.counts["rejected"] += 1


def _endless() -> Iterator[Mapping[str, str]]:
    """Bodies of messages. Each text ends in a number, which may be the beginning of a card's: the
    masking has to remember it of every sender."""
    texts = itertools.cycle(message.text for message in load_script().messages)
    for number, text in enumerate(texts):
        customer = number - (number % _FOLLOW_UP == _FOLLOW_UP - 1)
        yield {"message_id": f"m-{number}", "sender": f"c-{customer}", "text": f"{text} {number}"}
