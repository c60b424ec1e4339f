"""A customer becomes somebody else to us while their ticket waits, on running routers."""

import asyncio
from typing import Any, Final

import pytest

from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.customer_profile_changed_v1 import CustomerProfileChanged
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.ticket_changed_v1 import Step, TicketChanged
from shared.runtime.clock import SystemClock, utc
from tests.integration.dealer_world import DESK, World, event

pytestmark = pytest.mark.stack

BRAND = "acme"
ENGLISH: Final[dict[str, Any]] = {
    "skills": {"lang.en": 5},
    "channels": ("form",),
    "capacity": 1.0,  # one at a time
}
POLICY = f"""
version: 1
channels: [form]
skills: [licence]
tiers: [standard, vip]
priorities: {{1: 1.0}}
priority: 1
urgent: 1
accounts:
  - {{channel: "*", account: "*", brand: {BRAND}, desk: {DESK}}}
desks:
  {DESK}:
    languages: {{en: 1}}
    default_language: en
    otherwise: all
    hard: [licence]
    queues:
      all: {{targets: {{"*": {{vip: 1m, "*": 1h}}}}}}
      laundering:
        {{needs: {{licence: 1}}, targets: {{"*": 2h}}, protected: true, confidential: true}}
"""


@pytest.fixture
def policy(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("policy") / "policy.yaml"
    path.write_text(POLICY, "utf-8")
    return path


async def test_a_waiting_ticket_whose_customer_becomes_a_vip_is_dealt_before_older_ones(
    world: World, policy: Any
) -> None:
    async with world.dealer(router_role="both", router_policy=policy):
        for customer in ("1", "2", "3"):
            await write(world, customer)
            await opened(world, customer)
        await world.arrive(profile(version=2, tier="vip"))
        step = await profiled(world)
        await world.arrive(profile(version=1, tier="standard"))
        await world.arrive(profile(version=2, tier="vip"))
        await world.staff("anna", **ENGLISH)
        card = await dealt(world)

    doc = await world.store["tickets"].find_one({"_id": card.ticket})
    assert doc is not None
    assert (card.customer, doc["tier"], doc["profile"]) == (f"p:{BRAND}:3", "vip", 2)
    assert card.due_at == utc(doc["queued_at"] + 60)
    assert (step.from_tier, step.tier) == ("standard", "vip")


async def test_a_profile_known_before_keeps_a_new_ticket_for_the_customers_own_agent(
    world: World, policy: Any
) -> None:
    async with world.dealer(router_role="both", router_policy=policy):
        await world.staff("anna", "zoe", **ENGLISH)
        await world.arrive(profile(version=1, tier="vip", hosts=("zoe",)))
        await kept(world)
        await write(world, "3")
        card = await dealt(world)

    assert (card.agent, card.customer) == ("zoe", f"p:{BRAND}:3")


async def test_a_matter_said_by_another_system_moves_what_waits_and_takes_what_comes(
    world: World, policy: Any
) -> None:
    async with world.dealer(router_role="both", router_policy=policy):
        await write(world, "3")
        await opened(world, "3")
        await world.arrive(profile(version=1, tier="standard", matter="laundering"))
        moved = await _step(world, "matter_opened", customer=f"p:{BRAND}:3")
        await world.arrive(profile(version=1, tier="standard", matter="laundering"))
        await write(world, "3", "m4")
        await world.hire("anna", **ENGLISH)
        await world.hire("lena", **ENGLISH | {"skills": {"lang.en": 5, "licence": 1}})
        await world.on_duty("anna", "lena")
        card = await dealt(world)
        replies = [each for each in world.heard if isinstance(event(each).data, ReplyRequested)]

    ticket = await ticket_of(world, "m3")
    assert (moved.to_queue, replies, ticket["paged"]) == ("laundering", [], ["nobody_ready"])
    assert (ticket["queue"], ticket["due_at"]) == ("laundering", ticket["queued_at"] + 7_200)
    assert (card.agent, card.ticket, await ticket_of(world, "m4")) == (
        "lena",
        ticket["_id"],
        await ticket_of(world, "m3"),
    )


async def test_what_a_customer_in_a_matter_writes_is_its_own_ticket_until_it_is_closed(
    world: World, policy: Any
) -> None:
    async with world.dealer(router_role="both", router_policy=policy):
        await world.arrive(profile(version=1, tier="standard", matter="laundering"))
        await kept(world)
        await write(world, "3", "m1")
        inside = await _step(world, "opened", customer=f"p:{BRAND}:3")
        await world.arrive(profile(version=2, tier="standard"))
        await kept(world, version=2)
        await write(world, "3", "m2")
        await world.staff("anna", **ENGLISH)
        card = await dealt(world)

    first, second = await ticket_of(world, "m1"), await ticket_of(world, "m2")
    assert (inside.to_queue, first["queue"], first["lane"]) == ("laundering",) * 3
    assert (first["topic"], first["agent"]) == ("deposit", None)
    assert (card.ticket, second["queue"], "lane" in second) == (second["_id"], "all", False)


def profile(
    *, version: int, tier: str, hosts: tuple[str, ...] = (), matter: str | None = None
) -> CustomerProfileChanged:
    return CustomerProfileChanged(
        brand=BRAND, customer="3", version=version, tier=tier, hosts=hosts, matter=matter
    )


async def write(world: World, customer: str, number: str = "") -> None:
    message = MessageReceived(
        channel="form",
        account="web",
        sender=f"s{customer}",
        message_id=number or f"m{customer}",
        sent_at=utc(SystemClock().now()),
        text="Where is my deposit?",
        customer=customer,
        lang_hint="en",
    )
    await world.arrive(message)


async def opened(world: World, customer: str) -> None:
    await _step(world, "opened", customer=f"p:{BRAND}:{customer}")


async def profiled(world: World) -> Step:
    return await _step(world, "customer_profiled", customer=f"p:{BRAND}:3")


async def dealt(world: World) -> AssignmentCard:
    """The first card that anybody gets."""

    def wanted(record: Any) -> bool:
        data = event(record).data
        return isinstance(data, AssignmentCard) and data.state == "offered"

    found = event(await world.hear(wanted)).data
    assert isinstance(found, AssignmentCard)
    return found


async def kept(world: World, *, version: int = 1) -> None:
    """The sorter has taken the profile in."""
    await _found(world, "customers", {"_id": f"p:{BRAND}:3", "version": version})


async def ticket_of(world: World, message: str) -> Any:
    """The document of the ticket that a message is in, once it is in one."""
    stored = await _found(world, "messages", {"_id": f"form:web:{message}"})
    return await _found(world, "tickets", {"_id": stored["ticket"]})


async def _found(world: World, collection: str, query: dict[str, Any]) -> Any:
    async with asyncio.timeout(20):
        while True:
            doc = await world.store[collection].find_one(query)
            if doc is not None:
                return doc
            await asyncio.sleep(0.05)


async def _step(world: World, on: str, *, customer: str) -> Step:
    def found(record: Any) -> list[Step]:
        data = event(record).data
        mine = isinstance(data, TicketChanged) and data.customer == customer
        return [step for step in data.steps if step.on == on] if mine else []  # type: ignore[attr-defined]

    return found(await world.hear(lambda record: bool(found(record))))[0]
