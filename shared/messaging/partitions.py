"""How many partitions the topics have."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient

from shared.messaging.opening import opened


class MissingTopic(Exception):
    """A topic was never provisioned."""


async def partition_counts(kafka: str, topics: Sequence[str]) -> dict[str, int]:
    """Topic -> count. Raises MissingTopic, naming the fix; KafkaError when no broker answers."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, client_id="croupier-start")
    try:
        await opened(admin.start())
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    counts = {found["topic"]: len(found["partitions"]) for found in described}
    if missing := [name for name in topics if not counts.get(name)]:
        raise MissingTopic(f"{', '.join(missing)}: run `croupier stack provision`")
    return counts
