"""The driver's surface over the simulated database, one per process.

The program's own `Store`, with its transactions and its reading of errors, runs on top: only the
client underneath is ours.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from pymongo.errors import AutoReconnect

from shared.store.driver import Store
from tests.simulation.documents import Database, Doc, Transaction, matches, updated
from tests.simulation.host import Host
from tests.simulation.network import Link, Lost


class SimulatedStore(Store):
    """A Store whose client is simulated; the rest is the real class."""

    def __init__(self, host: Host, database: Database) -> None:
        self._motor = False
        self._client: Any = _Client(host, database)
        self._database = ""
        self._db: Any = self._client


class _Client:
    """Client and database in one."""

    def __init__(self, host: Host, database: Database) -> None:
        self.database = database
        self._link = Link(host, database.server)

    def __getitem__(self, name: str) -> "_Collection":
        return _Collection(self, name)

    def start_session(self, *, causal_consistency: bool) -> "_Session":
        assert causal_consistency
        return _Session(self)

    @property
    def admin(self) -> Self:
        return self

    async def command(self, command: Mapping[str, Any], *, session: "_Session") -> dict[str, Any]:
        """`bulkWrite` only, inside a transaction. All of ours can be tried again as they are, so
        whatever is refused is raised, and not told among the writes that succeeded."""
        names = [each["ns"].lstrip(".") for each in command["nsInfo"]]

        def perform() -> dict[str, Any]:
            transaction = session.current()
            count = sum(_written(transaction, names, op) for op in command["ops"])
            return {"nErrors": 0, "nMatched": count}

        answer: dict[str, Any] = await self.ask("write", perform, session)
        return answer

    async def ask(
        self, op: str, perform: Callable[[], Any], session: "_Session | None" = None
    ) -> Any:
        try:
            return await self._link.call(op, perform)
        except Lost as lost:
            labels = ["TransientTransactionError"] if session is not None else []
            raise AutoReconnect(str(lost), {"errorLabels": labels}) from lost


def _written(transaction: Transaction, names: Sequence[str], op: Mapping[str, Any]) -> int:
    """One write; how many documents an update matched."""
    if "insert" in op:
        transaction.insert(names[op["insert"]], [op["document"]])
        return 0
    if "delete" in op:
        transaction.delete(names[op["delete"]], op["filter"])
        return 0
    return transaction.update(names[op["update"]], op["filter"], op["updateMods"])


class _Session:
    """A session; with a transaction from its first operation on."""

    def __init__(self, client: _Client) -> None:
        self._client = client
        self.starting = False
        self.transaction: Transaction | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return

    async def start_transaction(self, **_concerns: object) -> None:
        self.starting = True

    def current(self) -> Transaction:
        """At the server: begun by the first operation that arrives."""
        if self.transaction is None:
            self.transaction = Transaction(self._client.database)
        return self.transaction

    @property
    def in_transaction(self) -> bool:
        return self.starting

    async def commit_transaction(self) -> None:
        """A driver sends a lost commit once more before it gives up."""
        transaction = self.transaction
        self.starting = False
        if transaction is None:
            return
        outcome = SimpleNamespace(done=False)

        def perform() -> None:
            if not outcome.done:
                transaction.commit()
                outcome.done = True

        for last in (False, True):
            try:
                await self._client.ask("commit", perform, self)
            except AutoReconnect as error:
                if last:
                    labels = {"errorLabels": ["UnknownTransactionCommitResult"]}
                    raise AutoReconnect(str(error), labels) from error
            else:
                return

    async def abort_transaction(self) -> None:
        transaction, self.starting = self.transaction, False
        if transaction is not None:
            await self._client.ask("abort", transaction.abort, self)


class _Collection:
    """The calls our adapters make."""

    def __init__(self, client: _Client, name: str) -> None:
        self._client = client
        self._name = name

    def find(
        self,
        query: Mapping[str, Any],
        _projection: Mapping[str, int] | None = None,
        *,
        batch_size: int = 0,
        session: _Session | None = None,
    ) -> "_Cursor":
        assert batch_size >= 0
        return _Cursor(lambda: self._find(query, session))

    async def find_one(
        self,
        query: Mapping[str, Any],
        _projection: Mapping[str, int] | None = None,
        *,
        session: _Session | None = None,
    ) -> Doc | None:
        found = await self._find(query, session)
        return found[0] if found else None

    async def find_one_and_update(
        self, query: Mapping[str, Any], update: Mapping[str, Any], *, upsert: bool, **_after: object
    ) -> Doc:
        database, name, key = self._client.database, self._name, query["_id"]

        def perform() -> Doc:
            before = database.collection(name).get(key)
            assert before is not None or upsert
            born = before is None
            doc = updated(before or {"_id": key}, update, born=born)
            database.put({(name, key): doc})
            return doc

        answer: Doc = await self._client.ask(
            f"{name}.take", lambda: database.unlocked((name, key), perform)
        )
        return answer

    async def update_one(
        self,
        query: Mapping[str, Any],
        update: Mapping[str, Any],
        *,
        session: _Session | None = None,
    ) -> Any:
        database, name, key = self._client.database, self._name, query["_id"]

        def outside() -> int:
            doc = database.collection(name).get(key)
            if doc is None or not matches(doc, query):
                return 0
            database.put({(name, key): updated(doc, update)})
            return 1

        def perform() -> Any:
            if session is not None:
                return session.current().update(name, query, update)
            return database.unlocked((name, key), outside)

        count = await self._client.ask(f"{name}.update", perform, session)
        return SimpleNamespace(matched_count=count)

    async def _find(self, query: Mapping[str, Any], session: _Session | None) -> list[Doc]:
        database, name = self._client.database, self._name

        def perform() -> list[Doc]:
            if session is not None and session.in_transaction:
                return list(session.current().find(name, query))
            return [doc for doc in database.collection(name).values() if matches(doc, query)]

        found: list[Doc] = await self._client.ask(f"{name}.find", perform, session)
        return found


class _Cursor:
    """Everything that matches, at once."""

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find = find
        self._spent = False

    async def to_list(self, _length: int | None = None) -> list[Doc]:
        if self._spent:
            return []
        self._spent = True
        found: list[Doc] = await self._find()
        return found

    async def close(self) -> None:
        """Nothing is kept for it."""

    def hint(self, _index: str) -> Self:
        """There is one way to look here, and it is short."""
        return self

    async def __aiter__(self) -> AsyncIterator[Doc]:
        for doc in await self.to_list():
            yield doc
