"""What happened to tickets and agents, on MongoDB: the collection `decisions`."""

from collections.abc import Sequence
from typing import Final

from pymongo.errors import BulkWriteError, PyMongoError

from shared.store.documents import ChangeDoc
from shared.store.driver import Store
from shared.store.errors import DUPLICATE_KEY, Transient, explain, refused


class MongoChanges:
    """A ChangeStore."""

    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def add(self, changes: Sequence[ChangeDoc]) -> int:
        """Unordered, so that what is known does not keep the rest out. Raises StoreError, too, for
        a document that is refused for itself."""
        try:
            result = await self._store["decisions"].insert_many(list(changes), ordered=False)
        except BulkWriteError as error:
            return _added_despite(error)
        except PyMongoError as error:
            raise explain(error) from error
        return len(result.inserted_ids)


def _added_despite(error: BulkWriteError) -> int:
    """How many went in beside those that were there. Raises what another refusal means."""
    details = error.details or {}
    if details.get("writeConcernErrors"):
        raise Transient("not confirmed by a majority") from error
    for problem in details.get("writeErrors", ()):
        if problem["code"] != DUPLICATE_KEY:
            raise refused(problem["code"]) from error
    return int(details["nInserted"])
