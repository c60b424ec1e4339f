"""Brings a client up to date without losing the reply that comes in between.

The order is the point. First the connection is registered and holds back what arrives; then the
store is read; then both, and what the last minutes brought and the store may not have yet, are
told in one order. Read first and register after, and a reply in between reaches nobody.
"""

from services.ingest.lobby.chat.connection import Connection
from services.ingest.lobby.chat.entries import page, seconds_of
from services.ingest.lobby.chat.memory import MEMORY_SECONDS, Memory
from services.ingest.lobby.chat.ports import History
from services.ingest.lobby.chat.protocol.codes import Close
from services.ingest.lobby.chat.protocol.server import CaughtUp
from services.ingest.lobby.chat.registry import Registry
from shared.runtime.clock import Clock
from shared.runtime.logging import get_logger
from shared.store.errors import StoreError

HISTORY_SECONDS = 30 * 86_400.0
OVERLAP_SECONDS = MEMORY_SECONDS
"""What is told again before `since`: times are those of several clocks."""


async def open_connection(
    connection: Connection,
    *,
    since: str | None,
    registry: Registry,
    memory: Memory,
    history: History,
    clock: Clock,
) -> None:
    """Register the connection and tell it what was said; the caller removes it in the end.

    Without the store it is closed: it would miss what it asks for, and not know.
    """
    connection.hold()
    registry.add(connection)
    not_before = clock.now() - HISTORY_SECONDS
    after = max(not_before, seconds_of(since) - OVERLAP_SECONDS)
    try:
        stored = await history.page(connection.key, after=after, not_before=not_before)
    except StoreError as error:
        get_logger().warning("chat.no_history", error=str(error))
        connection.close(Close.TRY_AGAIN, "the store does not answer: connect again")
        return
    # no await from here on: whatever comes after this moment is pushed behind it
    connection.release(page(memory.of(connection.key), stored))
    connection.say(CaughtUp())
