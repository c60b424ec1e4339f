"""Who is connected here: identity -> sockets."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.ingest.lobby.chat.connection import Connection
from services.ingest.lobby.chat.protocol.codes import Close

MAX_SOCKETS_PER_SENDER: Final = 5


class Registry:
    """The customers of this process, once they have said hello."""

    def __init__(self) -> None:
        self._by_key: Final[dict[str, list[Connection]]] = {}

    def add(self, connection: Connection) -> None:
        """From now on the customer's entries reach this connection. Above the limit their oldest
        is closed: it is the likeliest to be dead."""
        mine = self._by_key.setdefault(connection.key, [])
        mine.append(connection)
        if len(mine) > MAX_SOCKETS_PER_SENDER:
            mine[0].close(Close.REPLACED, "this customer connected too many times elsewhere")
            del mine[0]

    def remove(self, connection: Connection) -> None:
        """Legal twice."""
        mine = self._by_key.get(connection.key, [])
        if connection in mine:
            mine.remove(connection)
            if not mine:
                del self._by_key[connection.key]

    def of(self, key: str) -> Sequence[Connection]:
        """The customer's connections; none for most customers on most instances."""
        return tuple(self._by_key.get(key, ()))

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def __iter__(self) -> Iterator[Connection]:
        for mine in tuple(self._by_key.values()):
            yield from tuple(mine)

    def __len__(self) -> int:
        return sum(map(len, self._by_key.values()))
