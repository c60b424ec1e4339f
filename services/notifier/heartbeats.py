"""Tells each client, from time to time, the digest of what the store has for its agent.

A client whose own digest differs asks for a snapshot: whatever was lost on the way, and however, is
mended within a period. The same look at the store notices an agent who was deactivated, or moved to
another desk while connected.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from services.notifier.digest import digest
from services.notifier.opening import synchronise
from services.notifier.ports import Desktops, Glance
from services.notifier.protocol.codes import Close
from services.notifier.protocol.server import Heartbeat
from services.notifier.registry import Registry
from shared.runtime.clock import Clock, utc
from shared.runtime.logging import get_logger
from shared.store.errors import Transient

AT_ONCE: Final = 500
"""Agents looked up in one query."""


class Heartbeats:
    """Beats for every connection of a registry."""

    def __init__(
        self, *, registry: Registry, desktops: Desktops, clock: Clock, period_seconds: float
    ) -> None:
        self._registry: Final = registry
        self._desktops: Final = desktops
        self._clock: Final = clock
        self._period: Final = period_seconds

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._clock.sleep(self._period)
            await self.beat()

    async def beat(self) -> None:
        """One heartbeat for everybody. Without the store there is nothing to compare with."""
        agents = self._registry.agents()
        for start in range(0, len(agents), AT_ONCE):
            some = agents[start : start + AT_ONCE]
            try:
                await self._beat(some, await self._desktops.glances(some))
            except Transient as error:
                get_logger().warning("heartbeat.store_unavailable", error=str(error))
                return

    async def _beat(self, agents: Sequence[str], glances: Mapping[str, Glance]) -> None:
        at = utc(self._clock.now())
        for agent in agents:
            glance = glances.get(agent)
            if glance is None or not glance.profile.active:
                self._send_away(agent)
                continue
            message = Heartbeat(at=at, digest=digest(glance.state, glance.held))
            for connection in tuple(self._registry.of(agent)):
                connection.say(message)
            await self._follow(agent, desk=glance.profile.desk)

    def _send_away(self, agent: str) -> None:
        for connection in tuple(self._registry.of(agent)):
            connection.close(Close.UNKNOWN_AGENT, "this agent is no longer active")

    async def _follow(self, agent: str, *, desk: str) -> None:
        """Cards of the new desk's shard are dropped until a snapshot says that it is the one."""
        for connection in tuple(self._registry.of(agent)):
            if connection.desk != desk:
                await synchronise(connection, registry=self._registry, desktops=self._desktops)
