"""Writes to several collections in one command: `bulkWrite`, which MongoDB has from 8.0 on.

What a transaction costs is its round trips. With a command for each collection they were more than
half of a message's way through the sorter.
"""

from collections.abc import Mapping
from typing import Any, Final

from shared.store.errors import StoreError, refused

Document = Mapping[str, Any]


class Writes:
    """Collected in order, carried out in order; the first that fails ends it.

    All of them go into one command, which BSON allows 16 MB: whoever collects bounds them.
    """

    def __init__(self) -> None:
        self._numbers: Final[dict[str, int]] = {}
        self._ops: Final[list[Document]] = []
        self.to_match = 0

    def insert(self, collection: str, doc: Document) -> None:
        self._ops.append({"insert": self._number(collection), "document": doc})

    def update(self, collection: str, query: Document, update: Document) -> None:
        """One document, which has to be there: it counts in `to_match`."""
        self._ops.append(
            {"update": self._number(collection), "filter": query, "updateMods": update}
        )
        self.to_match += 1

    def delete(self, collection: str, query: Document) -> None:
        """One document, which may be gone already."""
        self._ops.append({"delete": self._number(collection), "filter": query})

    def command(self, database: str) -> dict[str, Any]:
        """For the server's `admin` database."""
        return {
            "bulkWrite": 1,
            "ops": self._ops,
            "nsInfo": [{"ns": f"{database}.{name}"} for name in self._numbers],
            "errorsOnly": True,
        }

    def _number(self, collection: str) -> int:
        return self._numbers.setdefault(collection, len(self._numbers))


def matched(answer: Document) -> int:
    """How many documents the updates matched. Raises DuplicateKey, Transient or StoreError for the
    write that failed: the command itself succeeds even then."""
    if answer["nErrors"]:
        failed = answer["cursor"]["firstBatch"]
        raise refused(failed[0]["code"]) if failed else StoreError("a write failed")
    count: int = answer["nMatched"]
    return count
