"""Cards for the notifier's unit tests."""

from typing import Any

from services.notifier.connection import Connection, Push
from services.notifier.protocol.server import Card, CardChanged, spoken
from shared.runtime.clock import utc

SHARD = 3


def card(ticket: str = "T1", *, seq: int = 1, n: int = 0, **changes: Any) -> Card:
    """An offer, unless `changes` say otherwise."""
    fields: dict[str, Any] = {
        "shard": SHARD,
        "seq": seq,
        "n": n,
        "ticket": ticket,
        "assignment": 1,
        "state": "offered",
        "desk": "vip",
        "queue": "deposit",
        "priority": 0,
        "channel": "telegram",
        "lang": "ru",
        "topic": "deposit",
        "customer": "c1",
        "assurance": "channel",
        "opened_at": utc(1_790_000_000.0),
        "due_at": utc(1_790_000_600.0),
        "last_message": "m1",
        "messages": 1,
    }
    return Card.model_validate(fields | changes)


def push(shown: Card) -> Push:
    """The card on its way to a connection."""
    text = spoken(CardChanged(card=shown, at=utc(1_790_000_001.0)))
    return Push(shown.shard, shown.seq, shown.n, text)


def a_connection(agent: str = "lina", desk: str = "vip", **changes: Any) -> Connection:
    return Connection(agent=agent, desk=desk, **changes)
