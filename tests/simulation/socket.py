"""An agent's socket: messages each way in order, with delay; it breaks when the notifier dies."""

from collections.abc import Callable
from contextvars import Context
from typing import Any

from services.notifier.connection import Closed, Connection
from services.notifier.ports import UnknownAgent
from services.notifier.protocol.client import parse
from services.notifier.protocol.codes import Close
from shared.store.errors import Transient
from tests.simulation.host import Life
from tests.simulation.roles import NotifierRole


class Socket:
    """One connection of `agent` to one notifier. hear: told each message; broken: told the end."""

    def __init__(
        self,
        agent: str,
        notifier: NotifierRole,
        *,
        delay: Callable[[], float],
        hear: Callable[[str], None],
        broken: Callable[[], None],
    ) -> None:
        self.agent = agent
        self.notifier = notifier
        self._loop = notifier.grounds.loop
        self._delay = delay
        self._hear = hear
        self._broken = broken
        self._connection: Connection | None = None
        self._open = True
        self._arrives_at = 0.0
        notifier.host.died.add_done_callback(
            lambda _died: self._later(self._cut), context=Context()
        )
        notifier.host.spawn(self._serve())

    @property
    def answering(self) -> bool:
        """Whether the other side shows any life."""
        return self.notifier.host.life is Life.RUNNING

    def say(self, text: str) -> None:
        """To the notifier."""
        self._later(lambda: self._open and self.notifier.host.spawn(self._handle(text)))

    def close(self) -> None:
        """From the agent's side: nothing is heard any more, and the notifier learns of it."""
        if self._open:
            self._open = False
            self._later(lambda: self.notifier.host.spawn(self._hang_up()))

    async def _serve(self) -> None:
        """In the notifier: open, then write what there is to write."""
        notifier = self.notifier
        try:
            profile = await notifier.desktops.profile(self.agent)
        except (UnknownAgent, Transient):
            self._later(self._cut)
            return
        connection = self._connection = Connection(agent=self.agent, desk=profile.desk)
        try:
            await notifier.grounds.open_connection(  # type: ignore[misc]
                connection, registry=notifier.registry, desktops=notifier.desktops
            )
            while True:
                self._later(self._arrive, await connection.next())
        except Closed:
            self._later(self._cut)
        finally:
            notifier.registry.remove(connection)

    async def _handle(self, text: str) -> None:
        """In the notifier: a command to the broker, its ack back."""
        if self._connection is not None and self._connection.closing is None:
            command: Any = parse(text)
            self._connection.say(await self.notifier.commands.carry(command, of=self._connection))

    async def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close(Close.TRY_AGAIN, "the agent hung up")

    def _later(self, callback: Callable[..., object], *args: object) -> None:
        """In order, after a delay, whatever happens to the notifier meanwhile."""
        # always a little later than the one before: timers of one instant have no order
        self._arrives_at = max(self._arrives_at + 1e-6, self._loop.time() + self._delay())
        self._loop.call_at(self._arrives_at, callback, *args, context=Context())

    def _arrive(self, text: str) -> None:
        if self._open:
            self._hear(text)

    def _cut(self) -> None:
        if self._open:
            self._open = False
            self._broken()
