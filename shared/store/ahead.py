"""Many documents, without waiting for the store in between."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pymongo.errors import PyMongoError

from shared.store.driver import Collection
from shared.store.errors import explain

Docs = list[Any]


async def read_ahead(
    collection: Collection, queries: Sequence[Mapping[str, Any]], *, size: int
) -> AsyncGenerator[Docs, None]:
    """What the queries find, one after the other, in chunks of `size`.

    While a chunk is worked on the next one comes in, and so does the first of the next query.
    Raises StoreError. Close it (`aclosing`) when you may leave before its end.
    """
    readings = [_Reading(collection, query, size) for query in queries]
    try:
        for reading, then in zip(readings, [*readings[1:], None], strict=True):
            reading.begin()
            if then is not None:
                then.begin()
            while chunk := await reading.next():
                yield chunk
    except PyMongoError as error:
        raise explain(error) from error
    finally:
        for reading in readings:
            await reading.close()


class _Reading:
    """One query's cursor and the chunk that is on its way."""

    def __init__(self, collection: Collection, query: Mapping[str, Any], size: int) -> None:
        self._cursor: Any = collection.find(query, batch_size=size)
        self._size = size
        self._coming: asyncio.Future[Docs] | None = None

    def begin(self) -> "asyncio.Future[Docs]":
        """Ask for the next chunk, if it is not asked for yet."""
        if self._coming is None:
            self._coming = asyncio.ensure_future(self._cursor.to_list(self._size))
        return self._coming

    async def next(self) -> Docs:
        """Empty at the end."""
        chunk = await self.begin()
        if chunk:
            self._coming = None
            self.begin()
        return chunk

    async def close(self) -> None:
        if self._coming is None:
            return
        self._coming.cancel()
        with suppress(asyncio.CancelledError, PyMongoError):
            await self._coming
        await self._cursor.close()
