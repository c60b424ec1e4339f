"""One shard, from take-over to loss.

Promise: what a record brings about is committed exactly once, by whoever owns the shard at that
moment, and said at least once, in the order of the commits.

    take records → apply in memory → ONE transaction → publish, every record confirmed → again

The transaction holds the shard's epoch, the applied offsets, the tickets, the agents and the
outbox. Somebody else's take-over raises the epoch, so an owner that was paused matches nothing
and lets go. No clock takes part in that.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from services.router.dealer.asking import Asking
from services.router.dealer.book import Book
from services.router.dealer.clock import ShardClock
from services.router.dealer.doings import Unsaid
from services.router.dealer.overtaken import Stored, by_ticket, doubtful
from services.router.dealer.queue import Gap, OtherLog, RecordQueue
from services.router.dealer.setting import Ports
from services.router.dealer.suspects import Suspects, with_attempt
from services.router.dealer.takeover import fits_the_log, partitions, take_over
from services.router.dealer.turn import Turn, Understood, announced, understand
from services.router.domain.effects import Effect
from services.router.ports import (
    FenceLost,
    Offsets,
    ShardState,
    StoredTicket,
    TurnWrite,
)
from shared.messaging.records import Record
from shared.runtime import failpoints
from shared.runtime.cancelling import heed
from shared.runtime.collector import thaw

log = structlog.get_logger()

_A_MOMENT = 0.02
_SLOW_ACK = 1.0
_LONG_BEHIND = 5.0


class ShardWorker:
    """Deals one shard. `run` ends when told to stop, or when the shard is somebody else's."""

    def __init__(self, shard: int, ports: Ports) -> None:
        self.shard = shard
        self._ports = ports
        self._limits = ports.limits
        self._queue = RecordQueue(high=ports.limits.queue_records)
        self._clock = ShardClock(ports.clock)
        self._asking = Asking(shard, ports)
        self._state: ShardState | None = None
        self._book: Book | None = None
        self._must_reach: dict[str, int] = {}
        self._unwritten: deque[tuple[str, list[Effect]]] = deque()
        self._suspects = Suspects(attempts=ports.limits.attempts)
        self._unsaid = Unsaid()
        self._accepting = False
        self._paused = False
        self._stopping = False
        self._last_caught_up = 0.0

    @property
    def owning(self) -> bool:
        """Whether the shard is loaded and its turns go on."""
        return self._accepting

    @property
    def book(self) -> Book | None:
        return self._book

    def offsets(self) -> Offsets:
        """Next offset to apply per topic, as committed."""
        return {} if self._state is None else self._state.offsets

    def deliver(self, records: list[Record]) -> None:
        """Records from the feed. What comes before the shard is loaded is dropped: the take-over
        seeks to where it has to go on."""
        if not self._accepting:
            return
        self._queue.put(records)
        if self._queue.full and not self._paused:
            self._paused = True
            self._ports.feed.pause(self.shard)

    def stop(self) -> None:
        """End after the turn under way. Memory is kept, in case the shard comes back."""
        self._stopping = True
        self._queue.wake()

    def look(self) -> None:
        """Something changed that is no record: do not sleep over it."""
        self._queue.wake()

    def forget(self) -> None:
        """Drop the memory."""
        if self._book is not None:
            thaw()
        self._state = None
        self._book = None
        self._queue.clear()
        self._unwritten.clear()

    async def run(self) -> None:
        """Own the shard until stopped, be it before the beginning. Raises FenceLost when another
        owner has it, and whatever nobody can explain: the process then ends, and its restart is
        the recovery."""
        try:
            if not self._stopping:
                await self._begin()
            while not self._stopping:
                heed()
                try:
                    await self._follow_policy()
                    await self._turn()
                except _Unfit as unfit:
                    await self._isolate(unfit)
        except BaseException:
            # memory may be ahead of the store
            self.forget()
            raise
        finally:
            self._accepting = self._stopping = False

    async def _begin(self) -> None:
        """Load the shard, or find that what is in memory is still true; then go on from there."""
        if not await self._still_mine():
            await self._take_over()
        feed = self._ports.feed
        self._must_reach = dict(await self._asking.patiently(lambda: feed.end_of(self.shard)))
        self._queue.clear()
        self._accepting = True
        self._last_caught_up = self._ports.clock.monotonic()
        feed.seek(self.shard, self._loaded()[0].offsets)
        self._resume()

    async def _still_mine(self) -> bool:
        """Whether nobody else had the shard, and its topics are still the ones we read."""
        state = self._state
        if state is None or self._book is None:
            return False
        if await self._asking.patiently(lambda: partitions(self._ports)) != state.partitions:
            return False
        head = await self._asking.patiently(lambda: self._ports.store.head(self.shard))
        if head != (state.epoch, state.seq):
            return False
        return await self._asking.patiently(lambda: fits_the_log(state, ports=self._ports))

    async def _take_over(self) -> None:
        self.forget()
        started = self._ports.clock.monotonic()
        taken = await take_over(
            self.shard, ports=self._ports, clock=self._clock, patiently=self._asking.patiently
        )
        self._state, self._book = taken.state, taken.book
        self._unsaid = Unsaid(loaded_at=taken.loaded_at)
        self._unwritten.extend(taken.unwritten)
        self._ports.observer.taken_over(
            shard=self.shard,
            epoch=self._state.epoch,
            seconds=self._ports.clock.monotonic() - started,
        )

    async def _follow_policy(self) -> None:
        """Deal by the version in force: from this turn on, which says so. Not before all is
        written that the desks said under the one before: they would say it again."""
        state, book = self._loaded()
        ruling = self._ports.ruling()
        if ruling.version == book.policy or self._unwritten:
            return
        rules = ruling.desks(self.shard, state.partitions)
        log.info("dealer.policy", shard=self.shard, before=book.policy, version=ruling.version)
        if {each.desk for each in rules} == set(book.desks()):
            book.change_rules(rules, policy=ruling.version)
        else:
            await self._reload()

    async def _turn(self) -> None:
        records = blamed = await self._gather()
        try:
            turn, ticked = await self._make(records)
            if turn.gave_up:
                blamed = []  # the record was not applied: what fails now is ours
            if turn.changed:
                await self._commit(turn.write())
        except FenceLost:
            raise
        except Exception as error:
            raise _Unfit(blamed, error) from error
        if turn.changed:
            await self._publish_outbox()
            self._ports.observer.turned(records=turn.applied, outbox=turn.outbox)
        else:
            self._unsaid.worked(turn.work, at=turn.now, policy=turn.policy)
        self._suspects.passed(self._loaded()[0], records=turn.applied, ticked=ticked)

    async def _make(self, records: Sequence[Record]) -> tuple[Turn, bool]:
        """Apply what fits into a turn and let the desks deal; whether they did."""
        state = self._loaded()[0]
        if records and self._suspects.alone(state) and not await self._note_attempt(records[0]):
            turn = self._new_turn({}, {})
            turn.give_up(records[0], f"failed {self._limits.attempts} times")
            return turn, False
        batch = understand(records)
        fetched = await self._fetch(batch)
        turn = self._new_turn(fetched, await self._stored(batch, fetched))
        own = not records or not self._suspects.apart(state)
        while own and self._unwritten and not turn.full:
            turn.take([self._unwritten.popleft()])
        left = turn.apply(batch)
        self._queue.put_back(each.record for each in left)
        ticking = own and not turn.full and self._reached()
        if ticking:
            self._tick(turn)
        return turn, ticking

    def _new_turn(self, fetched: Mapping[str, StoredTicket], stored: Stored) -> Turn:
        state, book = self._loaded()
        return Turn(
            state=state,
            now=self._clock.now(),
            book=book,
            policy=book.policy,
            limits=self._limits,
            fetched=fetched,
            unsaid=self._unsaid,
            stored=stored,
            links=self._ports.links,
        )

    def _tick(self, turn: Turn) -> None:
        """Let the desks end what is due and deal. No timer goes off while a record waits, at the
        broker or here: it may be the very acceptance."""
        turn.tick(expire=not self._queue and self._ports.feed.caught_up(self.shard))

    async def _gather(self) -> list[Record]:
        """The next records; none when a timer or a deal is due, or at the end; else waits."""
        while not self._stopping:
            state, book = self._loaded()
            own_work = self._unwritten and self._suspects.apart(state)
            if own_work or self._suspects.own_next(state):
                return []
            limit = 1 if self._suspects.alone(state) else self._limits.turn_records
            try:
                records = self._queue.take(limit, offsets=state.offsets, marks=state.marks)
            except Gap as gap:
                await self._mend(gap)
                continue
            except OtherLog as other:
                log.warning("dealer.other_log", shard=self.shard, reason=str(other))
                await self._reload()
                continue
            if self._paused and self._queue.low:
                self._resume()
            wait = self._until_due(book)
            if records or wait <= 0:
                return records
            if await self._overtaken():
                await self._reload()
                continue
            await self._queue.wait(wait)
        return []

    async def _overtaken(self) -> bool:
        """Whether what comes next was removed from the log before we read it. The record behind it
        would tell, if there were one; so that is asked when nothing has come for long although the
        broker never said that nothing is there."""
        feed, now = self._ports.feed, self._ports.clock.monotonic()
        if self._queue or feed.caught_up(self.shard):
            self._last_caught_up = now
        if now - self._last_caught_up < _LONG_BEHIND:
            return False
        self._last_caught_up = now
        starts = await self._asking.patiently(lambda: feed.start_of(self.shard))
        offsets = self._loaded()[0].offsets
        return any(offsets.get(topic, start) < start for topic, start in starts.items())

    def _until_due(self, book: Book) -> float:
        """Seconds until there is something to do without a record; 0: now."""
        if self._unwritten or self._ports.ruling().version != book.policy:
            return 0.0
        idle = self._limits.idle_seconds
        if not self._reached():
            return idle
        now = self._clock.now()
        if book.pending(now=now, expire=self._ports.feed.caught_up(self.shard)):
            return 0.0
        wakeup = book.next_wakeup()
        # a timer that is due while the feed is behind waits for the feed, not for the clock
        return idle if wakeup is None else min(max(wakeup - now, _A_MOMENT), idle)

    def _reached(self) -> bool:
        """Whether everything that was at the broker at the take-over has been applied: before
        that an offer must not expire, for its acceptance may be among it."""
        if self._must_reach:
            offsets = self._loaded()[0].offsets
            if all(offsets.get(topic, 0) >= end for topic, end in self._must_reach.items()):
                self._must_reach = {}
        return not self._must_reach

    async def _mend(self, gap: Gap) -> None:
        """Go back to the record that is missing. Where the log never had one (a transaction's
        marker), go on behind the hole; where it has it no more, load the shard anew."""
        feed = self._ports.feed
        state = self._loaded()[0]
        offsets = dict(state.offsets)
        mark = await self._asking.patiently(
            lambda: feed.mark_of(self.shard, gap.topic, gap.expected)
        )
        if mark is None:
            starts = await self._asking.patiently(lambda: feed.start_of(self.shard))
            if gap.expected < starts[gap.topic]:
                await self._reload()
                return
            offsets[gap.topic] = gap.expected + 1
            self._state = replace(state, offsets=offsets)
            log.warning("dealer.hole_in_log", shard=self.shard, topic=gap.topic, at=gap.expected)
        self._queue.clear()
        feed.seek(self.shard, offsets)

    async def _fetch(self, batch: Sequence[Understood]) -> dict[str, StoredTicket]:
        """The documents of the tickets that are announced and not in memory."""
        ids = self._loaded()[1].unknown(announced(batch))
        if not ids:
            return {}
        stored = await self._asking.patiently(lambda: self._ports.store.fetch_tickets(ids))
        return {each.ticket.id: each for each in stored}

    async def _stored(
        self, batch: Sequence[Understood], fetched: Mapping[str, StoredTicket]
    ) -> Stored:
        """The messages of tickets that changed desks and are announced."""
        ids = doubtful(announced(batch), self._loaded()[1], fetched)
        if not ids:
            return {}
        return by_ticket(await self._asking.patiently(lambda: self._ports.store.entries_of(ids)))

    async def _commit(self, write: TurnWrite) -> None:
        """Commit the turn, however often the store has to be asked. Raises FenceLost, Mismatch."""
        failpoints.hit("dealer.before_commit")
        started = self._ports.clock.monotonic()
        await self._asking.commit(write)
        self._state, self._unsaid = write.state, Unsaid()
        for ticket in write.tickets:
            ticket.ticket.version = ticket.expected + 1
        for agent in write.agents:
            agent.agent.version = agent.expected + 1
        self._ports.observer.committed(self._ports.clock.monotonic() - started)
        failpoints.hit("dealer.after_commit")

    async def _publish_outbox(self) -> None:
        """Say what was committed, until the broker has confirmed all of it: the next commit
        replaces the stored outbox."""
        state, book = self._loaded()
        started = self._ports.clock.monotonic()
        await self._asking.patiently(lambda: self._ports.publisher.publish(state.outbox))
        if self._ports.clock.monotonic() - started > _SLOW_ACK:
            # an offer's time starts when its card is confirmed, not while the broker is away
            now = self._clock.now()
            book.restart_offers(now=now)
            self._unsaid.restarted_offers(at=now)
        failpoints.hit("dealer.after_publish")

    async def _isolate(self, unfit: "_Unfit") -> None:
        """A turn that could not be made or committed: load the shard anew and narrow it down."""
        log.error(
            "dealer.turn_failed",
            shard=self.shard,
            records=len(unfit.records),
            reason=type(unfit.cause).__name__,
        )
        self._suspects.failed(unfit.records, cause=unfit.cause)
        await self._reload()

    async def _reload(self) -> None:
        self._accepting = False
        self.forget()
        await self._begin()

    async def _note_attempt(self, record: Record) -> bool:
        """Whether to try the record once more. The attempt is noted before it is made, so that it
        counts even when it takes the process with it."""
        noted = with_attempt(self._loaded()[0], record, most=self._limits.attempts)
        if noted is None:
            return False
        await self._asking.patiently(lambda: self._ports.store.note_trouble(noted))
        self._state = noted
        return True

    def _loaded(self) -> tuple[ShardState, Book]:
        if self._state is None or self._book is None:
            raise RuntimeError(f"shard {self.shard} is used before it is loaded")
        return self._state, self._book

    def _resume(self) -> None:
        self._paused = False
        self._ports.feed.resume(self.shard)


class _Unfit(Exception):
    """A turn failed for a reason that trying the same again will not cure."""

    def __init__(self, records: list[Record], cause: Exception) -> None:
        super().__init__(type(cause).__name__)
        self.records = records
        self.cause = cause
