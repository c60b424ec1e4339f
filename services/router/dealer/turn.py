"""One turn: a bounded batch of records, applied to the desks in memory.

Pure but for the Book it changes: records in, a TurnWrite out. A record nobody can read or place
becomes a dead letter of the same turn, so its offset moves on only together with the proof.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.router.dealer.book import Answers, Book
from services.router.dealer.doings import Unsaid, Work
from services.router.dealer.inbox import Told, read
from services.router.dealer.limits import DealerLimits
from services.router.dealer.outbox import Outbox
from services.router.dealer.overtaken import Stored, before
from services.router.domain.events import DeskEvent, EntryAdded, Moved, TicketEvent
from services.router.ports import ShardState, StoredTicket, TurnWrite
from shared.contracts import InvalidEvent, encode
from shared.contracts.registry import decode
from shared.contracts.turn_recorded_v1 import AppliedRange, Overtaken
from shared.messaging.deadletter import dead_letter
from shared.messaging.partition import partition_of
from shared.messaging.records import Outgoing, Record
from shared.privacy.status_link import NO_LINKS, StatusLinks
from shared.runtime.clock import utc

GROUP = "dealer"


@dataclass(frozen=True, slots=True)
class Understood:
    """Records of a turn, read: each with what it says, or with why it says nothing."""

    record: Record
    told: Told | None
    fault: str = ""


def understand(records: Iterable[Record]) -> list[Understood]:
    """Read each record; what cannot be read keeps the reason."""
    read_so_far = []
    for record in records:
        try:
            read_so_far.append(Understood(record, read(record)))
        except InvalidEvent as fault:
            read_so_far.append(Understood(record, None, str(fault)))
    return read_so_far


def announced(batch: Iterable[Understood]) -> Iterable[TicketEvent]:
    """The announcements among them."""
    return (
        each.told.event
        for each in batch
        if each.told is not None and isinstance(each.told.event, TicketEvent)
    )


@dataclass(slots=True)
class _Range:
    """Records applied one after the other: offsets of one topic, both included."""

    topic: str
    first: int
    last: int


@dataclass(slots=True)
class Turn:
    """A turn being made. state: the shard's document as last committed. unsaid: what was done
    since. stored: messages of tickets that changed desks. links: where customers see their tickets.
    applied: how many records so far. work: what the desks did of their own."""

    state: ShardState
    now: float
    book: Book
    policy: int
    limits: DealerLimits
    fetched: Mapping[str, StoredTicket]
    unsaid: Unsaid = field(default_factory=Unsaid)
    stored: Stored = field(default_factory=dict)
    links: StatusLinks = NO_LINKS
    outbox: Outbox = field(init=False)
    gave_up: bool = field(default=False, init=False)
    work: Work = field(default="none", init=False)
    applied: int = 0
    _ranges: list[_Range] = field(default_factory=list)
    _marks: dict[str, int] = field(default_factory=dict)
    _overtaken: list[Overtaken] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.outbox = Outbox(
            shard=self.state.shard,
            epoch=self.state.epoch,
            seq=self.state.seq + 1,
            now=self.now,
            policy=self.policy,
            desks=self.book,
            links=self.links,
        )

    @property
    def full(self) -> bool:
        return (
            self.outbox.size_bytes >= self.limits.turn_bytes
            or len(self.outbox) >= self.limits.turn_effects
        )

    @property
    def changed(self) -> bool:
        return bool(self._ranges) or len(self.outbox) > 0

    def take(self, answers: Answers) -> None:
        for desk, effects in answers:
            self.outbox.take(desk, effects)

    def apply(self, batch: Sequence[Understood]) -> Sequence[Understood]:
        """Apply in order until the turn is full; returns what is left for the next."""
        for at, each in enumerate(batch):
            if self.full:
                return batch[at:]
            self._apply(each)
            self._pass(each.record)
        return ()

    def tick(self, *, expire: bool) -> None:
        """Let the desks deal, and end what is due when `expire`."""
        self.work = "all" if expire else "deals"
        limit = self.limits.turn_effects - len(self.outbox)
        self.take(self.book.tick(now=self.now, limit=limit, expire=expire))

    def give_up(self, record: Record, reason: str) -> None:
        """Set the record aside for people to look at, and move on."""
        self.outbox.pass_on(dead_letter(record, group=GROUP, reason=reason))
        self._pass(record)
        self.gave_up = True

    def write(self) -> TurnWrite:
        """Close the turn."""
        self.outbox.close(
            tuple(
                AppliedRange(topic=each.topic, first=each.first, last=each.last)
                for each in self._ranges
            ),
            self.unsaid.said_with(self.work, set_aside=self.gave_up),
            tuple(self._overtaken),
        )
        offsets = {**self.state.offsets, **{each.topic: each.last + 1 for each in self._ranges}}
        state = replace(
            self.state,
            seq=self.state.seq + 1,
            now=self.now,
            policy=self.policy,
            offsets=offsets,
            marks={**self.state.marks, **self._marks},
            outbox=self.outbox.records(),
            trouble=tuple(
                each for each in self.state.trouble if each.offset >= offsets[each.topic]
            ),
        )
        return TurnWrite(
            state=state,
            tickets=self.outbox.ticket_writes(),
            agents=self.outbox.agent_writes(),
        )

    def _apply(self, each: Understood) -> None:
        if each.told is None:
            self._dead(each.record, each.fault)
            return
        event = each.told.event
        desk: str | None = each.told.desk
        if isinstance(event, TicketEvent):
            left_for = self.outbox.left_for(event.ticket)
            if left_for is not None:
                self._forward(each.told, left_for)
                return
            desk = self._home(event)
        if desk is None:
            self._dead(each.record, "ticket: announced, but not in the store")
        elif desk in self.book.desks():
            self._tell(desk, event)
        elif partition_of(desk.encode(), self.state.partitions) != self.state.shard:
            self._forward(each.told, desk)
        else:
            self._dead(each.record, f"desk: {desk} is in no policy")

    def _tell(self, desk: str, event: DeskEvent) -> None:
        """First what the event overtook, as if it had come in its order."""
        here = self.book.desk(desk)
        if isinstance(event, EntryAdded) and event.ticket in self.stored:
            for entry in before(event, here.ticket(event.ticket), self.stored):
                self._overtaken.append(_overtaken(entry))
                self.outbox.take(desk, here.apply(entry, now=self.now))
        self.outbox.take(desk, here.apply(event, now=self.now))

    def _home(self, event: TicketEvent) -> str | None:
        """The desk that has the ticket: in memory, else as its document says."""
        home = self.book.home_of(event.ticket)
        if home is not None:
            return home
        stored = self.fetched.get(event.ticket)
        if stored is None:
            return None
        if stored.desk in self.book.desks():
            self.take(self.book.adopt_tickets([stored], now=self.now))
        return stored.desk

    def _forward(self, told: Told, desk: str) -> None:
        """Say it to the desk that has the ticket, under the same id. A hint that finds the ticket
        gone is out of date."""
        if isinstance(told.event, Moved):
            return
        record, value = told.record, told.record.value or b""
        if desk != told.desk:
            event = decode(record.value)
            value = encode(
                event.model_copy(update={"data": event.data.model_copy(update={"desk": desk})})
            )
        self.outbox.pass_on(Outgoing(record.topic, desk.encode(), value, record.headers))

    def _dead(self, record: Record, reason: str) -> None:
        self.outbox.pass_on(dead_letter(record, group=GROUP, reason=reason))

    def _pass(self, record: Record) -> None:
        """Note the record as applied."""
        self.applied += 1
        self._marks[record.topic] = record.timestamp
        last = self._ranges[-1] if self._ranges else None
        if last is not None and last.topic == record.topic:
            last.last = record.offset
        else:
            self._ranges.append(_Range(record.topic, record.offset, record.offset))


def _overtaken(entry: EntryAdded) -> Overtaken:
    return Overtaken(
        ticket=entry.ticket,
        message=entry.message,
        kind=entry.kind,
        partition=entry.partition,
        offset=entry.offset,
        at=utc(entry.at),
        reopens=entry.reopens,
        rating=entry.rating or None,
    )
