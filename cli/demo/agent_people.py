"""The demo's agents: people, who think, decline now and then, dream, drop out and come back."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cli.agent_client import AgentClient
from cli.agent_commands import Rejected
from cli.agent_desk import Card, Step
from cli.demo.agent_log import AgentLog

Span = tuple[float, float]
"""Seconds: at least, at most."""


@dataclass(frozen=True, slots=True)
class Temper:
    """How somebody works. Probabilities are per offer."""

    think: Span = (0.1, 0.7)
    work: Span = (1.0, 3.5)
    after_work: Span = (0.1, 0.6)
    declines: float = 0.05
    sleeps: float = 0.03
    stint: Span = (8.0, 30.0)
    away: Span = (0.5, 5.0)
    drops: float = 0.6
    """Of the ways to stop: the line breaks for a moment; else they leave and come back."""

    def hurried(self, speed: float) -> "Temper":
        """The same in a day that runs `speed` times as fast."""
        return Temper(
            think=_pressed(self.think, speed),
            work=_pressed(self.work, speed),
            after_work=_pressed(self.after_work, speed),
            declines=self.declines,
            sleeps=self.sleeps,
            stint=_pressed(self.stint, speed),
            away=_pressed(self.away, speed),
            drops=self.drops,
        )


def _pressed(span: Span, speed: float) -> Span:
    return span[0] / speed, span[1] / speed


class DemoAgent:
    """One person over the whole day. did: what they did, counted."""

    def __init__(
        self,
        agent: str,
        *,
        url: str,
        token: Callable[[], str],
        log: AgentLog,
        temper: Temper,
        rng: random.Random,
    ) -> None:
        self.agent: Final = agent
        self.did: Final[Counter[str]] = Counter()
        self.client: AgentClient | None = None
        self._url: Final = url
        self._token: Final = token
        self._log: Final = log
        self._temper: Final = temper
        self._rng: Final = rng
        self._dutiful = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Connected, and the desk knows that they are there to work."""
        client = self.client
        return client is not None and client.connected and client.desk.state["state"] == "ready"

    def be_dutiful(self) -> None:
        """From now on take every offer and stay: the day is to end."""
        self._dutiful.set()

    async def live(self) -> None:
        """Until cancelled: work, be gone for a while, come back."""
        while True:
            await self._stint()
            self.did["left"] += 1
            await self._pause(self._temper.away)

    async def _stint(self) -> None:
        steps: asyncio.Queue[Step] = asyncio.Queue()

        def on_step(step: Step) -> None:
            self._log.on_step(step)
            steps.put_nowait(step)

        client = AgentClient(
            url=self._url,
            agent=self.agent,
            token=self._token,
            on_step=on_step,
            on_message=lambda message: self._log.on_message(message, client),
            rng=self._rng,
        )
        async with client:
            self.client = client
            await client.up_to_date()
            working = asyncio.create_task(self._work(client, steps))
            try:
                await self._until_break(client, working)
            finally:
                working.cancel()
                await asyncio.wait({working})
                self.client = None

    async def _until_break(self, client: AgentClient, working: "asyncio.Task[None]") -> None:
        """Until they leave. A failure of their work is a bug of the demo's."""
        while True:
            ended = await self._wait_for_break(working)
            if ended:
                working.result()
            if self._rng.random() >= self._temper.drops:
                return
            self.did["dropped"] += 1
            await client.drop()
            await client.up_to_date()

    async def _wait_for_break(self, working: "asyncio.Task[None]") -> bool:
        """Whether their work ended first. Dutiful people take no break."""
        if self._dutiful.is_set():
            await asyncio.wait({working})
            return True
        ended, _ = await asyncio.wait({working}, timeout=self._rng.uniform(*self._temper.stint))
        return bool(ended) or (self._dutiful.is_set() and await self._wait_for_break(working))

    async def _work(self, client: AgentClient, steps: "asyncio.Queue[Step]") -> None:
        await client.commands.carry_out("set_state", state="ready")
        seen: dict[tuple[str, int], str] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                step = await steps.get()
                key = (step.ticket, step.assignment)
                # a card comes again with each message; from after-work it may be accepted again
                if seen.get(key) != step.state:
                    seen[key] = step.state
                    tasks.create_task(self._handle(client, step))

    async def _handle(self, client: AgentClient, step: Step) -> None:
        try:
            match step.state:
                case "offered":
                    await self._consider(client, step)
                case "accepted":
                    await self._pause(self._temper.work)
                    await self._resolve(client, step)
                case "wrap_up":
                    await self._pause(self._temper.after_work)
                    await self._do(client, "finish_wrap_up", step)
                case "gone":
                    await self._pause(self._temper.think)
                    await self._come_back(client)
        except Rejected as rejected:
            self.did[f"rejected:{rejected.reason}"] += 1  # it went elsewhere meanwhile

    async def _consider(self, client: AgentClient, step: Step) -> None:
        await self._pause(self._temper.think)
        chance = 1.0 if self._dutiful.is_set() else self._rng.random()
        if chance < self._temper.sleeps:
            self.did["slept"] += 1
        elif chance < self._temper.sleeps + self._temper.declines:
            await self._do(client, "decline", step, reason="busy")
        else:
            await self._do(client, "accept", step)

    async def _come_back(self, client: AgentClient) -> None:
        """Who has slept through too many offers is on a break until they say otherwise."""
        if client.desk.state.get("state") == "break":
            self.did["woken"] += 1
            await client.commands.carry_out("set_state", state="ready")

    async def _resolve(self, client: AgentClient, step: Step) -> None:
        """Again when the customer wrote meanwhile: the card shows the new message."""
        while (card := _held(client, step)) is not None:
            try:
                await self._do(client, "resolve", step, seen=card["last_message"])
            except Rejected as rejected:
                if rejected.reason != "unseen_message":
                    raise
            else:
                return

    async def _do(
        self,
        client: AgentClient,
        do: str,
        step: Step,
        *,
        seen: str | None = None,
        reason: str | None = None,
    ) -> None:
        await client.commands.carry_out(
            do, ticket=step.ticket, assignment=step.assignment, seen=seen, reason=reason
        )
        self.did[do] += 1

    async def _pause(self, span: Span) -> None:
        await asyncio.sleep(self._rng.uniform(*span))


def _held(client: AgentClient, step: Step) -> Card | None:
    card = client.desk.cards.get(step.ticket)
    return card if card and card["assignment"] == step.assignment else None
