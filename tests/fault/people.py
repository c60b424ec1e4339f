"""Customers who write and agents who work, whoever runs the services they meet.

A customer or an agent who fails fails the task group they live in.
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from cli.agent_desk import Message
from shared.store.driver import Store
from tests.fault.agents import STAFF, Agent
from tests.fault.customers import Customers
from tests.stacks import Fresh

POLL_SECONDS: Final = 0.2
SETTLE_SECONDS: Final = 45.0
"""For everything to be dealt with once all is healed: several times what it takes."""
_BUSY_CARDS: Final = 30
_ENDED: Final = ("resolved", "closed")
_DESKS: Final = {profile.desk for profile in STAFF}


@dataclass(slots=True)
class Cards:
    """What the agents were shown: (time, desk, the customer's message), by the monotonic clock."""

    shown: list[tuple[float, str, str]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _notices: set[asyncio.Task[None]] = field(default_factory=set)

    def note(self, card: Message) -> None:
        self.shown.append((time.monotonic(), card["desk"], card["last_message"]))
        notice = asyncio.create_task(self._notify())
        self._notices.add(notice)
        notice.add_done_callback(self._notices.discard)

    async def _notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()


class People:
    """door: where customers write. sockets: where agents connect. secret: signs their tokens."""

    def __init__(self, fresh: Fresh, *, door: str, sockets: str, secret: bytes, seed: int) -> None:
        self.fresh: Final = fresh
        self.seed: Final = seed
        self.rng: Final = random.Random(f"{seed}/nemesis")
        self.store: Final = Store(url=fresh.stack.mongo, database=fresh.database)
        self.cards: Final = Cards()
        self.customers: Final = Customers(url=door, seed=seed)
        self.agents: Final = [
            Agent(profile.agent, url=sockets, secret=secret, seed=seed, on_card=self.cards.note)
            for profile in STAFF
        ]
        self.healed_at = time.time()
        self._writing: asyncio.Task[None] | None = None

    async def come(self, closing: AsyncExitStack, tasks: asyncio.TaskGroup) -> None:
        """Everybody begins: agents connect, customers write."""
        for agent in self.agents:
            await closing.enter_async_context(agent.connected())
            at_work = tasks.create_task(agent.work(), name=agent.name)
            closing.callback(at_work.cancel)
        self._writing = tasks.create_task(self.customers.write(), name="customers")
        closing.callback(self._writing.cancel)

    async def busy(self) -> None:
        """Until customers, services and agents are well under way."""
        async with self.cards.changed:
            await self.cards.changed.wait_for(lambda: len(self.cards.shown) >= _BUSY_CARDS)

    async def recovered(self, *, since: float) -> float:
        """Until an agent of each desk has a card of a message written after `since` (monotonic);
        the seconds that took."""
        async with self.cards.changed:
            await self.cards.changed.wait_for(lambda: self._served(since) == _DESKS)
        return time.monotonic() - since

    async def served(self, *, check: Callable[[], None]) -> None:
        """Everybody stops writing, and everything written is dealt with; `check` may object
        meanwhile. To be called once all is healed: what waits longer than it should counts from
        here."""
        self.healed_at = time.time()
        self.customers.stop()
        assert self._writing is not None
        await self._writing
        deadline = time.monotonic() + SETTLE_SECONDS
        while left := await self._unfinished():
            check()
            assert time.monotonic() < deadline, f"I5: still waiting after everything healed: {left}"
            await asyncio.sleep(POLL_SECONDS)

    def _served(self, since: float) -> set[str]:
        tried = self.customers.promises.tried
        return {desk for _, desk, message in self.cards.shown if tried.get(message, 0) > since}

    async def _unfinished(self) -> list[str]:
        """Messages that are in no ticket yet, and tickets that are not done with."""
        stored = set(await self.store["messages"].distinct("_id"))
        tickets: list[dict[str, Any]] = await self.store["tickets"].find().to_list(None)
        left = sorted(self.customers.promises.acked - stored)
        left += [f"{doc['_id']} {doc['state']}" for doc in tickets if doc["state"] not in _ENDED]
        applied = sum(ticket["entries"] for ticket in tickets)
        if applied < len(stored):
            left.append(f"{len(stored) - applied} stored and not applied")
        return left
