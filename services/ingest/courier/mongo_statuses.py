"""What providers said of messages, in MongoDB, collection `statuses`: one document a message."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from services.ingest.courier.delivery import Delivery
from services.ingest.courier.receipts import Said, messages_of
from shared.runtime.clock import utc
from shared.store.documents import StatusDoc
from shared.store.driver import Store
from shared.store.errors import DuplicateKey, Transient, explain

STATUSES: Final = "statuses"
KEPT: Final = timedelta(days=7)
"""After the first word on a message: then those of a reply's parts are put together no more. Short,
since it may be said of messages that are none of ours."""


async def note(store: Store, said: Sequence[Said], *, now: float) -> Collection[str]:
    """As of a StatusStore."""
    if not said:
        return ()
    new = [
        UpdateOne(
            {"_id": each.message},
            {"$setOnInsert": {**_place(each), "rank": 0, "kept_until": utc(now) + KEPT}},
            upsert=True,
        )
        for each in said
    ]
    raised = [
        UpdateOne({"_id": each.message, "rank": {"$lt": each.rank}}, {"$set": _state(each)})
        for each in said
    ]
    for writes in (new, raised):
        try:
            await store[STATUSES].bulk_write(writes, ordered=False)
        except PyMongoError as error:
            told = explain(error)
            if isinstance(told, DuplicateKey):  # another courier inserted it at the same moment
                raise Transient(str(told)) from error
            raise told from error
    ids = [each.message for each in said]
    docs = await store.find(STATUSES, {"_id": {"$in": ids}}, {"rank": 1, "mark": 1})
    stored = {doc["_id"]: (doc["rank"], doc.get("mark")) for doc in docs}
    return {each.message for each in said if stored.get(each.message) == (each.rank, each.mark)}


async def said_of(store: Store, deliveries: Sequence[Delivery]) -> Mapping[str, Sequence[Said]]:
    """Reply → all that is known of its messages. Raises StoreError."""
    messages = {message: each.reply for each in deliveries for message in messages_of(each)}
    replies = [each.reply for each in deliveries]
    docs = await store.find(STATUSES, {"reply": {"$in": replies}})
    docs += await store.find(STATUSES, {"_id": {"$in": list(messages)}})
    found: dict[str, dict[str, Said]] = {reply: {} for reply in replies}
    for doc in docs:
        if not doc["rank"]:
            continue  # the write that says what it is has not come
        said = _said(doc)
        reply = said.reply if said.reply in found else messages.get(said.message)
        if reply is not None:
            found[reply][said.message] = said
    return {reply: list(each.values()) for reply, each in found.items()}


def _place(said: Said) -> dict[str, Any]:
    reply = {"reply": said.reply} if said.reply else {}
    return {
        "channel": said.channel,
        "account": said.account,
        "provider_id": said.provider_id,
        **reply,
    }


def _state(said: Said) -> dict[str, Any]:
    return {
        "rank": said.rank,
        "status": said.status,
        "sender": said.sender,
        "at": said.at,
        "error": said.error,
        "mark": said.mark,
    }


def _said(doc: StatusDoc) -> Said:
    return Said(
        message=doc["_id"],
        channel=doc["channel"],
        account=doc["account"],
        sender=doc["sender"],
        provider_id=doc["provider_id"],
        reply=doc.get("reply", ""),
        status=doc["status"],
        at=doc["at"],
        error=doc["error"],
        mark=doc["mark"],
    )
