"""What the store knows of a batch: read in at most two rounds, but for what customers in a matter
have open, then carried on in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.router.ports import CustomerProfile, IdentityDoc, KnownEntry, OpenTicket, SortStore
from services.router.sorter.item import Item
from services.router.sorter.lanes import ORDINARY, Lanes
from shared.contracts.identity import is_forgeable

T = TypeVar("T")


@dataclass(slots=True)
class View:
    """Deciding an item adds to it, so that the batch's later items see it. Each by its key."""

    known: dict[str, KnownEntry]
    identities: dict[str, IdentityDoc]
    joinable: dict[str, OpenTicket]
    tickets: dict[str, OpenTicket]
    profiles: dict[str, CustomerProfile]
    lanes: Lanes

    def customer_of(self, item: Item) -> str:
        """Vouched for now, else vouched for before, else nobody but the identity itself. Where
        senders can be forged, what was vouched for before says nothing of who writes now."""
        if item.vouched is not None:
            return item.vouched
        if is_forgeable(item.event.channel):
            return item.anonymous
        identity = self.identities.get(item.identity)
        return identity.customer if identity is not None else item.anonymous

    def join_keys(self, item: Item) -> tuple[str, ...]:
        """Keys of tickets the item may join, best first.

        The conversation an identity began anonymously comes first: it goes on in its ticket
        when somebody vouches. Not where another customer has been vouched for, nor where senders
        can be forged: then that conversation may be somebody else's.
        """
        return self._keys(item, self.lanes.joined_by(item, self.matter_of(item)))

    def keys_read(self, item: Item) -> tuple[str, ...]:
        """Of all that deciding it looks at."""
        return self._keys(item, _looked_at(item, self.lanes, self.matter_of(item)))

    def matter_of(self, item: Item) -> str:
        """The queue in which a matter of the customer's is open; empty: in none that is known."""
        profile = self.profiles.get(self.customer_of(item))
        return profile.matter if profile is not None else ""

    def ordinary_of(self, item: Item) -> OpenTicket | None:
        """The customer's ticket that is not protected."""
        return self._first(self._keys(item, (ORDINARY,)))

    def ticket_of(self, item: Item) -> OpenTicket | None:
        """The ticket an entry goes to: that of the entry it changes, else a joinable one."""
        changed = self.known.get(item.of) if item.of is not None else None
        if changed is not None and changed.ticket in self.tickets:
            return self.tickets[changed.ticket]
        return self._first(self.join_keys(item)) or self._drawn(item)

    def ordinary_in_matters(self, items: Iterable[Item]) -> set[str]:
        """Ids of the ordinary tickets of customers in a matter."""
        found = (self.ordinary_of(item) for item in items if self.matter_of(item))
        return {ticket.ticket for ticket in found if ticket is not None}

    def _drawn(self, item: Item) -> OpenTicket | None:
        """The customer's ordinary ticket, where it is in the queue of the lane that the item is of:
        a matter of theirs moved it there, and their messages go on joining it."""
        ordinary, lane = self.ordinary_of(item), self.lanes.opened_by(item, self.matter_of(item))
        if ordinary is None or lane == ORDINARY or lane != self.matter_of(item):
            return None
        read = self.tickets.get(ordinary.ticket)
        return ordinary if read is not None and read.queue == lane else None

    def _keys(self, item: Item, lanes: Sequence[str]) -> tuple[str, ...]:
        customer = self.customer_of(item)
        identity = self.identities.get(item.identity)
        elsewhere = identity is not None and identity.customer != customer
        elsewhere = elsewhere or is_forgeable(item.event.channel)
        customers = (customer,) if elsewhere else (item.anonymous, customer)
        return tuple(item.join_key(each, lane) for lane in lanes for each in customers)

    def _first(self, keys: Sequence[str]) -> OpenTicket | None:
        return next((self.joinable[key] for key in keys if key in self.joinable), None)


def _looked_at(item: Item, lanes: Lanes, matter: str = "") -> tuple[str, ...]:
    """A protected ticket says beside which ordinary one it was opened. Whoever is vouched for here
    may be so for the batch's other items: their matter is looked at even where it decides nothing
    of this one."""
    joined = (*lanes.joined_by(item, matter), ORDINARY)
    return tuple(dict.fromkeys((*joined, matter) if matter else joined))


async def read_view(
    items: Sequence[Item], store: SortStore, *, lanes: Lanes, trusting: bool
) -> View:
    """trusting: take every item for one that was never stored; the insert says if one was. Raises
    Transient."""
    entries = {item.of for item in items if item.of is not None}
    if not trusting:
        entries |= {item.entry for item in items}
    # whoever is vouched for in one message is so in the batch's others of that identity
    vouched_on: dict[str, set[str]] = {item.identity: set() for item in items}
    for item in items:
        if item.vouched is not None:
            vouched_on[item.identity].add(item.vouched)
    guessed = {
        item.join_key(customer, lane)
        for item in items
        for customer in (item.anonymous, *vouched_on[item.identity])
        for lane in _looked_at(item, lanes)
    }
    vouched = set().union(*vouched_on.values())
    known, identities, joinable, profiles = await asyncio.gather(
        store.known_entries(sorted(entries)),
        store.identities(sorted({item.identity for item in items})),
        store.joinable(sorted(guessed)),
        store.profiles(sorted(vouched)),
    )
    view = View(dict(known), dict(identities), dict(joinable), {}, dict(profiles), lanes)
    await _read_further(items, view, store, guessed | vouched)
    return view


async def _read_further(
    items: Sequence[Item], view: View, store: SortStore, read: set[str]
) -> None:
    """What only the first round's answers name: vouched customers' tickets, known entries'."""
    keys = {key for item in items for key in view.keys_read(item)} - read
    ids = {entry.ticket for entry in view.known.values() if entry.ticket is not None}
    customers = {identity.customer for identity in view.identities.values()} - read
    more, by_id, profiles = await asyncio.gather(
        _asked(store.joinable, keys), _asked(store.tickets, ids), _asked(store.profiles, customers)
    )
    view.joinable.update(more)
    view.tickets.update(by_id)
    view.profiles.update(profiles)
    named = {key for item in items for key in view.keys_read(item)} - read - keys
    view.joinable.update(await _asked(store.joinable, named))
    view.tickets.update(await _asked(store.tickets, view.ordinary_in_matters(items)))


async def _asked(
    question: Callable[[Sequence[str]], Awaitable[Mapping[str, T]]], keys: set[str]
) -> Mapping[str, T]:
    return await question(sorted(keys)) if keys else {}
