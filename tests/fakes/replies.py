"""Replies and how they stand, in memory."""

from collections.abc import Mapping, Sequence
from typing import cast

from services.router.domain.replies import KeptReply, Standing, asked
from shared.store.documents import ReplyDoc
from shared.store.errors import StoreError


class FakeReplies:
    """A ReplyStore. failures: raised first, one a call."""

    def __init__(self) -> None:
        self.written: dict[str, ReplyDoc] = {}
        self.standings: dict[str, Standing] = {}
        self.failures: list[StoreError] = []

    async def keep(
        self, replies: Sequence[ReplyDoc], standings: Mapping[str, Standing], *, now: float
    ) -> Sequence[KeptReply]:
        if self.failures:
            raise self.failures.pop()
        for doc in replies:
            self.written[doc["_id"]] = doc
            self.standings.setdefault(doc["_id"], asked(doc["at"]))
        for id, standing in standings.items():
            known = self.standings.setdefault(id, asked(now))
            if known.rank < standing.rank:
                self.standings[id] = standing
        ids = dict.fromkeys([*(doc["_id"] for doc in replies), *standings])
        return [self._kept(id) for id in ids]

    def _kept(self, id: str) -> KeptReply:
        doc = self.written.get(id, cast(ReplyDoc, {}))
        return KeptReply(id, doc.get("ticket", ""), doc.get("agent"), self.standings[id])
