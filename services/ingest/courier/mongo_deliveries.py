"""Deliveries in MongoDB, collection `deliveries`.

`since`, when the last call began, is the mark of an attempt: a write that finds it there was done
before, by us, when its answer was lost.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from services.ingest.courier.delivery import Delivery, State
from services.ingest.courier.mongo_statuses import note, said_of
from services.ingest.courier.receipts import Said, matched
from shared.runtime.clock import utc
from shared.store.documents import DeliveryDoc
from shared.store.driver import Store
from shared.store.errors import explain

COLLECTION: Final = "deliveries"
KEPT: Final = timedelta(days=30)
"""After its end, so that a reply that is read again is known."""


class MongoDeliveries:
    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def take_in(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        writes = [
            UpdateOne({"_id": each.reply}, {"$setOnInsert": _new(each)}, upsert=True)
            for each in deliveries
        ]
        try:
            await self._store[COLLECTION].bulk_write(writes, ordered=False)
        except PyMongoError as error:
            raise explain(error) from error
        ids = [each.reply for each in deliveries]
        return await self._open({"_id": {"$in": ids}, "open": True})

    async def unfinished(self, partitions: Collection[int]) -> list[Delivery]:
        return await self._open({"open": True, "partition": {"$in": sorted(partitions)}})

    async def begin(self, delivery: Delivery) -> bool:
        before = {"state": State.PENDING, "part": delivery.part, "attempt": delivery.attempt - 1}
        return await self._write(delivery, before)

    async def settle(self, delivery: Delivery) -> bool:
        return await self._write(delivery, {"state": State.SENDING, "since": delivery.since})

    async def said_of(self, deliveries: Sequence[Delivery]) -> Mapping[str, Sequence[Said]]:
        return await said_of(self._store, deliveries)

    async def note(self, statuses: Sequence[Said], *, now: float) -> Collection[str]:
        return await note(self._store, statuses, now=now)

    async def sent_as(self, statuses: Sequence[Said]) -> Mapping[str, Delivery]:
        """By reply first: two finds at most, and one for each account of the batch."""
        replies = {each.reply for each in statuses if each.reply}
        by_account: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for each in statuses:
            by_account[each.channel, each.account].add(each.provider_id)
        found = await self._store.find(COLLECTION, {"_id": {"$in": sorted(replies)}})
        for (channel, account), ids in by_account.items():
            query = {"channel": channel, "account": account, "provider_ids": {"$in": sorted(ids)}}
            found += await self._store.find(COLLECTION, query)
        return matched(statuses, {doc["_id"]: _delivery(doc) for doc in found}.values())

    async def told(self, reply: str) -> None:
        changes: dict[str, Any] = {
            "$set": {"reported": True},
            "$unset": {"open": "", "text": "", "subject": ""},
        }
        try:
            await self._store[COLLECTION].update_one({"_id": reply}, changes)
        except PyMongoError as error:
            raise explain(error) from error

    async def _write(self, delivery: Delivery, before: dict[str, Any]) -> bool:
        wanted = _state(delivery)
        key = {"_id": delivery.reply}
        try:
            done = await self._store[COLLECTION].update_one({**key, **before}, {"$set": wanted})
            if done.matched_count:
                return True
            return await self._store[COLLECTION].find_one({**key, **wanted}, {"_id": 1}) is not None
        except PyMongoError as error:
            raise explain(error) from error

    async def _open(self, query: dict[str, Any]) -> list[Delivery]:
        docs = await self._store.find(COLLECTION, query)
        return sorted((_delivery(doc) for doc in docs), key=lambda each: each.offset)


def _new(delivery: Delivery) -> DeliveryDoc:
    doc: DeliveryDoc = {
        "ticket": delivery.ticket,
        "key": delivery.key,
        "partition": delivery.partition,
        "offset": delivery.offset,
        "channel": delivery.channel,
        "account": delivery.account,
        "recipient": delivery.recipient,
        "text": delivery.text,
        "in_reply_to": delivery.in_reply_to,
        "by": delivery.by,
        "lang": delivery.lang,
        "subject": delivery.subject,
        "thread": delivery.thread,
        "heard_at": delivery.heard_at,
        "asked_at": delivery.asked_at,
        "expires_at": delivery.expires_at,
        "kept_until": utc(delivery.expires_at) + KEPT,
        "open": True,
        "reported": False,
        **_state(delivery),  # type: ignore[typeddict-item]
    }
    return doc


def _state(delivery: Delivery) -> dict[str, Any]:
    return {
        "state": delivery.state.value,
        "part": delivery.part,
        "attempt": delivery.attempt,
        "try_at": delivery.try_at,
        "since": delivery.since,
        "provider_ids": list(delivery.provider_ids),
        "parts": delivery.parts,
        "error": delivery.error,
        "instead": delivery.instead,
        "in_doubt": delivery.in_doubt,
    }


def _delivery(doc: DeliveryDoc) -> Delivery:
    return Delivery(
        reply=doc["_id"],
        ticket=doc["ticket"],
        key=doc["key"],
        partition=doc["partition"],
        offset=doc["offset"],
        channel=doc["channel"],
        account=doc["account"],
        recipient=doc["recipient"],
        text=doc.get("text", ""),
        in_reply_to=doc["in_reply_to"],
        by=doc.get("by", "agent"),
        lang=doc.get("lang", ""),
        subject=doc.get("subject", ""),
        thread=doc.get("thread", ""),
        heard_at=doc.get("heard_at", 0.0),
        asked_at=doc["asked_at"],
        expires_at=doc["expires_at"],
        state=State(doc["state"]),
        part=doc["part"],
        attempt=doc["attempt"],
        try_at=doc["try_at"],
        since=doc["since"],
        provider_ids=tuple(doc["provider_ids"]),
        parts=doc.get("parts", 0),
        error=doc["error"],
        instead=doc.get("instead", False),
        in_doubt=doc.get("in_doubt", False),
        reported=doc["reported"],
    )
