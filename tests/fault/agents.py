"""Agents on real sockets: most take what they are offered, some decline, some look away.

Each keeps its own log of the cards it saw: what "one owner at a time" is judged by.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from cli.agent_client import AgentClient
from cli.agent_commands import Rejected
from cli.agent_desk import Message, Step
from cli.token import mint
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged

CAPACITY: Final = 3.0
_DECLINES: Final = 0.08
_LOOKS_AWAY: Final = 0.03
_WORK_SECONDS: Final = (0.05, 0.4)

STAFF: Final = tuple(
    AgentProfileChanged(
        desk=desk,
        agent=f"{desk}-{number}",
        skills={"lang.en": 3, "payments": 3} if number % 2 else {"lang.en": 3},
        channels=("form",),
        capacity=CAPACITY,
    )
    for desk in ("main", "vip")
    for number in range(4)
)


class Agent:
    """One agent. `steps` is their own log. `rejections`: commands that came too late."""

    def __init__(
        self, name: str, *, url: str, secret: bytes, seed: int, on_card: Callable[[Message], None]
    ) -> None:
        self.name: Final = name
        self.steps: Final[list[Step]] = []
        self.rejections: Final[list[Rejected]] = []
        self._rng: Final = random.Random(f"{seed}/agent/{name}")
        self._fresh: Final[asyncio.Queue[Step]] = asyncio.Queue()
        self._on_card: Final = on_card
        self.client: Final = AgentClient(
            url=url,
            agent=name,
            token=lambda: mint(name, secret=secret, ttl=timedelta(hours=1)),
            on_message=self._hear,
            on_step=self._note,
            rng=self._rng,
        )

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """On shift until the block ends."""
        async with self.client:
            await self.client.up_to_date()
            yield

    async def work(self) -> None:
        """Until cancelled. A card is handled when its state changes: a customer who writes during
        the after-work brings back the one that was accepted before."""
        await self.client.commands.carry_out("set_state", state="ready")
        last: dict[str, tuple[int, str]] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                step = await self._fresh.get()
                if last.get(step.ticket) != (step.assignment, step.state):
                    last[step.ticket] = (step.assignment, step.state)
                    tasks.create_task(self._handle(step))

    def _hear(self, message: Message) -> None:
        if message["type"] == "card":
            self._on_card(message["card"])

    def _note(self, step: Step) -> None:
        self.steps.append(step)
        self._fresh.put_nowait(step)

    async def _handle(self, step: Step) -> None:
        try:
            match step.state:
                case "offered":
                    await self._answer(step)
                case "accepted":
                    await asyncio.sleep(self._rng.uniform(*_WORK_SECONDS))
                    await self._resolve(step)
                case "wrap_up":
                    await self._command("finish_wrap_up", step)
        except Rejected as rejected:
            self.rejections.append(rejected)

    async def _answer(self, step: Step) -> None:
        mood = self._rng.random()
        if mood < _DECLINES:
            await self._command("decline", step)
        elif mood > _DECLINES + _LOOKS_AWAY:
            await self._command("accept", step)

    async def _resolve(self, step: Step) -> None:
        """Again when the customer wrote meanwhile: the card then shows the newer message."""
        while (card := self.client.desk.cards.get(step.ticket)) is not None:
            if card["assignment"] != step.assignment or card["state"] != "accepted":
                return
            try:
                await self._command("resolve", step, seen=card["last_message"])
            except Rejected as rejected:
                if rejected.reason != "unseen_message":
                    raise

    async def _command(self, do: str, step: Step, *, seen: str | None = None) -> None:
        carry_out = self.client.commands.carry_out
        await carry_out(do, ticket=step.ticket, assignment=step.assignment, seen=seen)
