"""A policy is put in force on running routers: what waits follows, now and after a restart."""

import pytest

from cli.policy_versions import newest, publish
from cli.told_plainly import Trouble
from services.router.policy import parse_policy
from shared.contracts.turn_recorded_v1 import TurnRecorded
from tests.integration.dealer_world import POLICY, World, event

pytestmark = pytest.mark.stack

FILE = POLICY.read_text("utf-8")


def with_fallback(version: int) -> str:
    """Lithuanian may be answered in Russian at once."""
    text = FILE.replace("version: 1", f"version: {version}", 1)
    return text.replace("{lt: {ru: 1m,", "{lt: {ru: 0s,", 1)


async def apply(world: World, text: str) -> None:
    policy = parse_policy(text)
    where = {"kafka": world.fresh.stack.kafka, "topic_prefix": world.fresh.topic_prefix}
    await publish(policy, file="betting.yaml", text=text, **where)


def by_policy(version: int, record: object) -> bool:
    data = event(record).data if record.topic.endswith("events.v1") else None  # type: ignore[attr-defined]
    return isinstance(data, TurnRecorded) and data.policy == version


async def test_a_fallback_language_reaches_those_who_wait_already(world: World) -> None:
    async with world.dealer():
        await world.staff("anna")
        await world.open("t1", lang="lt")
        await world.hear(lambda record: by_policy(1, record))
        await apply(world, with_fallback(2))
        card = await world.card("t1", "offered")
        await world.hear(lambda record: by_policy(2, record))

    assert card.agent == "anna"


async def test_a_router_that_starts_later_deals_by_the_version_in_force(world: World) -> None:
    await apply(world, with_fallback(2))
    async with world.dealer():
        await world.staff("anna")
        await world.open("t1", lang="lt")
        card = await world.card("t1", "offered")

    assert card.agent == "anna"


async def test_a_version_that_is_not_above_the_one_in_force_is_not_published(world: World) -> None:
    await apply(world, with_fallback(5))

    with pytest.raises(Trouble, match="version 5 is not above 5, which is in force"):
        await apply(world, with_fallback(5))

    last = await newest(kafka=world.fresh.stack.kafka, topic_prefix=world.fresh.topic_prefix)
    assert last is not None
    assert last.policy == 5
