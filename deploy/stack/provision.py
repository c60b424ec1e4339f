"""Makes a fresh stack usable: topics and indexes. Safe to repeat at any time."""

from dataclasses import dataclass

from deploy.stack.topics import provision_topics
from shared.store.driver import Store
from shared.store.indexes import provision_indexes


@dataclass(frozen=True)
class Provisioned:
    """What was missing and has been made, by name."""

    topics: list[str]


async def provision(
    *, kafka: str, mongo: str, database: str = "croupier", prefix: str = ""
) -> Provisioned:
    """Create missing topics (each name after `prefix`) and the indexes of `database`.

    Raises StackError when an existing topic has the wrong number of partitions.
    """
    created = await provision_topics(kafka, prefix=prefix)
    store = Store(url=mongo, database=database)
    try:
        await provision_indexes(store.database)
    finally:
        await store.close()
    return Provisioned(topics=created)
