"""Keeps what was written to customers and what became of it, and tells agents of theirs.

Replies and reports come on two topics, so a report may be read before its reply: the store takes
them in either order. An agent is told after the store knows; a crash in between tells them when
the records are read again. What they are told is how the reply stands now, so it may be told twice.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, cast

from services.router.domain.replies import KeptReply, Standing, standing_of
from services.router.ports import ReplyStore
from shared.contracts import Contract, Envelope, InvalidEvent, decode, wrap
from shared.contracts.delivery_reported_v1 import DeliveryReported, DeliveryStatus
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.reply_status_changed_v1 import ReplyStatusChanged
from shared.messaging.deadletter import dead_letter
from shared.messaging.patience import SetAside
from shared.messaging.records import Outgoing, Publisher, Record, outgoing
from shared.privacy.mask import Masked
from shared.runtime.clock import Clock, utc
from shared.store.documents import ReplyDoc

GROUP: Final = "recorder-replies"
TOPICS: Final = (ReplyRequested.TOPIC, DeliveryReported.TOPIC)
"""Of one customer in the same partition of both, and so with the same recorder."""

NEWS_SECONDS: Final = 3600.0
"""What is older is told to nobody: a recorder that catches up would flood the sockets. The
conversation has it."""

Kind = Literal["replies", "reports", "told"]


@dataclass(frozen=True, slots=True)
class RepliesKept:
    """counts: replies and reports read, agents told. refused: (topic, reason) of dead letters."""

    counts: Counter[Kind] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(slots=True)
class _Batch:
    """standings: by reply, the highest of its reports."""

    replies: dict[str, ReplyDoc] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    causes: dict[str, Envelope[Contract]] = field(default_factory=dict)
    letters: list[Outgoing] = field(default_factory=list)
    counts: Counter[Kind] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRecorder:
    """What a batch is kept with. mask: of card numbers, for what integrations report."""

    store: ReplyStore
    publisher: Publisher
    clock: Clock
    mask: Callable[[str], Masked]

    async def record(self, records: Sequence[Record]) -> RepliesKept:
        """Raises Transient when the store is away, PublishFailed when the broker does not confirm:
        nothing may be committed, and the batch may be recorded again. Raises another StoreError
        when that would not help."""
        batch = self._read(records)
        kept = await self.store.keep(
            list(batch.replies.values()), batch.standings, now=self.clock.now()
        )
        since = self.clock.now() - NEWS_SECONDS
        recent = [each for each in kept if each.standing.at >= since]
        told = [each for reply in recent if (each := _told(reply, batch)) is not None]
        if out := [*batch.letters, *told]:
            await self.publisher.publish(out)
        batch.counts["told"] += len(told)
        return RepliesKept(batch.counts, batch.refused)

    def set_aside(self, record: Record, says: str) -> SetAside[RepliesKept]:
        """The dead letter of a record that nobody can handle."""
        outcome = RepliesKept(refused=Counter({(record.topic, "failed"): 1}))
        return SetAside(dead_letter(record, group=GROUP, reason=f"failed: {says}"), outcome)

    def _read(self, records: Sequence[Record]) -> _Batch:
        batch = _Batch()
        for record in records:
            try:
                event = decode(record.value)
            except InvalidEvent as fault:
                letter = dead_letter(record, group=GROUP, reason=f"invalid: {fault}")
                batch.letters.append(letter)
                batch.refused[(record.topic, "invalid")] += 1
            else:
                self._take(event, batch, mark=f"{record.partition}:{record.offset}")
        return batch

    def _take(self, event: Envelope[Contract], batch: _Batch, *, mark: str) -> None:
        """Other events of these topics are not for us."""
        match event.data:
            case ReplyRequested() as reply:
                batch.counts["replies"] += 1
                batch.replies[reply.reply] = _document(reply, at=event.at)
                batch.causes.setdefault(reply.reply, event)
            case DeliveryReported() as report:
                batch.counts["reports"] += 1
                new = self._standing(report, mark=mark)
                known = batch.standings.get(report.reply)
                if known is None or known.rank < new.rank:
                    batch.standings[report.reply] = new
                    batch.causes[report.reply] = event

    def _standing(self, report: DeliveryReported, *, mark: str) -> Standing:
        return standing_of(
            report.status,
            # a provider's clock may be anywhere
            min(max(report.at.timestamp(), 0.0), self.clock.now()),
            error=self.mask(report.error or "").text,
            in_doubt=report.in_doubt,
            mark=mark,
        )


def _document(reply: ReplyRequested, *, at: datetime) -> ReplyDoc:
    return ReplyDoc(
        _id=reply.reply,
        ticket=reply.ticket,
        key=reply.key,
        channel=reply.channel,
        account=reply.account,
        text=reply.text,
        notice=reply.notice,
        by=reply.by,
        agent=reply.agent,
        at=at.timestamp(),
    )


def _told(kept: KeptReply, batch: _Batch) -> Outgoing | None:
    """What its agent is to know: None where they have no part in it, or know it."""
    standing, reported = kept.standing, batch.standings.get(kept.reply)
    known = reported is None or (reported.rank, reported.mark) != (standing.rank, standing.mark)
    news = kept.reply in batch.replies or not known
    if kept.agent is None or not kept.ticket or standing.status == "asked" or not news:
        return None
    event = ReplyStatusChanged(
        agent=kept.agent,
        ticket=kept.ticket,
        reply=kept.reply,
        status=cast(DeliveryStatus, standing.status),
        at=utc(standing.at),
        error=standing.error or None,
    )
    cause = batch.causes[kept.reply]
    id = f"{kept.reply}:{standing.status}:told"
    return outgoing(
        wrap(event, id=_short(id), at=cause.at, cause=cause.id, correlation=cause.correlation)
    )


def _short(id: str) -> str:
    """An event's id has at most 512 characters; a reply's may have as many. The end tells more."""
    return id[-512:]
