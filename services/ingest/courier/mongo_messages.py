"""What the courier reads of the sorter's collection `messages`, and never writes."""

from collections.abc import Collection, Mapping
from typing import Final

from services.ingest.courier.ports import About
from shared.store.driver import Store

_FIELDS: Final = {"identity": 1, "subject": 1, "thread": 1, "at": 1}


class MongoMessages:
    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def about(self, ids: Collection[str]) -> Mapping[str, About]:
        docs = await self._store.find("messages", {"_id": {"$in": sorted(ids)}}, _FIELDS)
        return {
            doc["_id"]: About(
                doc["identity"], doc.get("subject", ""), doc.get("thread", ""), doc.get("at", 0.0)
            )
            for doc in docs
        }
