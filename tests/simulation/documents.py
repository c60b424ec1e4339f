"""A small document database: collections, unique keys, snapshot transactions with a lifetime.

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
"""(collection, _id), or (collection + unique field, value)."""


class Change(NamedTuple):
    """before: None for a document that is new."""

    collection: str
    before: Doc | None
    after: Doc


TRANSACTION_SECONDS: Final = 5.0
UNIQUE: Final = {"tickets": "joinable"}
_WRITE_CONFLICT = 112
_NO_SUCH_TRANSACTION = 251
_TRANSIENT = {"errorLabels": ["TransientTransactionError"]}


def matches(doc: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    """Equality, `$in` and `$gte`."""
    for field, wanted in query.items():
        held = doc.get(field)
        if not isinstance(wanted, dict):
            if held != wanted:
                return False
        elif wanted.keys() == {"$in"}:
            if held not in wanted["$in"]:
                return False
        elif wanted.keys() == {"$gte"}:
            if held is None or held < wanted["$gte"]:
                return False
        else:
            raise NotImplementedError(f"query operators {sorted(wanted)}")
    return True


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

    def put(self, written: Sequence[tuple[str, Doc]]) -> None:
        """Make documents durable, all at once."""
        changes = []
        for name, doc in written:
            docs = self.collection(name)
            changes.append(Change(name, docs.get(doc["_id"]), doc))
            docs[doc["_id"]] = doc
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

    def by_unique(self, name: str, value: Any) -> Doc | None:
        field = UNIQUE[name]
        return next(
            (doc for doc in self.collection(name).values() if doc.get(field) == value), None
        )


class Transaction:
    """Snapshot isolation: the first to write a document wins, the second is refused at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._snapshot = database.snapshot()
        self._written: dict[Where, tuple[str, Doc]] = {}
        self.open = True
        database.server.later(TRANSACTION_SECONDS, self.abort)

    def find(self, name: str, query: Mapping[str, Any]) -> Iterator[Doc]:
        self._check()
        docs = dict(self._snapshot.get(name, {}))
        docs.update({where[1]: doc for where, (kind, doc) in self._written.items() if kind == name})
        return (doc for doc in docs.values() if matches(doc, query))

    def update(self, name: str, query: Mapping[str, Any], update: Mapping[str, Any]) -> int:
        """One document by `_id`; how many matched."""
        for doc in self.find(name, query):
            where = (name, doc["_id"])
            if where not in self._written and self._database.collection(name)[where[1]] is not doc:
                self._conflict(where)
            self._lock(where)
            self._written[where] = (name, updated(doc, update))
            return 1
        return 0

    def insert(self, name: str, docs: Sequence[Mapping[str, Any]]) -> None:
        self._check()
        for doc in docs:
            self._insert(name, dict(doc))

    def commit(self) -> None:
        self._check()
        self.open = False
        self._database.put(list(self._written.values()))
        self._database.release(self)

    def abort(self) -> None:
        """By the client, or by the server when its lifetime is over."""
        if self.open:
            self.open = False
            self._database.release(self)

    def _insert(self, name: str, doc: Doc) -> None:
        where = (name, doc["_id"])
        if where in self._written or doc["_id"] in self._snapshot.get(name, {}):
            self._duplicate(where)
        if doc["_id"] in self._database.collection(name):
            self._conflict(where)
        self._lock(where)
        field = UNIQUE.get(name)
        if field is not None and field in doc:
            self._claim(name, field, doc[field])
        self._written[where] = (name, doc)

    def _claim(self, name: str, field: str, value: Any) -> None:
        where = (f"{name}.{field}", value)
        held = self._snapshot.get(name, {}).values()
        if where in self.locks_of_mine() or any(doc.get(field) == value for doc in held):
            self._duplicate(where)
        if self._database.by_unique(name, value) is not None:
            self._conflict(where)
        self._lock(where)

    def locks_of_mine(self) -> list[Where]:
        return [where for where, owner in self._database.locks.items() if owner is self]

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
