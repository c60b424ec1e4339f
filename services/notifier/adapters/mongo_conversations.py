"""Pages of a ticket's messages and replies, newest page first, for the agent who has the ticket.

Messages and replies keep the ticket they were written to; those of merged tickets are read along
with it, and whoever has a task reads those of its ticket."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from pymongo import DESCENDING
from pymongo.errors import PyMongoError

from services.notifier.adapters.conversation_page import Cursor, page_of
from services.notifier.adapters.documents import IN_HAND, parent, parts
from services.notifier.ports import NotYours
from services.notifier.protocol.server import ConversationPage
from shared.contracts import Identity
from shared.store.driver import Collection, Store
from shared.store.errors import explain


class MongoConversations:
    """Conversations on `tickets`, `messages` and `replies`."""

    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def page(
        self, *, agent: str, ticket: str, before: str | None, limit: int
    ) -> ConversationPage:
        """Raises NotYours; ValueError for a wrong `before`; Transient."""
        cursor = Cursor.parse(before)
        try:
            tickets = await self._in_hands(agent=agent, ticket=ticket)
            messages, replies = await asyncio.gather(
                self._older("messages", tickets, cursor.at, skip=cursor.given, most=limit + 1),
                self._older("replies", tickets, cursor.at, skip=cursor.replies, most=limit + 1),
            )
        except PyMongoError as error:
            raise explain(error) from error
        return page_of(ticket, messages, replies, cursor=cursor, limit=limit)

    async def _older(
        self, collection: str, tickets: Sequence[str], at: float, *, skip: int, most: int
    ) -> list[dict[str, Any]]:
        found = older(self._store[collection], tickets, at, skip=skip).limit(most)
        return [document async for document in found]

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


def older(entries: Collection, tickets: Sequence[str], at: float, *, skip: int) -> Any:
    """A driver's cursor over these tickets' messages, or replies, up to a time, newest first."""
    upto = {"$lte": at}
    if len(tickets) == 1:
        # those of one moment come in the order of the index, the same for each page
        found = entries.find({"ticket": tickets[0], "at": upto}).sort("at", DESCENDING)
    else:
        # the hint: with `$in` the embedded store reads the whole collection otherwise
        found = entries.find({"ticket": {"$in": list(tickets)}, "at": upto}).hint("ticket_at")
        # several parts of the index have no order for those of one moment
        found = found.sort([("at", DESCENDING), ("_id", DESCENDING)])
    return found.skip(skip)
