"""The sorter's store in memory: all or nothing, with the same unique keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.router.ports import (
    CustomerProfile,
    IdentityDoc,
    KnownEntry,
    OpenTicket,
    ProfileWrite,
    SortWrite,
)
from shared.store.errors import DuplicateKey, StoreError, UnknownOutcome


class FakeSortStore:
    """SortStore. `failures` are raised by the next inserts, one each: an UnknownOutcome after the
    write took place, anything else instead of it."""

    def __init__(self) -> None:
        self.ticket_docs: dict[str, dict[str, Any]] = {}
        self.message_docs: dict[str, dict[str, Any]] = {}
        self.identity_docs: dict[str, IdentityDoc] = {}
        self.profile_docs: dict[str, CustomerProfile] = {}
        self.failures: list[StoreError] = []
        self.inserts = 0

    async def known_entries(self, ids: Sequence[str]) -> Mapping[str, KnownEntry]:
        docs = {key: self.message_docs[key] for key in ids if key in self.message_docs}
        return {
            key: KnownEntry(
                doc["ticket"],
                doc["digest"],
                doc["partition"],
                doc["offset"],
                doc["reopens"],
                doc.get("rating", 0),
            )
            for key, doc in docs.items()
        }

    async def identities(self, keys: Sequence[str]) -> Mapping[str, IdentityDoc]:
        return {key: self.identity_docs[key] for key in keys if key in self.identity_docs}

    async def joinable(self, keys: Sequence[str]) -> Mapping[str, OpenTicket]:
        taken = self._joinable()
        return {key: _open(taken[key]) for key in keys if key in taken}

    async def tickets(self, ids: Sequence[str]) -> Mapping[str, OpenTicket]:
        found = {key: self.ticket_docs[key] for key in ids if key in self.ticket_docs}
        return {key: _open(doc)._replace(queue=doc["queue"]) for key, doc in found.items()}

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, CustomerProfile]:
        return {key: self.profile_docs[key] for key in customers if key in self.profile_docs}

    async def keep_profiles(self, writes: Sequence[ProfileWrite]) -> None:
        known = self.profile_docs
        for profile, expected in writes:
            found = known[profile.customer].version if profile.customer in known else 0
            if found != expected:
                raise DuplicateKey("fake")
        known.update({profile.customer: profile for profile, _ in writes})

    async def insert(self, write: SortWrite) -> None:
        self.inserts += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is None or isinstance(failure, UnknownOutcome):
            self._insert(write)
        if failure is not None:
            raise failure

    def close(self, ticket: str) -> None:
        """What the dealer does at the end: the joinable key is freed."""
        doc = self.ticket_docs[ticket]
        doc["state"] = "closed"
        doc.pop("joinable", None)

    def _insert(self, write: SortWrite) -> None:
        tickets = {doc["_id"]: dict(doc) for doc in write.tickets}
        messages = {doc["_id"]: dict(doc) for doc in write.messages}
        identities = {doc.identity: doc for doc in write.identities}
        keys = [doc["joinable"] for doc in tickets.values() if "joinable" in doc]
        clash = (
            len(tickets) < len(write.tickets)
            or len(messages) < len(write.messages)
            or len(identities) < len(write.identities)
            or len(set(keys)) < len(keys)
            or tickets.keys() & self.ticket_docs.keys()
            or messages.keys() & self.message_docs.keys()
            or identities.keys() & self.identity_docs.keys()
            or self._joinable().keys() & set(keys)
        )
        if clash:
            raise DuplicateKey("fake")
        self.ticket_docs.update(tickets)
        self.message_docs.update(messages)
        self.identity_docs.update(identities)

    def _joinable(self) -> dict[str, dict[str, Any]]:
        return {doc["joinable"]: doc for doc in self.ticket_docs.values() if "joinable" in doc}


def _open(doc: Mapping[str, Any]) -> OpenTicket:
    return OpenTicket(doc["_id"], doc["desk"], doc["customer"], doc["brand"])
