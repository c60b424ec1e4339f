"""The sorter's side of the store, on MongoDB: reads by `_id`; inserts, and replaces
profiles only.

A ticket, the claim that makes it the only joinable one of its customer, and its messages go in
together, so a take-over never meets one without the others.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from services.router.adapters.documents import profiles_from
from services.router.ports import (
    CustomerProfile,
    IdentityDoc,
    KnownEntry,
    OpenTicket,
    ProfileWrite,
    SortWrite,
)
from shared.store.documents import ClaimDoc, CustomerDoc
from shared.store.driver import Store
from shared.store.errors import DuplicateKey
from shared.store.writes import Writes

_ENTRY: Final = {"ticket": 1, "digest": 1, "partition": 1, "offset": 1, "reopens": 1, "rating": 1}
_TICKET: Final = {"desk": 1, "customer": 1, "brand": 1}


async def _nowhere(_point: str) -> None:
    return


class MongoSortStore:
    """SortStore. `hit` passes the failpoint inside the transaction."""

    def __init__(self, store: Store, *, hit: Callable[[str], Awaitable[None]] = _nowhere) -> None:
        self._store: Final = store
        self._hit: Final = hit

    async def known_entries(self, ids: Sequence[str]) -> Mapping[str, KnownEntry]:
        docs = await self._find("messages", ids, _ENTRY)
        return {
            doc["_id"]: KnownEntry(
                doc["ticket"],
                bytes(doc["digest"]),
                doc["partition"],
                doc["offset"],
                doc["reopens"],
                doc.get("rating", 0),
            )
            for doc in docs
        }

    async def identities(self, keys: Sequence[str]) -> Mapping[str, IdentityDoc]:
        docs = await self._find("identities", keys, {"customer": 1, "vouched": 1})
        return {
            doc["_id"]: IdentityDoc(doc["_id"], doc["customer"], doc["vouched"]) for doc in docs
        }

    async def joinable(self, keys: Sequence[str]) -> Mapping[str, OpenTicket]:
        docs = await self._find("claims", keys, {**_TICKET, "ticket": 1})
        return {
            doc["_id"]: OpenTicket(doc["ticket"], doc["desk"], doc["customer"], doc["brand"])
            for doc in docs
        }

    async def tickets(self, ids: Sequence[str]) -> Mapping[str, OpenTicket]:
        docs = await self._find("tickets", ids, {**_TICKET, "queue": 1})
        return {
            doc["_id"]: OpenTicket(
                doc["_id"], doc["desk"], doc["customer"], doc["brand"], doc["queue"]
            )
            for doc in docs
        }

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, CustomerProfile]:
        return profiles_from(await self._find("customers", customers, None))

    async def keep_profiles(self, writes: Sequence[ProfileWrite]) -> None:
        bulk = _profile_writes(writes)
        async with self._store.transaction() as session:
            if await self._store.write(bulk, session=session) != bulk.to_match:
                raise DuplicateKey("a customer's profile is another version by now")

    async def insert(self, write: SortWrite) -> None:
        async with self._store.transaction() as session:
            await self._store.write(_writes(write), session=session)
            await self._hit("sorter.inside_insert")

    async def _find(
        self, collection: str, keys: Sequence[str], fields: Mapping[str, int] | None
    ) -> list[dict[str, Any]]:
        """One query for any number of keys. Raises Transient."""
        if not keys:
            return []
        return await self._store.find(collection, {"_id": {"$in": list(keys)}}, fields)


def _writes(write: SortWrite) -> Writes:
    """Claims first: of two sorters that open a ticket of one customer, the second ends there."""
    writes = Writes()
    for claim in _claims(write.tickets):
        writes.insert("claims", claim)
    for ticket in write.tickets:
        writes.insert("tickets", ticket)
    for message in write.messages:
        writes.insert("messages", message)
    for one in write.identities:
        identity = {"_id": one.identity, "customer": one.customer, "vouched": one.vouched}
        writes.insert("identities", identity)
    return writes


def _profile_writes(profiles: Sequence[ProfileWrite]) -> Writes:
    writes = Writes()
    for (customer, version, tier, hosts, matter), expected in profiles:
        doc = CustomerDoc(
            _id=customer, tier=tier, hosts=list(hosts), matter=matter, version=version
        )
        if expected:
            changed = {name: value for name, value in doc.items() if name != "_id"}
            writes.update("customers", {"_id": customer, "version": expected}, {"$set": changed})
        else:
            writes.insert("customers", doc)
    return writes


def _claims(tickets: Sequence[Mapping[str, Any]]) -> Iterator[ClaimDoc]:
    for doc in tickets:
        if "joinable" in doc:
            yield ClaimDoc(
                _id=doc["joinable"],
                ticket=doc["_id"],
                desk=doc["desk"],
                brand=doc["brand"],
                customer=doc["customer"],
            )
