"""`croupier roster`: who works on which desk."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.base import wrap
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import outgoing
from shared.store.driver import Store

_POLL_SECONDS: Final = 0.1


async def publish_roster(
    profiles: Sequence[AgentProfileChanged], *, kafka: str, topic_prefix: str = ""
) -> None:
    """Tell the desks. Raises PublishFailed when the broker did not confirm all of it."""
    at, run = datetime.now(UTC), secrets.token_hex(6)
    events = [wrap(each, id=f"roster-{run}/{each.agent}", at=at) for each in profiles]
    config = ProducerConfig(kafka=kafka, client_id="croupier-roster", topic_prefix=topic_prefix)
    async with KafkaPublisher(config) as publisher:
        await publisher.publish([outgoing(event) for event in events])


async def taken_in(profiles: Sequence[AgentProfileChanged], *, store: Store) -> None:
    """Until the desks have stored every one of them."""
    ids = [each.agent for each in profiles]
    known = {"_id": {"$in": ids}}
    while await store["agents"].count_documents(known) < len(ids):  # noqa: ASYNC110 - in a store
        await asyncio.sleep(_POLL_SECONDS)
