"""Tells the dealers who is connected here.

Writes NotifierHeartbeat to `support.agents.v1`, one per desk that has, or just had, an agent's
socket here: soon after a change and once a period. Presence is by state: each heartbeat replaces
the one before, so a lost or repeated one does no harm. A desk that nobody is left on is told so
until the broker confirmed it; then this notifier is silent about it.
"""

import asyncio
from collections.abc import Mapping
from itertools import count
from types import TracebackType
from typing import Final, Self

from services.notifier.registry import Registry
from shared.contracts import wrap
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from shared.messaging.records import Outgoing, Publisher, PublishFailed, outgoing
from shared.runtime.clock import Clock, utc
from shared.runtime.logging import get_logger

Agents = tuple[str, ...]

GATHER_SECONDS: Final = 0.05
"""A change waits so long for company: a herd of agents is one heartbeat, not two hundred."""


class Presence:
    """Entered as a part of the service; on leaving, every desk is told that nobody is here."""

    def __init__(
        self,
        *,
        notifier: str,
        registry: Registry,
        publisher: Publisher,
        clock: Clock,
        period_seconds: float,
    ) -> None:
        """notifier: an id that no other process, and no earlier start of this one, has."""
        self._notifier: Final = notifier
        self._registry: Final = registry
        self._publisher: Final = publisher
        self._clock: Final = clock
        self._period: Final = period_seconds
        self._numbers: Final = count(1)
        self._told: dict[str, Agents] = {}

    async def run(self) -> None:
        """Until cancelled: a heartbeat at each change and each period."""
        due = 0.0
        while True:
            if self._clock.monotonic() >= due:
                due = self._clock.monotonic() + self._period
                await self.tell()
            else:
                await self.tell(changed_only=True)
            await self._next_occasion(due)

    async def tell(self, *, changed_only: bool = False) -> bool:
        """Publish what is so now; whether the broker confirmed it."""
        self._registry.changed.clear()
        now = self._registry.desks()
        said = {desk: now.get(desk, ()) for desk in {*now, *self._told}}
        if changed_only:
            said = {desk: agents for desk, agents in said.items() if self._is_news(desk, agents)}
        return await self._publish(said)

    async def leave(self) -> None:
        """Tell every desk that nobody is here any more. Once: silence says the same, later."""
        if not await self._publish(dict.fromkeys({*self._told, *self._registry.desks()}, ())):
            get_logger().warning("presence.goodbye_unconfirmed", desks=len(self._told))

    def _is_news(self, desk: str, agents: Agents) -> bool:
        return self._told.get(desk) != agents

    async def _publish(self, said: Mapping[str, Agents]) -> bool:
        if not said:
            return True
        try:
            await self._publisher.publish(
                [self._heartbeat(desk, agents) for desk, agents in sorted(said.items())]
            )
        except PublishFailed as error:
            # the next period repeats it; the dealer holds on to what it heard for as long
            get_logger().warning("presence.unconfirmed", error=str(error))
            return False
        self._told.update(said)
        self._told = {desk: agents for desk, agents in self._told.items() if agents}
        return True

    def _heartbeat(self, desk: str, agents: Agents) -> Outgoing:
        data = NotifierHeartbeat(
            desk=desk, notifier=self._notifier, agents=agents, period_seconds=self._period
        )
        event_id = f"{self._notifier}/{next(self._numbers)}"
        return outgoing(wrap(data, id=event_id, at=utc(self._clock.now())))

    async def _next_occasion(self, due: float) -> None:
        """A change, given a moment to gather, or the end of the period."""
        changed = asyncio.create_task(self._registry.changed.wait())
        pause = asyncio.create_task(self._clock.sleep(max(0.0, due - self._clock.monotonic())))
        try:
            await asyncio.wait({changed, pause}, return_when=asyncio.FIRST_COMPLETED)
            if changed.done():
                await self._clock.sleep(GATHER_SECONDS)
        finally:
            changed.cancel()
            pause.cancel()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.leave()
