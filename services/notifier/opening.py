"""Brings a client up to date without losing the card that comes in between.

The order is the point. First the connection is registered and holds back what arrives; then the
shard's seq and the agent's cards are read; then the snapshot goes out, and what arrived meanwhile
and is newer. Read first and register after, and a card committed in between reaches nobody.
"""

from services.notifier.connection import Connection
from services.notifier.digest import Held, digest
from services.notifier.ports import Desktop, Desktops, UnknownAgent
from services.notifier.protocol.codes import Close
from services.notifier.protocol.server import Snapshot
from services.notifier.registry import Registry
from shared.store.errors import Transient


async def open_connection(
    connection: Connection, *, registry: Registry, desktops: Desktops
) -> None:
    """Register the connection and send it its first snapshot; the caller removes it in the end."""
    connection.hold()
    registry.add(connection)
    await synchronise(connection, registry=registry, desktops=desktops)


async def synchronise(connection: Connection, *, registry: Registry, desktops: Desktops) -> None:
    """Send a snapshot to a registered connection, and move it to the desk it shows.

    Without one the connection is closed: what it holds back could never go out.
    """
    async with connection.synchronising:
        connection.hold()
        try:
            desktop = await desktops.desktop(connection.agent)
        except UnknownAgent:
            connection.close(Close.UNKNOWN_AGENT, "there is no such active agent")
            return
        except Transient:
            connection.close(Close.TRY_AGAIN, "the store does not answer")
            return
        if desktop.agent.desk != connection.desk:
            registry.move(connection, desktop.agent.desk)
        connection.release(snapshot_of(desktop))


def snapshot_of(desktop: Desktop) -> Snapshot:
    """What the store showed, as a message."""
    held = (
        Held(card.ticket, card.assignment, card.state, card.last_message) for card in desktop.cards
    )
    return Snapshot(
        shard=desktop.shard,
        seq=desktop.seq,
        agent=desktop.agent,
        cards=desktop.cards,
        digest=digest(desktop.agent.state, held),
    )
