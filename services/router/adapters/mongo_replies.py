"""Replies to customers and how they stand, on MongoDB: the collection `replies`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from services.router.domain.replies import KeptReply, Standing, asked
from shared.runtime.clock import utc
from shared.store.documents import ReplyDoc
from shared.store.driver import Store
from shared.store.errors import DuplicateKey, Transient, explain

COLLECTION: Final = "replies"
_STANDING: Final = dict.fromkeys(
    ("ticket", "agent", "rank", "status", "status_at", "error", "mark"), 1
)


class MongoReplies:
    """A ReplyStore."""

    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def keep(
        self, replies: Sequence[ReplyDoc], standings: Mapping[str, Standing], *, now: float
    ) -> Sequence[KeptReply]:
        written = {doc["_id"]: doc for doc in replies}
        ids = [*written, *(id for id in standings if id not in written)]
        if not ids:
            return []
        await self._write([_inserted(id, written.get(id), now=now) for id in ids])
        if standings:
            await self._write([_raised(id, standing) for id, standing in standings.items()])
        return await self._kept(ids)

    async def _write(self, writes: Sequence[UpdateOne]) -> None:
        """Unordered, so that one that is refused does not keep the rest out."""
        try:
            await self._store[COLLECTION].bulk_write(list(writes), ordered=False)
        except PyMongoError as error:
            told = explain(error)
            if isinstance(told, DuplicateKey):  # another recorder inserted it at the same moment
                raise Transient(str(told)) from error
            raise told from error

    async def _kept(self, ids: Collection[str]) -> list[KeptReply]:
        docs = await self._store.find(COLLECTION, {"_id": {"$in": list(ids)}}, _STANDING)
        return [
            KeptReply(
                doc["_id"],
                doc.get("ticket", ""),
                doc.get("agent"),
                Standing(doc["rank"], doc["status"], doc["status_at"], doc["error"], doc["mark"]),
            )
            for doc in docs
        ]


def _inserted(id: str, written: ReplyDoc | None, *, now: float) -> UpdateOne:
    """It is there, and has its words where they are known."""
    new: dict[str, Any] = {
        **_fields(asked(written["at"] if written else now)),
        "stored_at": utc(now),
    }
    changes: dict[str, Any] = {"$setOnInsert": new}
    if written is not None:
        changes["$set"] = {name: value for name, value in written.items() if name != "_id"}
    return UpdateOne({"_id": id}, changes, upsert=True)


def _raised(id: str, standing: Standing) -> UpdateOne:
    return UpdateOne({"_id": id, "rank": {"$lt": standing.rank}}, {"$set": _fields(standing)})


def _fields(standing: Standing) -> dict[str, Any]:
    return {
        "rank": standing.rank,
        "status": standing.status,
        "status_at": standing.at,
        "error": standing.error,
        "mark": standing.mark,
    }
