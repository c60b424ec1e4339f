"""A small document database: collections, snapshot transactions with a lifetime.

It knows the operators the program's adapters use and refuses every other. Documents are replaced,
never changed in place, so a snapshot is a copy of a few dictionaries.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pymongo.errors import DuplicateKeyError, OperationFailure

from tests.simulation.network import Server

Doc = dict[str, Any]
Where = tuple[str, Any]
"""(collection, _id)."""


class Change(NamedTuple):
    """before: None for a document that is new."""

    collection: str
    before: Doc | None
    after: Doc


TRANSACTION_SECONDS: Final = 5.0
_WRITE_CONFLICT = 112
_NO_SUCH_TRANSACTION = 251
_TRANSIENT = {"errorLabels": ["TransientTransactionError"]}


def matches(doc: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    """Equality, and `$in`, `$gte`, `$lt`."""
    for field, wanted in query.items():
        held = doc.get(field)
        conditions = wanted if isinstance(wanted, dict) else {"$in": (wanted,)}
        if not all(_meets(held, operator, bound) for operator, bound in conditions.items()):
            return False
    return True


def _meets(held: Any, operator: str, bound: Any) -> bool:
    match operator:
        case "$in":
            return held in bound
        case "$gte":
            return held is not None and held >= bound
        case "$lt":
            return held is not None and held < bound
        case _:
            raise NotImplementedError(f"query operator {operator}")


def updated(doc: Mapping[str, Any], update: Mapping[str, Any], *, born: bool = False) -> Doc:
    """A new document: `$set`, `$unset`, `$inc`, and `$setOnInsert` when it is being born."""
    new = dict(doc)
    for operator, fields in update.items():
        if operator == "$set" or (operator == "$setOnInsert" and born):
            new.update(fields)
        elif operator == "$unset":
            for field in fields:
                new.pop(field, None)
        elif operator == "$inc":
            new.update({field: new.get(field, 0) + by for field, by in fields.items()})
        elif operator != "$setOnInsert":
            raise NotImplementedError(f"update operator {operator}")
    return new


class Database:
    """The server's side. Observers are told of changes as they become durable, those of one
    transaction together."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.collections: dict[str, dict[Any, Doc]] = {}
        self.locks: dict[Where, Transaction] = {}
        self.observers: list[Callable[[Sequence[Change]], None]] = []
        self._waiting: list[tuple[Where, asyncio.Future[None]]] = []

    def collection(self, name: str) -> dict[Any, Doc]:
        return self.collections.setdefault(name, {})

    def snapshot(self) -> dict[str, dict[Any, Doc]]:
        return {name: dict(docs) for name, docs in self.collections.items()}

    def put(self, written: Mapping[Where, Doc | None]) -> None:
        """Make documents durable, all at once; None deletes, of which observers are not told."""
        changes = []
        for (name, key), doc in written.items():
            docs = self.collection(name)
            if doc is None:
                docs.pop(key, None)
                continue
            changes.append(Change(name, docs.get(key), doc))
            docs[key] = doc
        for observer in self.observers:
            observer(changes)

    def unlocked(self, where: Where, perform: Callable[[], Any]) -> Any:
        """Perform now, or as soon as no transaction holds the document: a write outside of a
        transaction waits for one inside."""
        if where not in self.locks:
            return perform()
        turn: asyncio.Future[None] = self.server.loop.create_future()
        self._waiting.append((where, turn))
        done: asyncio.Future[Any] = self.server.loop.create_future()

        def go(_turn: object) -> None:
            result = self.unlocked(where, perform)
            if isinstance(result, asyncio.Future):
                result.add_done_callback(lambda later: done.set_result(later.result()))
            else:
                done.set_result(result)

        turn.add_done_callback(go)
        return done

    def release(self, transaction: "Transaction") -> None:
        for where in [each for each, owner in self.locks.items() if owner is transaction]:
            del self.locks[where]
        waiting, self._waiting = self._waiting, []
        for where, turn in waiting:
            if where in self.locks:
                self._waiting.append((where, turn))
            else:
                turn.set_result(None)


class Transaction:
    """Snapshot isolation: the first to write a document wins, the second is refused at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._snapshot = database.snapshot()
        self._written: dict[Where, Doc | None] = {}
        self.open = True
        database.server.later(TRANSACTION_SECONDS, self.abort)

    def find(self, name: str, query: Mapping[str, Any]) -> Iterator[Doc]:
        self._check()
        docs: dict[Any, Doc | None] = dict(self._snapshot.get(name, {}))
        docs.update({key: doc for (kind, key), doc in self._written.items() if kind == name})
        return (doc for doc in docs.values() if doc is not None and matches(doc, query))

    def update(self, name: str, query: Mapping[str, Any], update: Mapping[str, Any]) -> int:
        """One document by `_id`; how many matched."""
        return self._write(name, query, lambda doc: updated(doc, update))

    def delete(self, name: str, query: Mapping[str, Any]) -> int:
        """One document by `_id`; how many matched."""
        return self._write(name, query, lambda _doc: None)

    def insert(self, name: str, docs: Sequence[Mapping[str, Any]]) -> None:
        self._check()
        for doc in docs:
            self._insert(name, dict(doc))

    def commit(self) -> None:
        self._check()
        self.open = False
        self._database.put(self._written)
        self._database.release(self)

    def abort(self) -> None:
        """By the client, or by the server when its lifetime is over."""
        if self.open:
            self.open = False
            self._database.release(self)

    def _insert(self, name: str, doc: Doc) -> None:
        where = (name, doc["_id"])
        if self._written.get(where, self._snapshot.get(name, {}).get(doc["_id"])) is not None:
            self._duplicate(where)
        if doc["_id"] in self._database.collection(name) and where not in self._written:
            self._conflict(where)
        self._lock(where)
        self._written[where] = doc

    def _write(
        self, name: str, query: Mapping[str, Any], change: Callable[[Doc], Doc | None]
    ) -> int:
        for doc in self.find(name, query):
            where = (name, doc["_id"])
            latest = self._database.collection(name).get(where[1])
            if where not in self._written and latest is not doc:
                self._conflict(where)
            self._lock(where)
            self._written[where] = change(doc)
            return 1
        return 0

    def _lock(self, where: Where) -> None:
        owner = self._database.locks.get(where)
        if owner is not None and owner is not self:
            self._conflict(where)
        self._database.locks[where] = self

    def _check(self) -> None:
        if not self.open:
            raise OperationFailure("no such transaction", _NO_SUCH_TRANSACTION, _TRANSIENT)

    def _conflict(self, where: Where) -> None:
        self.abort()
        raise OperationFailure(f"write conflict on {where[0]}", _WRITE_CONFLICT, _TRANSIENT)

    def _duplicate(self, where: Where) -> None:
        self.abort()
        raise DuplicateKeyError(f"duplicate key in {where[0]}", 11000)
