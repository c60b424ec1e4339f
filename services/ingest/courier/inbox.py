"""Replies as they are read become deliveries: stored before their offset counts as done."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from services.ingest.courier.delivery import Delivery
from services.ingest.courier.ports import DeliveryStore, Messages
from services.ingest.courier.sender import Senders
from shared.contracts import InvalidEvent, decode
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.messaging.deadletter import dead_letter
from shared.messaging.patience import SetAside
from shared.messaging.records import Outgoing, Publisher, Record, next_offsets

GROUP: Final = "courier"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """offsets: partition -> next offset to read. deliveries: with something left to do. counts:
    ours, theirs (an integration delivers them). refused: dead letters."""

    offsets: Mapping[int, int]
    deliveries: Sequence[Delivery] = ()
    counts: Counter[str] = field(default_factory=Counter)
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """messages: where what replies answer is found, for channels that name it. kept_seconds: a
    reply that could not be sent for so long is given up."""

    store: DeliveryStore
    messages: Messages
    publisher: Publisher
    senders: Senders
    kept_seconds: float

    async def take_in(self, records: Sequence[Record]) -> TakenIn:
        """Raises StoreError and PublishFailed: the same may be taken in again."""
        ours: list[Delivery] = []
        letters: list[Outgoing] = []
        theirs = 0
        for record in records:
            try:
                delivery = self._delivery(record)
            except InvalidEvent as fault:
                letters.append(dead_letter(record, group=GROUP, reason=f"invalid: {fault}"))
                continue
            if delivery is None:
                theirs += 1
            else:
                ours.append(delivery)
        named = await self._with_messages(ours)
        open_ones = await self.store.take_in(named) if named else []
        if letters:
            await self.publisher.publish(letters)
        counts = Counter(ours=len(ours), theirs=theirs)
        return TakenIn(next_offsets(records), open_ones, counts, len(letters))

    async def _with_messages(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """A message of somebody else's is not looked at: its subject is not this customer's to
        read."""
        wanted = {
            each.in_reply_to
            for each in deliveries
            if each.in_reply_to and self.senders[each.channel, each.account].names_message
        }
        known = await self.messages.about(wanted) if wanted else {}
        return [
            replace(each, subject=it.subject, thread=it.thread, heard_at=it.at)
            if (it := known.get(each.in_reply_to or "")) and it.identity == each.key
            else each
            for each in deliveries
        ]

    def set_aside(self, record: Record, says: str) -> SetAside[TakenIn]:
        outcome = TakenIn(next_offsets((record,)), refused=1)
        return SetAside(dead_letter(record, group=GROUP, reason=f"failed: {says}"), outcome)

    def _delivery(self, record: Record) -> Delivery | None:
        event = decode(record.value or b"")
        reply = event.data
        if not isinstance(reply, ReplyRequested):
            raise InvalidEvent(f"type: {event.type} is not for this topic")
        if (reply.channel, reply.account) not in self.senders:
            return None
        asked_at = event.at.timestamp()
        return Delivery(
            reply=reply.reply,
            ticket=reply.ticket,
            key=reply.key,
            partition=record.partition,
            offset=record.offset,
            channel=reply.channel,
            account=reply.account,
            recipient=reply.sender,
            text=reply.text,
            in_reply_to=reply.in_reply_to,
            by=reply.by,
            lang=reply.lang or "",
            asked_at=asked_at,
            expires_at=asked_at + self.kept_seconds,
        )
