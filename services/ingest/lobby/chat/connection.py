"""One customer's socket as the rest of the chat sees it: a bounded queue that never waits.

Whoever pushes never blocks: a client that reads too slowly fills its queue, is disconnected, and
is told what it missed when it is back. Between `hold` and `release` entries are kept aside, so
that none falls between the history and what follows it.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from services.ingest.lobby.chat.account import CHANNEL
from services.ingest.lobby.chat.entries import Entry, told
from services.ingest.lobby.chat.protocol.codes import Close
from services.ingest.lobby.chat.protocol.server import AnyOurs, AskRating, Status, spoken
from services.ingest.lobby.chat.tokens import Session
from shared.contracts.identity import Identity

MAX_QUEUED: Final = 512
MAX_QUEUED_BYTES: Final = 1024 * 1024
MAX_UNSEEN: Final = 1_000

Naming = Callable[[str | None], str | None]
"""An agent's id -> what the customer sees of the name."""

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Closing:
    """How a connection ends. reason: for the client, at most 123 bytes."""

    code: Close
    reason: str


class Closed(Exception):
    """The connection is ending: `closing` says how."""


def _nameless(_: str | None) -> str | None:
    return None


class Connection:
    """Bound to the event loop.

    lang: ISO 639-1, as the client said; None: it said none. key: of the identity.
    """

    def __init__(
        self,
        *,
        account: str,
        session: Session,
        lang: str | None = None,
        name_of_agent: Naming = _nameless,
    ) -> None:
        self.account: Final = account
        self.session = session
        self.identity: Final = Identity(CHANNEL, account, session.sender)
        self.key: Final = str(self.identity)
        self.lang = lang
        self.number: Final = next(_numbers)
        self.closing: Closing | None = None
        self.name_of_agent: Final = name_of_agent
        self._queue: Final[deque[str]] = deque()
        self._held: list[Entry] | None = None
        self._bytes = 0
        self._unseen: Final[OrderedDict[str, None]] = OrderedDict()
        self._status: Status | None = None
        self._stirred: Final = asyncio.Event()
        self._closed: Final = asyncio.Event()

    def hold(self) -> None:
        """Keep entries aside from now on, until `release`."""
        self._held = [] if self._held is None else self._held

    def release(self, history: Sequence[Entry]) -> None:
        """Tell the history, then what was kept aside and is not in it."""
        held, self._held = self._held or [], None
        self._bytes -= sum(len(entry.text) for entry in held)
        known = {entry.id for entry in history}
        told = (*history, *(each for each in held if each.id not in known))
        for entry in told:
            self.push(entry, asking=entry is told[-1])

    def push(self, entry: Entry, *, asking: bool = True) -> None:
        """Queue an entry. asking: whether it still is a question, where it asks how it was."""
        if self.closing is not None:
            return
        if self._held is not None:
            self._held.append(entry)
            self._grow(entry.text)
            return
        if entry.by != "you":
            self._unseen[entry.id] = None
            if len(self._unseen) > MAX_UNSEEN:
                self._unseen.popitem(last=False)
        name = self.name_of_agent(entry.agent)
        self.say(told(entry, device=self.session.device, name=name))
        if asking and entry.asks_rating:
            self.say(AskRating(id=entry.id))

    def seen(self, entries: Sequence[str]) -> list[str]:
        """Of these entries the replies that this connection was told, each once."""
        known = [id for id in dict.fromkeys(entries) if id in self._unseen]
        for id in known:
            del self._unseen[id]
        return known

    def show(self, status: Status) -> None:
        """Say where the matter stands, unless that was the last word."""
        if status != self._status:
            self._status = status
            self.say(status)

    def say(self, message: AnyOurs) -> None:
        """Queue a message."""
        if self.closing is None:
            text = spoken(message)
            self._queue.append(text)
            self._grow(text)
            self._stirred.set()

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

    def _grow(self, text: str) -> None:
        self._bytes += len(text)
        waiting = len(self._queue) + len(self._held or ())
        if waiting > MAX_QUEUED or self._bytes > MAX_QUEUED_BYTES:
            self.close(Close.TRY_AGAIN, "you read too slowly: connect again")
