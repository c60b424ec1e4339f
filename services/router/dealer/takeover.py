"""How a shard changes hands: raise the epoch, publish what was left to say, load, check the log."""

from dataclasses import dataclass, replace

import structlog

from services.router.dealer.book import Answers, Book
from services.router.dealer.clock import ShardClock
from services.router.dealer.recovery import recover
from services.router.dealer.setting import Patiently, Ports
from services.router.ports import ShardState
from shared.runtime import failpoints
from shared.runtime.collector import uncollected
from shared.store.errors import Transient

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Place:
    """offsets: the next per topic. lost: whether records may have been lost on the way there.
    blank: topics that hold nothing, so that all announced until now is in the store."""

    offsets: dict[str, int]
    lost: bool
    blank: tuple[str, ...]


class PartitionsChanged(Exception):
    """The topics have another number of partitions than the shards were made for."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A shard just taken over. unwritten: what the desks said while they were loaded (tickets no
    dealer has touched yet, messages found again): it belongs to the first turns. loaded_at: when,
    epoch seconds."""

    state: ShardState
    book: Book
    loaded_at: float
    unwritten: Answers


async def take_over(shard: int, *, ports: Ports, clock: ShardClock, patiently: Patiently) -> Taken:
    """Become the owner.

    Raises PartitionsChanged: offsets and epochs belong to partitions, so nothing may be dealt
    under another count.
    """
    count = await patiently(lambda: partitions(ports))
    state = await patiently(lambda: ports.store.take_over(shard, partitions=count))
    failpoints.hit("dealer.after_bump")
    if state.partitions != count:
        log.error("dealer.partitions_changed", shard=shard, made_for=state.partitions, found=count)
        raise PartitionsChanged(
            f"shard {shard} was made for {state.partitions} partitions, the topics have"
            f" {count}: restore the count, or drain every desk and drop the shards collection"
        )
    await patiently(lambda: _reach(state.policy, ports=ports))
    await patiently(lambda: ports.publisher.publish(state.outbox))
    clock.start(not_before=state.now)
    book, loaded_at, unwritten = await patiently(
        lambda: _load(shard, count, ports=ports, now=clock.now())
    )
    place = await patiently(lambda: _where_to_go_on(state, ports=ports))
    if place.lost:
        unwritten += await recover(state, book, ports=ports, clock=clock, patiently=patiently)
    marks = {**state.marks, **dict.fromkeys(place.blank, int(clock.now() * 1000))}
    return Taken(replace(state, offsets=place.offsets, marks=marks), book, loaded_at, unwritten)


async def partitions(ports: Ports) -> int:
    """How many partitions the topics have. Raises FeedUnavailable, and ValueError when they
    differ."""
    return ports.feed.partitions()


async def _reach(version: int, *, ports: Ports) -> None:
    """Raises Transient while this process has not read the policy that was dealt by before: its
    tickets must not fall back under older rules."""
    if ports.ruling().version < version:
        raise Transient(f"policy {version} is needed, {ports.ruling().version} is here")


async def fits_the_log(state: ShardState, *, ports: Ports) -> bool:
    """Whether every offset of the state surely points into the log that is there now. One at the
    log's start does not: there is no record below to tell it from a log made anew."""
    starts = await ports.feed.start_of(state.shard)
    ends = await ports.feed.end_of(state.shard)
    for topic, offset in state.offsets.items():
        start, end = starts[topic], ends[topic]
        if not await _fits(state, topic, offset, start=start, end=end, ports=ports):
            return False
    return True


async def _load(shard: int, count: int, *, ports: Ports, now: float) -> tuple[Book, float, Answers]:
    ruling = ports.ruling()
    book = Book(ruling.desks(shard, count), policy=ruling.version)
    answers: Answers = []
    with uncollected():
        for desk in book.desks():
            answers += book.adopt_agents(await ports.store.load_agents(desk), now=now)
            async for chunk in ports.store.load_tickets(desk, now=now):
                answers += book.adopt_tickets(chunk, now=now)
    return book, now, answers


async def _where_to_go_on(state: ShardState, *, ports: Ports) -> _Place:
    starts = await ports.feed.start_of(state.shard)
    ends = await ports.feed.end_of(state.shard)
    offsets: dict[str, int] = {}
    lost = False
    for topic, start in starts.items():
        offset = state.offsets.get(topic)
        if offset is None:
            # a log that begins above 0 has lost records before its first owner applied any
            offsets[topic], lost = start, lost or start > 0
        elif offset == start:
            # there is no record below to know the log by: it may be another one, made anew
            # before anything of the one we knew was applied
            offsets[topic], lost = offset, True
        elif await _fits(state, topic, offset, start=start, end=ends[topic], ports=ports):
            offsets[topic] = offset
        else:
            offsets[topic], lost = start, True
            ports.observer.out_of_range(shard=state.shard, topic=topic, stored=offset, start=start)
    blank = tuple(topic for topic, start in starts.items() if start == ends[topic])
    return _Place(offsets, lost, blank)


async def _fits(
    state: ShardState, topic: str, offset: int, *, start: int, end: int, ports: Ports
) -> bool:
    """Whether the stored offset points into this log.

    A topic that was recreated and has grown past the offset is told by the record just below it:
    it has not the timestamp that was noted.
    """
    if not start < offset <= end:
        return False
    if topic not in state.marks:
        return True
    return await ports.feed.mark_of(state.shard, topic, offset - 1) == state.marks[topic]
