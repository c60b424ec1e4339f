"""History, tickets and names from `messages`, `replies`, `tickets` and `agents`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pymongo import DESCENDING

from services.ingest.lobby.chat.entries import MOST, By, Entry
from services.ingest.lobby.chat.ports import Ticket
from shared.contracts.identity import Identity
from shared.store.driver import Store

_ARRIVED: Final = frozenset({"delivered", "read"})
_LATEST: Final = 20
_TICKET: Final = {"state": 1, "agent": 1, "desk": 1, "queue": 1, "lane": 1, "bond": 1}
_NEWEST_FIRST: Final = ("at", DESCENDING)


class MongoHistory:
    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def page(self, key: str, *, after: float, not_before: float) -> list[Entry]:
        messages = await self._store.find(
            "messages",
            {"identity": key, "at": {"$gte": after}},
            {"kind": 1, "at": 1, "text": 1, "attachments": 1},
            sort=_NEWEST_FIRST,
            most=MOST,
        )
        replies = await self._store.find(
            "replies", {"key": key, "at": {"$gte": not_before}}, sort=_NEWEST_FIRST, most=MOST
        )
        prefix = _prefix(key)
        written = [_own(doc, prefix) for doc in messages if doc["kind"] == "message"]
        # one without words is of a report that was read before its reply
        told = (doc for doc in replies if "text" in doc and (doc["at"] >= after or _not_seen(doc)))
        return written + [_reply(doc) for doc in told]


class MongoTickets:
    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def recent(self, key: str) -> list[str]:
        docs = await self._store.find(
            "messages", {"identity": key}, {"ticket": 1}, sort=_NEWEST_FIRST, most=_LATEST
        )
        return list(dict.fromkeys(doc["ticket"] for doc in docs if doc.get("ticket")))

    async def of_messages(self, messages: Sequence[str]) -> Mapping[str, str | None]:
        docs = await self._store.find("messages", {"_id": {"$in": list(messages)}}, {"ticket": 1})
        return {doc["_id"]: doc.get("ticket") for doc in docs}

    async def read(self, tickets: Sequence[str]) -> Mapping[str, Ticket]:
        docs = await self._store.find("tickets", {"_id": {"$in": list(tickets)}}, _TICKET)
        return {doc["_id"]: _ticket(doc) for doc in docs}


class MongoRoll:
    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def names(self) -> Mapping[str, str]:
        # the condition holds for all: by it an index answers
        docs = await self._store.find("agents", {"_id": {"$gte": ""}}, {"name": 1})
        return {doc["_id"]: doc["name"] for doc in docs if doc.get("name")}


def _not_seen(doc: Mapping[str, Any]) -> bool:
    """Whether no device is known to have the reply."""
    return doc.get("status") not in _ARRIVED


def _prefix(key: str) -> str:
    """Of the ids of this account's messages."""
    channel, account, _ = Identity.parse(key)
    return f"{channel}:{account}:"


def _own(doc: Mapping[str, Any], prefix: str) -> Entry:
    id = doc["_id"].removeprefix(prefix)
    files = tuple(doc.get("attachments") or ())
    return Entry(id, "you", doc["at"], doc.get("text") or "", attachments=files)


def _reply(doc: Mapping[str, Any]) -> Entry:
    by: By = "agent" if doc.get("by") == "agent" else "system"
    text, notice = doc.get("text") or "", doc.get("notice") or ""
    return Entry(doc["_id"], by, doc["at"], text, doc.get("agent"), (), notice)


def _ticket(doc: Mapping[str, Any]) -> Ticket:
    bond = doc.get("bond")
    return Ticket(
        id=doc["_id"],
        state=doc["state"],
        agent=doc.get("agent"),
        desk=doc["desk"],
        queue=doc["queue"],
        lane=doc.get("lane") or "",
        whole=bond["merged_into"] if bond else "",
    )
