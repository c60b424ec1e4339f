"""A customer's profile on its way through a dealer: to the document, and to the next owner."""

from dataclasses import replace

from services.router.domain.protection import Protection
from services.router.domain.treatment import Kind, Treatment
from services.router.ports import CustomerProfile
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.ticket_profiled_v1 import TicketProfiled
from tests.unit.dealer_driver import RULES, World, ticket_doc
from tests.unit.desk_driver import NOON, requirement

NEEDS = requirement()


def treat(kind: Kind) -> Treatment:
    if kind.queue == "care":
        return Treatment("care", 3, requirement(queue="care"), 120.0)
    return Treatment("payments", 3, NEEDS, 60.0 if kind.tier == "vip" else 600.0)


PROTECTING = replace(RULES, treat=treat, protected={"care": Protection()})


def world(*tickets: str) -> World:
    """Tickets that wait, the first the longest."""
    made = World(rules=(replace(RULES, treat=treat),))
    for place, name in enumerate(tickets):
        since = NOON - 10 + place
        made.store.insert([ticket_doc(name, queued_at=since, due_at=since + 600, version=2)])
    return made


def profiled(
    world: World,
    ticket: str,
    *hosts: str,
    tier: str = "vip",
    version: int = 4,
    matter: str | None = None,
) -> None:
    news = TicketProfiled(
        ticket=ticket, desk="main", version=version, tier=tier, hosts=hosts, matter=matter
    )
    world.tell(news, id=f"profiled:{ticket}:{version}")


async def test_a_waiting_ticket_of_a_new_vip_is_dealt_before_older_ones() -> None:
    around = world("t1", "t2")
    async with around.worker() as running:
        profiled(around, "t2", "anna")
        await running.settle()
        around.staff("anna")
        await running.settle()

    doc = around.store.ticket_docs["t2"]
    assert (doc["agent"], doc["tier"], doc["hosts"], doc["profile"]) == ("anna", "vip", ["anna"], 4)
    assert doc["due_at"] == NOON - 9 + 60
    assert around.store.ticket_docs["t1"]["agent"] is None


async def test_the_step_tells_tier_and_deadline_before_and_after() -> None:
    around = world("t1")
    async with around.worker() as running:
        profiled(around, "t1", "anna")
        await running.settle()

    [event] = around.said(TicketChanged)
    [step] = event.data.steps
    assert (step.on, step.from_tier, step.tier) == ("customer_profiled", "standard", "vip")
    assert step.hosts == ("anna",)
    assert step.from_due_at is not None
    assert step.due_at is not None
    assert (step.from_due_at - step.due_at).total_seconds() == 540


async def test_a_matter_of_the_customer_moves_their_ticket_and_a_new_owner_finds_it_there() -> None:
    around = world("t1")
    around.rules = (PROTECTING,)
    async with around.worker() as running:
        profiled(around, "t1", matter="care")
        await running.settle()
    around.another_owner()
    async with around.worker() as running:
        profiled(around, "t1", matter="care")
        await running.settle()

    doc = around.store.ticket_docs["t1"]
    assert (doc["queue"], doc["moved_to"], doc["due_at"]) == ("care", "care", NOON - 10 + 120)
    assert around.steps("t1") == ["customer_profiled", "matter_opened", "paged_nobody_ready"]
    [moved] = [
        step
        for event in around.said(TicketChanged)
        for step in event.data.steps
        if step.on == "matter_opened"
    ]
    assert (moved.to_queue, moved.agent, moved.note) == ("care", None, None)


async def test_a_matter_that_the_log_lost_is_read_from_the_store() -> None:
    around = world()
    around.rules = (PROTECTING,)
    around.store.insert([ticket_doc("t1", customer="p:b:7")])
    async with around.worker() as running:
        around.hire("anna")
        await running.settle()
    around.store.profile_docs["p:b:7"] = CustomerProfile("p:b:7", 4, "vip", (), "care")
    async with around.worker() as running:
        await running.settle()

    assert around.store.ticket_docs["t1"]["queue"] == "care"


async def test_a_profile_announced_again_is_written_once() -> None:
    around = world("t1")
    async with around.worker() as running:
        profiled(around, "t1")
        profiled(around, "t1")
        profiled(around, "t1", tier="standard", version=3)
        await running.settle()

    assert around.steps("t1") == ["customer_profiled"]


async def test_a_new_owner_goes_by_the_profile_and_passes_by_the_same_again() -> None:
    around = world("t1", "t2")
    async with around.worker() as running:
        profiled(around, "t2")
        await running.settle()
    around.another_owner()
    async with around.worker() as running:
        profiled(around, "t2")
        around.staff("anna")
        await running.settle()

    assert around.store.ticket_docs["t2"]["agent"] == "anna"
    assert around.steps("t2") == ["customer_profiled", "dealt"]


async def test_a_ticket_not_in_memory_is_read_from_the_store_first() -> None:
    around = world()
    async with around.worker() as running:
        around.store.insert([ticket_doc("t1")])
        profiled(around, "t1")
        await running.settle()

    assert around.steps("t1") == ["opened", "customer_profiled"]
    assert around.store.ticket_docs["t1"]["tier"] == "vip"


async def test_a_profile_whose_announcement_the_log_lost_is_read_from_the_store() -> None:
    around = world()
    around.store.insert([ticket_doc("t1", customer="p:b:7"), ticket_doc("t2", customer="p:b:8")])
    async with around.worker() as running:
        around.hire("anna")
        await running.settle()
    around.store.profile_docs["p:b:7"] = CustomerProfile("p:b:7", 4, "vip", ("anna",))
    async with around.worker() as running:  # there is no record of tickets to know the log by
        await running.settle()

    doc = around.store.ticket_docs["t1"]
    assert (doc["tier"], doc["hosts"], doc["profile"]) == ("vip", ["anna"], 4)
    assert around.steps("t2") == ["opened"]


async def test_a_profile_of_a_ticket_that_is_nowhere_is_set_aside() -> None:
    around = world()
    async with around.worker() as running:
        profiled(around, "t1")
        await running.settle()

    assert around.dead_letters() == ["ticket: announced, but not in the store"]
