"""Pages of a ticket's messages, newest page first, for the agent who has the ticket.

Messages keep the ticket they were written to; those of merged tickets are read along with it, and
whoever has a task reads those of its ticket."""

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from pymongo import DESCENDING
from pymongo.errors import PyMongoError

from services.notifier.adapters.documents import IN_HAND, entry, parent, parts
from services.notifier.ports import NotYours
from services.notifier.protocol.server import ConversationPage
from shared.contracts import Identity
from shared.store.driver import Collection, Store
from shared.store.errors import explain

MAX_PAGE_CHARACTERS: Final = 262_144
"""A page ends early rather than fill the socket's queue."""


class Cursor(NamedTuple):
    """Where a page ended: the entries' time, and how many of exactly that time were given.

    Providers count whole seconds, so several entries of one time are usual.
    """

    at: float
    given: int

    @classmethod
    def parse(cls, text: str | None) -> "Cursor":
        """Raises ValueError when the text is none of ours."""
        if text is None:
            return cls(math.inf, 0)
        at, _, given = text.partition("/")
        cursor = cls(float(at), int(given))
        if not math.isfinite(cursor.at) or not 0 <= cursor.given < 10_000:
            raise ValueError("no cursor of ours")
        return cursor

    def after(self, at: float) -> "Cursor":
        """Once an entry of this time was given as well."""
        return Cursor(at, self.given + 1) if at == self.at else Cursor(at, 1)

    def __str__(self) -> str:
        return f"{self.at!r}/{self.given}"


class MongoConversations:
    """Conversations on `tickets` and `messages`."""

    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def page(
        self, *, agent: str, ticket: str, before: str | None, limit: int
    ) -> ConversationPage:
        """Raises NotYours; ValueError for a wrong `before`; Transient."""
        cursor = Cursor.parse(before)
        try:
            tickets = await self._in_hands(agent=agent, ticket=ticket)
            newest_first = older(self._store["messages"], tickets, cursor).limit(limit + 1)
            documents = [document async for document in newest_first]
        except PyMongoError as error:
            raise explain(error) from error
        return _page(ticket, documents, cursor=cursor, limit=limit)

    async def customer(self, *, agent: str, ticket: str) -> Identity:
        """Raises NotYours, Transient."""
        query = {"_id": ticket, "agent": agent, "state": {"$in": IN_HAND}}
        try:
            held = await self._store["tickets"].find_one(query, {"identity": 1})
        except PyMongoError as error:
            raise explain(error) from error
        if held is None or not held.get("identity"):
            raise NotYours
        return Identity.parse(held["identity"])

    async def _in_hands(self, *, agent: str, ticket: str) -> tuple[str, ...]:
        """The ticket, or that of a task, and what was merged into it. Raises NotYours."""
        fields = {"agent": 1, "state": 1, "bond": 1, "tasks": 1}
        held = await self._store["tickets"].find_one({"_id": ticket}, fields)
        if held is None or held.get("agent") != agent or held["state"] not in IN_HAND:
            raise NotYours
        whole = parent(held)
        if not whole:
            return (ticket, *parts(held))
        of = await self._store["tickets"].find_one({"_id": whole}, {"bond": 1})
        return (whole, *parts(of or {}))


def older(messages: Collection, tickets: Sequence[str], cursor: Cursor) -> Any:
    """A driver's cursor over these tickets' messages from ours on, newest first."""
    upto = {"$lte": cursor.at}
    if len(tickets) == 1:
        # those of one moment come in the order of the index, the same for each page
        found = messages.find({"ticket": tickets[0], "at": upto}).sort("at", DESCENDING)
    else:
        # the hint: with `$in` the embedded store reads the whole collection otherwise
        found = messages.find({"ticket": {"$in": list(tickets)}, "at": upto}).hint("ticket_at")
        # several parts of the index have no order for those of one moment
        found = found.sort([("at", DESCENDING), ("_id", DESCENDING)])
    return found.skip(cursor.given)


def _page(
    ticket: str, documents: list[dict[str, Any]], *, cursor: Cursor, limit: int
) -> ConversationPage:
    taken, room = 0, MAX_PAGE_CHARACTERS
    for document in documents[:limit]:
        room -= len(document.get("text") or "")
        if taken and room < 0:
            break
        cursor = cursor.after(document["at"])
        taken += 1
    return ConversationPage(
        ticket=ticket,
        entries=tuple(entry(document) for document in reversed(documents[:taken])),
        before=str(cursor) if len(documents) > taken else None,
    )
