"""Who is connected here: agent -> sockets, desk -> agents."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from services.notifier.connection import Connection
from services.notifier.protocol.codes import Close

MAX_SOCKETS_PER_AGENT: Final = 5


class Registry:
    """The sockets of this process. `changed` is set whenever a desk's agents may have changed."""

    def __init__(self) -> None:
        self.changed: Final = asyncio.Event()
        self._by_agent: Final[dict[str, list[Connection]]] = {}

    def add(self, connection: Connection) -> None:
        """From now on the agent's cards reach this connection. Above the limit the agent's oldest
        is closed: it is the likeliest to be dead."""
        mine = self._by_agent.setdefault(connection.agent, [])
        mine.append(connection)
        if len(mine) > MAX_SOCKETS_PER_AGENT:
            mine[0].close(Close.REPLACED, "this agent connected too many times elsewhere")
            del mine[0]
        self.changed.set()

    def remove(self, connection: Connection) -> None:
        """Legal twice."""
        mine = self._by_agent.get(connection.agent, [])
        if connection in mine:
            mine.remove(connection)
            if not mine:
                del self._by_agent[connection.agent]
            self.changed.set()

    def move(self, connection: Connection, desk: str) -> None:
        """The agent belongs to another desk now."""
        connection.desk = desk
        self.changed.set()

    def of(self, agent: str) -> Iterable[Connection]:
        """The agent's connections; none for most agents on most instances."""
        return self._by_agent.get(agent, ())

    def agents(self) -> list[str]:
        """Everybody with a socket here."""
        return list(self._by_agent)

    def desks(self) -> dict[str, tuple[str, ...]]:
        """Desk -> its agents with a socket here, sorted."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for connection in self:
            found[connection.desk].add(connection.agent)
        return {desk: tuple(sorted(agents)) for desk, agents in found.items()}

    def __iter__(self) -> Iterator[Connection]:
        for mine in list(self._by_agent.values()):
            yield from tuple(mine)

    def __len__(self) -> int:
        return sum(map(len, self._by_agent.values()))
