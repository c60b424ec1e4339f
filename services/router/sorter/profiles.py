"""Customers' profiles: kept, and told to the desks of the tickets they concern.

A profile is written before its customer's claim is read; a ticket is written with its claim before
its customer's profile is read again. So of two processes, whichever writes last sees the other's.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.router.ports import CustomerProfile, ProfileWrite, SortStore
from services.router.sorter.announcing import profile_news
from services.router.sorter.deciding import Born
from services.router.sorter.reading import Profiled
from shared.contracts.identity import is_vouched
from shared.messaging.records import Outgoing


async def keep(asked: Sequence[Profiled], store: SortStore, *, at: datetime) -> list[Outgoing]:
    """Store what is later than the store's; what to tell, also of what was stored before: the
    process that owed it may have died. Raises what SortStore.keep_profiles does."""
    latest = _latest(each.profile for each in asked)
    known = await store.profiles(sorted(latest))
    writes = _newer(latest, known)
    if writes:
        await store.keep_profiles(writes)
    current = {**known, **{profile.customer: profile for profile, _ in writes}}
    keys = {key: current[each.profile.customer] for each in asked for key in each.join_keys}
    tickets = await store.joinable(sorted(keys))
    return [
        profile_news(profile, ticket=tickets[key], at=at)
        for key, profile in keys.items()
        if key in tickets and profile.version == latest[profile.customer].version
    ]


async def late_news(born: Sequence[Born], store: SortStore, *, at: datetime) -> list[Outgoing]:
    """Profiles that tickets just stored were not opened by. Raises Transient."""
    customers = {one.ticket.customer for one in born if is_vouched(one.ticket.customer)}
    profiles = await store.profiles(sorted(customers)) if customers else {}
    return [
        profile_news(profile, ticket=one.ticket, at=at)
        for one in born
        if (profile := profiles.get(one.ticket.customer)) and profile.version > one.profile
    ]


def _latest(profiles: Iterable[CustomerProfile]) -> dict[str, CustomerProfile]:
    """By customer; of equal versions the first."""
    latest: dict[str, CustomerProfile] = {}
    for profile in profiles:
        known = latest.get(profile.customer)
        if known is None or profile.version > known.version:
            latest[profile.customer] = profile
    return latest


def _newer(
    latest: Mapping[str, CustomerProfile], known: Mapping[str, CustomerProfile]
) -> list[ProfileWrite]:
    return [
        ProfileWrite(profile, expected)
        for customer, profile in latest.items()
        if profile.version > (expected := known[customer].version if customer in known else 0)
    ]
