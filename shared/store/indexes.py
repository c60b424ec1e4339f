"""The indexes every query of the program relies on; provisioning them is idempotent."""

from datetime import timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel

MESSAGES_KEPT = timedelta(days=30)
"""At least this long a repeated delivery of a message is recognised."""

INDEXES: dict[str, list[IndexModel]] = {
    "tickets": [
        IndexModel(
            [("desk", ASCENDING), ("state", ASCENDING), ("due_at", ASCENDING)],
            name="desk_state_due",
        ),
        IndexModel([("agent", ASCENDING), ("state", ASCENDING)], name="agent_state"),
    ],
    "messages": [
        IndexModel([("ticket", ASCENDING), ("at", ASCENDING)], name="ticket_at"),
        IndexModel([("identity", ASCENDING), ("at", ASCENDING)], name="identity_at"),
        IndexModel(
            [("stored_at", ASCENDING)],
            name="retention",
            expireAfterSeconds=int(MESSAGES_KEPT.total_seconds()),
        ),
    ],
    "replies": [
        IndexModel([("ticket", ASCENDING), ("at", ASCENDING)], name="ticket_at"),
        IndexModel([("key", ASCENDING), ("at", ASCENDING)], name="key_at"),
        IndexModel(
            [("stored_at", ASCENDING)],
            name="retention",
            expireAfterSeconds=int(MESSAGES_KEPT.total_seconds()),
        ),
    ],
    "deliveries": [
        # those with nothing left to do have no `open`, and are not in it
        IndexModel(
            [("open", ASCENDING), ("partition", ASCENDING)], name="open_partition", sparse=True
        ),
        IndexModel(
            [("channel", ASCENDING), ("account", ASCENDING), ("provider_ids", ASCENDING)],
            name="account_provider_ids",
        ),
        IndexModel([("kept_until", ASCENDING)], name="retention", expireAfterSeconds=0),
    ],
    "statuses": [
        IndexModel([("reply", ASCENDING)], name="reply", sparse=True),
        IndexModel([("kept_until", ASCENDING)], name="retention", expireAfterSeconds=0),
    ],
    "agents": [IndexModel([("desk", ASCENDING)], name="desk")],
    "decisions": [
        IndexModel([("ticket", ASCENDING), ("version", ASCENDING)], name="ticket_version"),
        IndexModel(
            [("agents", ASCENDING), ("about", ASCENDING), ("at", ASCENDING)],
            name="agents_about_at",
        ),
        IndexModel([("expires_at", ASCENDING)], name="retention", expireAfterSeconds=0),
    ],
}


async def provision_indexes(database: Any) -> None:
    """Create what is missing. `database` is one of either driver."""
    for collection, models in INDEXES.items():
        await database[collection].create_indexes(models)
