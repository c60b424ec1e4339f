"""What the sorter makes of customers' profiles, and of messages beside them."""

from typing import Any

import pytest

from services.router.ports import CustomerProfile
from services.router.sorter.documents import ticket_id
from shared.contracts.customer_profile_changed_v1 import CustomerProfileChanged
from shared.contracts.registry import decode
from shared.contracts.ticket_profiled_v1 import TicketProfiled
from shared.messaging.partition import partition_of
from shared.store.errors import DuplicateKey, Transient, UnknownOutcome
from tests.unit.test_sorter import NOW, PARTITIONS, Bench, wrote

MINE = ticket_id("form:web:1")
KEY = "p:b:7"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def profile(
    version: int, tier: str = "vip", *hosts: str, customer: str = "7"
) -> CustomerProfileChanged:
    return CustomerProfileChanged(
        brand="b", customer=customer, version=version, tier=tier, hosts=hosts
    )


def told(bench: Bench) -> list[tuple[str, int, str, tuple[str, ...]]]:
    """(ticket, version, tier, hosts) of everything said about profiles, in order."""
    events = (event.data for event in bench.publisher.events)
    return [
        (event.ticket, event.version, event.tier, event.hosts)
        for event in events
        if isinstance(event, TicketProfiled)
    ]


async def test_a_profile_is_kept_and_opens_the_customers_tickets_to_come(bench: Bench) -> None:
    outcome = await bench.sort(profile(3, "vip", "anna", "boris", "anna"))
    await bench.sort(wrote(1, "deposit", customer="7"))

    doc = bench.store.ticket_docs[MINE]
    assert bench.store.profile_docs[KEY] == CustomerProfile(KEY, 3, "vip", ("anna", "boris"))
    assert (doc["tier"], doc["hosts"], doc["profile"]) == ("vip", ["anna", "boris"], 3)
    assert doc["due_at"] == NOW - 2 + 60
    assert (outcome.counts, told(bench)) == ({"profiled": 1}, [])


async def test_a_customer_who_was_vouched_for_before_is_known_on_that_identity(
    bench: Bench,
) -> None:
    await bench.sort(wrote(1, customer="7"), profile(3))
    bench.store.close(MINE)

    await bench.sort(wrote(2))

    assert bench.store.ticket_docs[ticket_id("form:web:2")]["tier"] == "vip"


async def test_a_profile_of_nobody_who_writes_changes_nothing_for_others(bench: Bench) -> None:
    await bench.sort(profile(3, customer="8"), wrote(1, customer="7"), wrote(5, sender="other"))

    assert {doc["tier"] for doc in bench.store.ticket_docs.values()} == {"standard"}


async def test_the_desk_of_the_customers_ticket_is_told(bench: Bench) -> None:
    await bench.sort(wrote(1, customer="7"))

    await bench.sort(profile(3, "vip", "anna"))

    sent = bench.publisher.confirmed[-1]
    event = decode(sent.value)
    assert told(bench) == [(MINE, 3, "vip", ("anna",))]
    assert (sent.topic, sent.key) == ("support.tickets.v1", b"main")
    assert event.id == f"profiled:{MINE}:3"
    assert bench.store.ticket_docs[MINE]["tier"] == "standard"


async def test_a_ticket_that_is_over_is_told_nothing(bench: Bench) -> None:
    await bench.sort(wrote(1, customer="7"))
    bench.store.close(MINE)

    await bench.sort(profile(3))

    assert told(bench) == []


async def test_an_older_version_is_void_wherever_it_comes(bench: Bench) -> None:
    await bench.sort(wrote(1, customer="7"))
    await bench.sort(profile(5, "vip"))
    await bench.sort(profile(4, "standard"))
    await bench.sort(profile(9, "vip", "anna"), profile(8, "standard"))

    assert bench.store.profile_docs[KEY].version == 9
    assert [version for _, version, *_ in told(bench)] == [5, 9]


async def test_a_version_delivered_again_is_told_again_as_it_was_first_said(bench: Bench) -> None:
    await bench.sort(wrote(1, customer="7"))
    await bench.sort(profile(5, "vip"))
    await bench.sort(profile(5, "standard", "anna"))

    assert told(bench) == [(MINE, 5, "vip", ())] * 2


async def test_an_unconfirmed_announcement_of_a_profile_is_made_again(bench: Bench) -> None:
    await bench.sort(wrote(1, customer="7"))

    await bench.sort_at_the_second_attempt(profile(3))

    assert told(bench) == [(MINE, 3, "vip", ())]


async def test_a_profile_kept_while_the_ticket_is_being_opened_is_told_to_its_desk(
    bench: Bench,
) -> None:
    """The other sorter found no claim yet, so it had nobody to tell."""
    rival, insert = Bench(store=bench.store), bench.store.insert

    async def raced(write: Any) -> None:
        await rival.sort(profile(3))
        await insert(write)

    bench.store.insert = raced  # type: ignore[method-assign]
    await bench.sort(wrote(1, customer="7"))

    assert told(rival) == []
    assert [event.type for event in bench.publisher.events] == ["TicketOpened", "TicketProfiled"]
    assert told(bench) == [(MINE, 3, "vip", ())]


async def test_a_ticket_announced_again_has_its_profile_announced_again(bench: Bench) -> None:
    """The process that opened it died before it looked for a later profile."""
    record = bench.record(wrote(1, customer="7"))
    await bench.sort(record)
    bench.store.profile_docs[KEY] = CustomerProfile(KEY, 3, "vip", ())

    await bench.sort(record)

    assert told(bench) == [(MINE, 3, "vip", ())]


async def test_two_versions_kept_at_once_leave_the_later_one(bench: Bench) -> None:
    rival, keep = Bench(store=bench.store), bench.store.keep_profiles

    async def raced(writes: Any) -> None:
        bench.store.keep_profiles = keep  # type: ignore[method-assign]
        await rival.sort(profile(9, "vip"))
        await keep(writes)

    bench.store.keep_profiles = raced  # type: ignore[method-assign]
    await bench.sort(profile(8, "standard"))

    assert (bench.store.profile_docs[KEY].version, told(bench)) == (9, [])


@pytest.mark.parametrize("doubt", [DuplicateKey("x"), Transient("x"), UnknownOutcome("x")])
async def test_any_doubt_about_a_kept_profile_is_resolved_by_reading_again(
    bench: Bench, doubt: Exception
) -> None:
    keep = bench.store.keep_profiles

    async def doubtful(writes: Any) -> None:
        bench.store.keep_profiles = keep  # type: ignore[method-assign]
        if isinstance(doubt, UnknownOutcome):
            await keep(writes)
        raise doubt

    await bench.sort(wrote(1, customer="7"))
    bench.store.keep_profiles = doubtful  # type: ignore[method-assign]
    await bench.sort(profile(3))

    assert told(bench) == [(MINE, 3, "vip", ())]


async def test_a_profile_under_a_wrong_key_is_sent_on_under_the_right_one(bench: Bench) -> None:
    misplaced = bench.record(profile(3), key=b"7", partition=partition_of(b"7", PARTITIONS))

    outcome = await bench.sort(misplaced)

    [sent] = bench.publisher.confirmed
    assert (sent.topic, sent.key) == ("support.inbound.v1", KEY.encode())
    assert outcome.counts == {"misplaced": 1}
    assert not bench.store.profile_docs
