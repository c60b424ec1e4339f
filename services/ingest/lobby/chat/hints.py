"""Tells the agent that the customer types: never twice in three seconds, and never kept."""

import asyncio
from typing import Final

from services.ingest.lobby.chat.standing import Standings
from shared.contracts import wrap
from shared.contracts.customer_typing_v1 import CustomerTyping
from shared.messaging.records import Outgoing, Publisher, PublishFailed, outgoing
from shared.runtime.clock import Clock, utc

EACH_SECONDS: Final = 3.0
MAX_WAITING: Final = 1_000


class Hints:
    """A queue, and the task that empties it: nobody waits for a hint."""

    def __init__(self, *, publisher: Publisher, standings: Standings, clock: Clock) -> None:
        self._publisher: Final = publisher
        self._standings: Final = standings
        self._clock: Final = clock
        self._waiting: Final[asyncio.Queue[Outgoing]] = asyncio.Queue(MAX_WAITING)
        self._last: Final[dict[str, float]] = {}

    def typing(self, key: str) -> None:
        """The customer types. Nobody is told while no agent has their ticket."""
        counterpart = self._standings.counterpart(key)
        now = self._clock.monotonic()
        if counterpart is None or now - self._last.get(key, -EACH_SECONDS) < EACH_SECONDS:
            return
        if self._waiting.full():
            return
        self._last[key] = now
        at = utc(self._clock.now())
        event = CustomerTyping(agent=counterpart.agent, ticket=counterpart.ticket, at=at)
        id = f"typing:{counterpart.ticket}:{round(at.timestamp() * 1000)}"
        self._waiting.put_nowait(outgoing(wrap(event, id=id, at=at)))

    def forget(self, key: str) -> None:
        """The customer left."""
        self._last.pop(key, None)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            hint = await self._waiting.get()
            try:
                await self._publisher.publish((hint,))
            except PublishFailed:
                while not self._waiting.empty():  # they are all out of date
                    self._waiting.get_nowait()
