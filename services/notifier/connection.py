"""One agent's socket as the rest of the notifier sees it: a bounded queue that never waits.

Whoever pushes never blocks: a client that reads too slowly fills its queue, is disconnected, and
takes a snapshot when it is back. Cards are never dropped or merged to make room.

Between `hold` and `release` cards are kept aside, so that none falls between a snapshot and what
follows it. Cards of another shard, or not above the highest (seq, n) passed on, are dropped: they
are repetitions, or a zombie's late words.
"""

import asyncio
import math
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import Final, NamedTuple

from services.notifier.protocol.codes import Close
from services.notifier.protocol.server import AnyOurs, Snapshot, spoken

MAX_QUEUED: Final = 256
MAX_QUEUED_BYTES: Final = 1024 * 1024

_numbers = count(1)


class Push(NamedTuple):
    """A message for an agent. Rejections and what becomes of replies stand in no order: `state` is
    False for them."""

    shard: int
    seq: int
    n: int
    text: str
    state: bool = True


@dataclass(frozen=True, slots=True)
class Closing:
    """How a connection ends. reason: for the client, at most 123 bytes."""

    code: Close
    reason: str


class Closed(Exception):
    """The connection is ending: `closing` says how."""


class Connection:
    """Bound to the event loop. `agent` and `desk` are whose it is; the desk may change. typed:
    ticket -> when its customer was last told that the agent types (monotonic)."""

    def __init__(self, *, agent: str, desk: str, expires_at: float = math.inf) -> None:
        self.agent: Final = agent
        self.desk = desk
        self.expires_at = expires_at
        self.number: Final = next(_numbers)
        self.synchronising: Final = asyncio.Lock()
        self.typed: Final[dict[str, float]] = {}
        self.closing: Closing | None = None
        self._queue: Final[deque[str]] = deque()
        self._held: list[Push] | None = None
        self._bytes = 0
        self._shard: int | None = None
        self._highest: tuple[int, float] = (-1, 0.0)
        self._stirred: Final = asyncio.Event()
        self._closed: Final = asyncio.Event()

    def hold(self) -> None:
        """Keep cards aside from now on, until `release`."""
        self._held = [] if self._held is None else self._held

    def release(self, snapshot: Snapshot) -> None:
        """Send the snapshot, then what was kept aside and is newer. Everything up to its `seq` is
        in it."""
        held, self._held = self._held or [], None
        self._bytes -= sum(len(push.text) for push in held)
        self._shard, self._highest = snapshot.shard, (snapshot.seq, math.inf)
        self.say(snapshot)
        for push in held:
            self.push(push)

    def push(self, push: Push) -> bool:
        """Queue a card or a rejection; whether it was news."""
        if self.closing is not None:
            return False
        if self._held is not None:
            self._held.append(push)
            self._grow(push.text)
            return True
        if push.state and not self._is_news(push):
            return False
        self._enqueue(push.text)
        return True

    def say(self, message: AnyOurs) -> None:
        """Queue a message that is no card."""
        self._enqueue(spoken(message))

    async def next(self) -> str:
        """The next message to write, when there is one. Raises Closed."""
        while self.closing is None:
            if self._queue:
                text = self._queue.popleft()
                self._bytes -= len(text)
                return text
            self._stirred.clear()
            await self._stirred.wait()
        raise Closed

    def close(self, code: Close, reason: str) -> None:
        """End it. What is queued is not sent; the first reason counts."""
        if self.closing is None:
            self.closing = Closing(code, reason)
            self._closed.set()
            self._stirred.set()

    async def wait_closed(self) -> None:
        """Until somebody closes it from our side."""
        await self._closed.wait()

    def _is_news(self, push: Push) -> bool:
        position = (push.seq, push.n)
        if push.shard != self._shard or position <= self._highest:
            return False
        self._highest = position
        return True

    def _enqueue(self, text: str) -> None:
        if self.closing is None:
            self._queue.append(text)
            self._grow(text)
            self._stirred.set()

    def _grow(self, text: str) -> None:
        self._bytes += len(text)
        waiting = len(self._queue) + len(self._held or ())
        if waiting > MAX_QUEUED or self._bytes > MAX_QUEUED_BYTES:
            self.close(Close.TRY_AGAIN, "you read too slowly: connect again for a snapshot")
