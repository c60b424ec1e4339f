"""The status page's view of `tickets`, `messages` and `replies`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pymongo.errors import PyMongoError

from services.ingest.lobby.status.deals import Queue
from services.ingest.lobby.status.ports import MOST_AHEAD, Said, Ticket
from shared.store.driver import Store
from shared.store.errors import explain

_FIELDS: Final = dict.fromkeys(
    (
        *("desk", "queue", "state", "lang", "due_at", "opened_at"),
        *("discreet", "identity", "assignment", "bond"),
    ),
    1,
)
_REPLY: Final = {"at": 1, "by": 1, "text": 1, "notice": 1}
_MOST_SAID: Final = 1_000
_SAYS: Final = frozenset({"message", "transcript"})


class MongoStatus:
    def __init__(self, store: Store) -> None:
        self._store: Final = store

    async def tickets(self, ids: Sequence[str]) -> Mapping[str, Ticket]:
        docs = await self._store.find("tickets", {"_id": {"$in": list(ids)}}, _FIELDS)
        return {doc["_id"]: _ticket(doc) for doc in docs}

    async def ahead(self, queue: Queue, *, due_at: float) -> int:
        waiting = {"desk": queue.desk, "state": "queued", "due_at": {"$lt": due_at}}
        try:
            # by the index of desk, state and deadline; the queue is looked at in what it finds
            return int(
                await self._store["tickets"].count_documents(
                    {**waiting, "queue": queue.name}, limit=MOST_AHEAD
                )
            )
        except PyMongoError as error:
            raise explain(error) from error

    async def notices(self, ticket: str) -> Sequence[Said]:
        return [each for each in await self._replies(ticket) if each.by == "system"]

    async def conversation(self, ticket: str) -> Sequence[Said]:
        written = await self._store.find(
            "messages", {"ticket": ticket}, {"kind": 1, "at": 1, "text": 1}, most=_MOST_SAID
        )
        said = [
            Said(doc["at"], "you", doc.get("text") or "") for doc in written if doc["kind"] in _SAYS
        ]
        return sorted([*said, *await self._replies(ticket)], key=lambda each: each.at)

    async def _replies(self, ticket: str) -> list[Said]:
        docs = await self._store.find("replies", {"ticket": ticket}, _REPLY, most=_MOST_SAID)
        return sorted(map(_said, docs), key=lambda each: each.at)


def _ticket(doc: Mapping[str, Any]) -> Ticket:
    bond = doc.get("bond")
    return Ticket(
        id=doc["_id"],
        queue=Queue(doc["desk"], doc["queue"]),
        state=doc["state"],
        lang=doc["lang"],
        due_at=doc["due_at"],
        opened_at=doc["opened_at"],
        discreet=doc.get("discreet"),
        identity=doc["identity"],
        assignment=doc["assignment"],
        whole=bond["merged_into"] if bond else "",
    )


def _said(doc: Mapping[str, Any]) -> Said:
    by = "agent" if doc["by"] == "agent" else "system"
    return Said(doc["at"], by, doc.get("text") or "", doc.get("notice") or "")
