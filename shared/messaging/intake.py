"""Records between the subscription and the worker, taken as they gathered.

While little comes, nothing is fetched as long as a batch is at work: what comes in the meantime
waits for the next batch in any case, and is then fetched at once, where each record would have been
a request of its own. While much comes, there is always something fetched for the next batch.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from shared.messaging.records import Record

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of one batch: what is stored of it goes to the store in one command, which may have 16 MB."""


class OutOfOrder(Exception):
    """A partition's records did not come in order: going on would lose entries of tickets."""


class Intake:
    """A bounded buffer of one assignment's records.

    pause: called when the subscription need not fetch, be it that a small batch is at work or that
    `capacity` is reached; resume: when it has to. What it has in hand by then is still taken in.
    Both may be called again and again.
    """

    def __init__(
        self, *, pause: Callable[[], None], resume: Callable[[], None], capacity: int = 2_000
    ) -> None:
        self._capacity: Final = capacity
        self._pause: Final = pause
        self._resume: Final = resume
        self._records: deque[Record] = deque()
        self._last: dict[tuple[str, int], int] = {}
        self._some: Final = asyncio.Event()
        self._open = False

    def open(self) -> None:
        """A new assignment begins."""
        self._last.clear()
        self._open = True

    def drop(self) -> None:
        """The assignment ends: what was not taken comes again, to its next owner."""
        self._records.clear()
        self._some.clear()
        self._open = False

    def put(self, records: Sequence[Record]) -> None:
        """Add records. After `drop` they belong to nobody here and are left to their next owner.

        Raises OutOfOrder.
        """
        if not self._open:
            return
        for record in records:
            place = (record.topic, record.partition)
            if record.offset <= self._last.get(place, -1):
                raise OutOfOrder(f"partition {record.partition}: {record.offset} came late")
            self._last[place] = record.offset
        self._records.extend(records)
        if self._records:
            self._some.set()
        if len(self._records) >= self._capacity:
            self._pause()

    async def take(self, most: int, *, most_bytes: int = MOST_BYTES) -> list[Record]:
        """What has gathered, at least one record and at most so many; waits for the first.

        Whoever calls has done with what it took before.
        """
        while not self._records:
            self._resume()
            await self._some.wait()
        taken = [self._records.popleft()]
        room = most_bytes - _size(taken[0])
        while self._records and len(taken) < most and _size(self._records[0]) <= room:
            taken.append(self._records.popleft())
            room -= _size(taken[-1])
        if not self._records:
            self._some.clear()
        if not self._records and len(taken) < most:
            self._pause()
        elif len(self._records) <= self._capacity // 2:
            self._resume()
        return taken


def _size(record: Record) -> int:
    return len(record.value or b"")
