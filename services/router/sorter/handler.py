"""The sorter's use case: a batch of channel events becomes entries of tickets.

Nothing is announced before it is stored, and nothing counts as done before its announcement, or
its dead letter, is confirmed. Every step may be repeated: ids follow from the messages.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Protocol, TypeVar

from services.router.policy import Policy, PolicyBoard
from services.router.ports import SortStore
from services.router.sorter.body import Masker
from services.router.sorter.deciding import Plan, decide
from services.router.sorter.item import Item
from services.router.sorter.lanes import Lanes
from services.router.sorter.profiles import keep, late_news
from services.router.sorter.reading import Misplaced, Profiled, Reading, Refused, read
from services.router.sorter.refusing import refuse
from services.router.sorter.view import read_view
from services.router.understanding.port import Understanding
from shared.messaging.records import Outgoing, Publisher, Record, next_offsets
from shared.runtime.backoff import pauses
from shared.runtime.clock import Clock, utc
from shared.store.errors import DuplicateKey, StoreError, Transient, UnknownOutcome

ATTEMPTS: Final = 8
_PAUSES: Final = (0.01, 0.5)
"""Seconds after an attempt, from the first to the longest; about 1.6 s in all."""
TRUSTED: Final = 16
"""A batch up to this size is at first taken for news, and saves a third of its reading. Providers
seldom repeat; of a large batch one message may well be a repetition, and the attempt in vain."""


T = TypeVar("T")


class SortFailed(StoreError):
    """The store went on refusing a batch for its keys: something in it contradicts the store."""


class Failpoints(Protocol):
    """Named places where a test stops or kills the process."""

    async def hit(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class SortOutcome:
    """offsets: partition -> next offset to read: what may be committed.

    counts: opened, added, repeated, ignored, profiled, misplaced, refused. refused: slug -> how
    many. unmasked: producer -> card numbers found in what it published.
    """

    offsets: Mapping[int, int]
    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unmasked: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorter:
    """What a batch is sorted with."""

    store: SortStore
    publisher: Publisher
    understanding: Understanding
    policies: PolicyBoard
    clock: Clock
    mask: Masker
    failpoints: Failpoints

    async def sort(self, records: Sequence[Record], *, partitions: int) -> SortOutcome:
        """Sort a batch. Records of one partition come in order; `partitions` is the topic's count.

        Raises Transient or UnknownOutcome when the store is away, PublishFailed when the broker
        does not confirm: nothing may be committed, and the batch may be sorted again. Raises
        SortFailed, or another StoreError, when that would not help.
        """
        policy = self.policies.current
        readings = [
            read(record, partitions=partitions, policy=policy, mask=self.mask) for record in records
        ]
        items = [reading.what for reading in readings if isinstance(reading.what, Item)]
        profiled = [one.what for one in readings if isinstance(one.what, Profiled)]
        told = await self._keep(profiled) if profiled else []
        plan = await self._store(items, policy) if items else Plan()
        refused = [one.what for one in readings if isinstance(one.what, Refused)] + plan.refused
        again = [one.what.again for one in readings if isinstance(one.what, Misplaced)]
        letters = [refuse(one) for one in refused]
        await self.publisher.publish([*letters, *again, *told, *plan.news])
        await self.failpoints.hit("sorter.after_announce")
        return SortOutcome(
            offsets=next_offsets(records),
            counts=plan.counts
            + Counter(profiled=len(profiled), misplaced=len(again), refused=len(refused)),
            refused=Counter(one.slug for one in refused),
            unmasked=_unmasked(readings),
        )

    async def _store(self, items: Sequence[Item], policy: Policy) -> Plan:
        trusted = len(items) <= TRUSTED
        return await self._until_stored(
            lambda first: self._attempt(items, policy, trusting=first and trusted), len(items)
        )

    async def _keep(self, profiled: Sequence[Profiled]) -> list[Outgoing]:
        """Keep the profiles that are later than the stored ones; what to tell the desks."""
        at = utc(self.clock.now())
        return await self._until_stored(
            lambda _first: keep(profiled, self.store, at=at), len(profiled)
        )

    async def _until_stored(self, attempt: Callable[[bool], Awaitable[T]], records: int) -> T:
        """Read, decide, write; after any refusal or doubt, all over again. attempt: told whether
        it is the first."""
        last: StoreError = SortFailed("not tried")
        for number, pause in enumerate(islice(pauses(_PAUSES), ATTEMPTS)):
            try:
                return await attempt(number == 0)
            except (DuplicateKey, Transient, UnknownOutcome) as error:
                last = error
            await self.clock.sleep(pause)
        if isinstance(last, DuplicateKey):
            raise SortFailed(f"{records} record(s), {ATTEMPTS} attempts: {last}") from last
        raise last

    async def _attempt(self, items: Sequence[Item], policy: Policy, *, trusting: bool) -> Plan:
        lanes = Lanes(policy, self.understanding)
        view = await read_view(items, self.store, lanes=lanes, trusting=trusting)
        plan = decide(
            items,
            view,
            policy=policy,
            understanding=self.understanding,
            now=self.clock.now(),
        )
        if plan.write:
            await self.failpoints.hit("sorter.before_insert")
            await self.store.insert(plan.write)
        await self.failpoints.hit("sorter.after_insert")
        plan.news += await late_news(plan.born, self.store, at=utc(self.clock.now()))
        return plan


def _unmasked(readings: Sequence[Reading]) -> Counter[str]:
    found: Counter[str] = Counter()
    for reading in readings:
        if reading.found:
            found[reading.producer] += reading.found
    return found
