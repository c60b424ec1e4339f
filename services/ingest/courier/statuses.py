"""What providers said of messages becomes reports of replies.

Stored before it is looked up, and looked up by the courier after it stored the end of a reply:
whichever comes later finds the other, and reports. What was reported before a crash is reported
again, under the same id.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from services.ingest.courier.delivery import Delivery
from services.ingest.courier.ports import StatusStore
from services.ingest.courier.receipts import Said, became, furthest, said_by
from services.ingest.courier.reporting import news_of
from shared.contracts import InvalidEvent, decode
from shared.contracts.provider_status_v1 import ProviderStatus
from shared.messaging.deadletter import dead_letter
from shared.messaging.patience import SetAside
from shared.messaging.records import Outgoing, Publisher, Record
from shared.runtime.clock import Clock

GROUP: Final = "courier-statuses"
Fate = Literal["told", "early", "old", "unknown"]


@dataclass(frozen=True, slots=True)
class Heard:
    """counts: (channel, what came of it). refused: reason → dead letters."""

    counts: Counter[tuple[str, Fate]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusInbox:
    """What a batch is taken in with."""

    store: StatusStore
    publisher: Publisher
    clock: Clock

    async def take_in(self, records: Sequence[Record]) -> Heard:
        """Raises StoreError and PublishFailed: the same may be taken in again."""
        said, letters = self._read(records)
        heard = Heard(refused=Counter(invalid=len(letters)))
        news = await self._news(furthest(said), heard)
        if out := [*letters, *news]:
            await self.publisher.publish(out)
        return heard

    def set_aside(self, record: Record, says: str) -> SetAside[Heard]:
        outcome = Heard(refused=Counter(failed=1))
        return SetAside(dead_letter(record, group=GROUP, reason=f"failed: {says}"), outcome)

    def _read(self, records: Sequence[Record]) -> tuple[list[Said], list[Outgoing]]:
        """Reports of this topic are not for us."""
        said: list[Said] = []
        letters: list[Outgoing] = []
        for record in records:
            try:
                data = decode(record.value).data
            except InvalidEvent as fault:
                letters.append(dead_letter(record, group=GROUP, reason=f"invalid: {fault}"))
                continue
            if isinstance(data, ProviderStatus):
                mark = f"{record.partition}:{record.offset}"
                said.append(said_by(data, now=self.clock.now(), mark=mark))
        return said, letters

    async def _news(self, said: Sequence[Said], heard: Heard) -> list[Outgoing]:
        """One report a reply, where what was said last is still the furthest."""
        if not said:
            return []
        now = self.clock.now()
        news = await self.store.note(said, now=now)
        owners = await self.store.sent_as(said)
        fresh: dict[str, Delivery] = {}
        for each in said:
            delivery = owners.get(each.message)
            fate: Fate = "unknown"
            if delivery is not None:
                fate = "told" if each.message in news else "old"
                fate = fate if delivery.is_over else "early"
            if delivery is not None and fate == "told":
                fresh[delivery.reply] = delivery
            heard.counts[each.channel, fate] += 1
        if not fresh:
            return []
        known = await self.store.said_of(list(fresh.values()))
        reached = ((each, became(each, known[each.reply])) for each in fresh.values())
        return [news_of(each, what, now=now) for each, what in reached if what is not None]
