"""The versions of the policy that were put in force, as the log has them."""

import asyncio
import getpass
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from cli.told_plainly import Trouble
from cli.topic_reader import read_topics
from services.router.policy import Policy, PolicyBoard, load_policy, parse_policy
from shared.contracts import InvalidEvent, decode
from shared.contracts.base import wrap
from shared.contracts.policy_published_v1 import PolicyPublished
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import outgoing


async def newest(*, kafka: str, topic_prefix: str = "") -> PolicyPublished | None:
    """The highest published so far; of two with one number the first."""
    found: PolicyPublished | None = None
    async for data in _published(kafka, topic_prefix):
        if found is None or data.policy > found.policy:
            found = data
    return found


async def board(file: Path, *, kafka: str) -> PolicyBoard:
    """As a router has it that started with the file. Raises FileInvalid, KafkaError."""
    found = PolicyBoard(await asyncio.to_thread(load_policy, file))
    async for data in _published(kafka):
        found.take(version=data.policy, file=data.file, text=data.text)
    return found


async def in_force(file: Path, *, kafka: str) -> Policy:
    """What routers deal by: the highest published, else the file they start with. Raises
    FileInvalid, KafkaError."""
    given = await asyncio.to_thread(load_policy, file)
    published = await newest(kafka=kafka)
    if published is None or published.policy <= given.version:
        return given
    return parse_policy(published.text, name=published.file)


async def publish(
    policy: Policy, *, file: str, text: str, kafka: str, topic_prefix: str = ""
) -> PolicyPublished | None:
    """Put a version in force; what was published before it. text: what the policy was read from.

    Raises Trouble when its number is not above the last one, PublishFailed when the broker did not
    confirm it.
    """
    before = await newest(kafka=kafka, topic_prefix=topic_prefix)
    if before is not None and policy.version <= before.policy:
        raise Trouble(
            f"version {policy.version} is not above {before.policy}, which is in force:"
            f" set `version: {before.policy + 1}` in {file}"
        )
    data = PolicyPublished(policy=policy.version, file=file, text=text, by=getpass.getuser())
    config = ProducerConfig(kafka=kafka, client_id="croupier-policy", topic_prefix=topic_prefix)
    async with KafkaPublisher(config) as publisher:
        event = wrap(data, id=f"policy-{policy.version}", at=datetime.now(UTC))
        await publisher.publish([outgoing(event)])
    return before


async def _published(kafka: str, topic_prefix: str = "") -> AsyncIterator[PolicyPublished]:
    """All versions, in their order in the log."""
    async for record in read_topics(kafka, [topic_prefix + PolicyPublished.TOPIC]):
        try:
            data = decode(record.value).data
        except InvalidEvent:
            continue  # routers pass it over, too
        if isinstance(data, PolicyPublished):
            yield data
