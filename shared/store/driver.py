"""The one place that knows which MongoDB driver is in use.

motor, named by this project, ends on 14 May 2027; PyMongo's asyncio API is its successor. They
differ for us in the client's class and in how a session and a transaction are started, so those
live here, and the store's contract suite runs on both. Everything else is the same calls.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Literal, Self

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, ReadPreference
from pymongo.errors import ConnectionFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.store.errors import StoreError, UnknownOutcome, explain
from shared.store.writes import Writes, matched

Driver = Literal["motor", "pymongo"]
Session = Any
Collection = Any

_MAJORITY = WriteConcern("majority")


class Store:
    """A database, reached through one of the drivers.

    Majority reads and writes, primary only. Bound to the event loop it was made in.
    """

    def __init__(
        self,
        *,
        url: str,
        database: str,
        driver: Driver = "motor",
        server_timeout_seconds: float = 5.0,
    ) -> None:
        options: dict[str, Any] = {
            "w": "majority",
            "readConcernLevel": "majority",
            "serverSelectionTimeoutMS": int(server_timeout_seconds * 1000),
            # a stopped server accepts and never answers: without this a call waits for ever
            "socketTimeoutMS": int(server_timeout_seconds * 2000),
            "tz_aware": True,
        }
        self._motor = driver == "motor"
        self._client: Any = (AsyncIOMotorClient if self._motor else AsyncMongoClient)(
            url, **options
        )
        self._database = database
        self._db = self._client[database]

    def __getitem__(self, collection: str) -> Collection:
        return self._db[collection]

    @property
    def database(self) -> Any:
        return self._db

    async def ping(self) -> None:
        """Raises Transient when the store does not answer."""
        try:
            await self._client.admin.command("ping")
        except PyMongoError as error:
            raise explain(error) from error

    async def reachable(self) -> bool:
        """Whether the store answers now: for a readiness check."""
        try:
            await self.ping()
        except StoreError:
            return False
        return True

    async def __aenter__(self) -> Self:
        """Raises what `ping` does; the connection is closed then."""
        try:
            await self.ping()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        closing = self._client.close()
        if not self._motor:
            await closing

    async def find(
        self,
        collection: str,
        query: Mapping[str, Any],
        fields: Mapping[str, int] | None = None,
        *,
        sort: tuple[str, int] | None = None,
        most: int = 0,
    ) -> list[Any]:
        """All documents that match, or the first `most`. fields: those wanted; None: all. sort:
        (field, 1 or -1). Raises StoreError."""
        cursor = self[collection].find(query, fields)
        if sort is not None:
            cursor = cursor.sort(*sort)
        if most:
            cursor = cursor.limit(most)
        try:
            docs: list[Any] = await cursor.to_list(None)
        except PyMongoError as error:
            raise explain(error) from error
        return docs

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A causally consistent session."""
        starting = self._client.start_session(causal_consistency=True)
        async with await starting if self._motor else starting as session:
            yield session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """One transaction, tried once.

        Commits at the end of the block, aborts when it raises. Raises Transient, DuplicateKey, or
        UnknownOutcome when the commit went unanswered.
        """
        async with self.session() as session:
            try:
                await self._begin(session)
                yield session
            except PyMongoError as error:
                await _abort(session)
                raise explain(error) from error
            except BaseException:
                await _abort(session)
                raise
            try:
                await session.commit_transaction()
            except PyMongoError as error:
                if _in_doubt(error):
                    raise UnknownOutcome(type(error).__name__) from error
                raise explain(error) from error

    async def write(self, writes: Writes, *, session: Session) -> int:
        """Carry them out inside the session's transaction; how many documents the updates matched.

        Raises DuplicateKey, Transient or another StoreError: leave the transaction by it.
        """
        answer = await self._client.admin.command(writes.command(self._database), session=session)
        return matched(answer)

    async def _begin(self, session: Session) -> None:
        # No read concern: a transaction looks at one snapshot anyway, and with a majority write
        # what it saw is durable once it commits. SecantusDB refuses a bulkWrite that has one.
        begun = session.start_transaction(
            read_concern=ReadConcern(),
            write_concern=_MAJORITY,
            read_preference=ReadPreference.PRIMARY,
        )
        if not self._motor:
            await begun


async def _abort(session: Session) -> None:
    try:
        await session.abort_transaction()
    except PyMongoError:
        # the server ends the transaction by itself; the caller's error is the one that matters
        return


def _in_doubt(error: PyMongoError) -> bool:
    return error.has_error_label("UnknownTransactionCommitResult") or isinstance(
        error, ConnectionFailure
    )
