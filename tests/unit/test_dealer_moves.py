"""A dealer and tickets that change desks: hints, messages that overtake others, lost logs."""

from dataclasses import replace

from services.router.domain.events import EntryAdded
from services.router.domain.rules import Elsewhere
from shared.contracts import decode
from shared.contracts.ticket_moved_v1 import TicketMoved
from shared.contracts.transfer_ticket_v1 import TransferTicket
from tests.fakes.feed import TICKETS
from tests.unit.dealer_driver import RULES, World, ticket_doc
from tests.unit.desk_driver import NOON

MAIN = replace(RULES, elsewhere={"casino": Elsewhere(frozenset(), {})})
CASINO = replace(RULES, desk="casino", elsewhere={"main": Elsewhere(frozenset(), {})})


def entry(offset: int, *, ticket: str = "t") -> EntryAdded:
    name = f"web:main:{ticket}-m{offset}"
    identity = f"web:main:{ticket}"
    return EntryAdded(name, ticket, name, "message", 0, offset, NOON, identity, True)


def stored(world: World, *offsets: int, at: float = NOON) -> None:
    """By the sorter, while the ticket was at main."""
    world.store.entries += [("main", at, entry(offset)) for offset in offsets]


def heard(world: World) -> None:
    """What the dealer said to desks comes to them."""
    for said in world.publisher.confirmed:
        if said.topic == TICKETS:
            world.tell(decode(said.value).data)


async def test_two_desks_of_one_shard_hand_a_ticket_on_by_the_broker() -> None:
    world = World(rules=(MAIN, CASINO))
    world.store.insert([ticket_doc("t")])
    async with world.worker() as running:
        world.staff("anna")
        world.staff("dora", desk="casino")
        world.wrote("t")
        await running.settle()
        world.accept("t", "anna")
        about = {"desk": "main", "agent": "anna", "ticket": "t", "assignment": 1}
        world.tell(TransferTicket.model_validate({**about, "to_desk": "casino"}))
        world.wrote("t", offset=2)
        await running.settle()
        moved = dict(world.store.ticket_docs["t"])
        heard(world)
        await running.settle()

    assert (moved["desk"], moved["state"], moved["agent"]) == ("casino", "queued", None)
    doc = world.store.ticket_docs["t"]
    assert (doc["desk"], doc["agent"], doc["assignment"]) == ("casino", "dora", 2)
    assert (doc["entries"], doc["came_from"], doc["queued_at"]) == (3, "", NOON)
    assert [each.data.from_desk for each in world.said(TicketMoved)] == ["main"]
    assert world.dead_letters() == []


async def test_a_new_owner_finds_what_came_before_its_hint() -> None:
    world = World(rules=(CASINO,))
    world.store.insert([ticket_doc("t", desk="casino", came_from="main", moves=1, version=4)])
    async with world.worker() as running:
        world.tell(TicketMoved(ticket="t", desk="casino", from_desk="main"))
        await running.settle()

    assert world.steps("t") == ["arrived"]


async def test_what_was_overtaken_is_applied_in_its_order_and_once() -> None:
    world = World()
    world.store.insert([ticket_doc("t", moves=1, version=4)])
    async with world.worker() as running:
        stored(world, 1, 2)
        world.wrote("t", offset=2)
        await running.settle()
        world.wrote("t", offset=1)
        await running.settle()

    doc = world.store.ticket_docs["t"]
    assert (doc["entries"], doc["seen"], doc["last_message"]) == (3, {"0": 2}, "web:main:t-m2")


async def test_a_ticket_that_never_moved_costs_no_question() -> None:
    world = World()
    world.store.insert([ticket_doc("t")])
    stored(world, 1, 2)
    async with world.worker() as running:
        world.wrote("t", offset=2)
        await running.settle()

    assert world.store.ticket_docs["t"]["entries"] == 2


async def test_what_was_forwarded_and_lost_with_the_log_is_read_however_old_it_is() -> None:
    world = World()
    world.store.insert([ticket_doc("t", moves=1, version=4)])
    async with world.worker() as running:
        world.hire("anna")
        await running.settle()
    stored(world, 1, at=NOON - 1e6)
    async with world.worker() as running:
        await running.settle()

    assert world.store.ticket_docs["t"]["entries"] == 2
