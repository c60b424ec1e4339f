"""How long a shard with many waiting tickets takes to change hands.

The real take-over on the real store: raise the epoch, load and build the desk's memory, check the
log. The waiting tickets are made up, straight into the store, and the log is empty.
"""

from collections.abc import Mapping, Sequence
from time import perf_counter, time
from typing import Any

from services.router.adapters.mongo_shards import MongoShardStore
from services.router.dealer.clock import ShardClock
from services.router.dealer.consumer import TOPICS
from services.router.dealer.limits import DealerLimits
from services.router.dealer.observer import Observer
from services.router.dealer.ruling import ruling_of
from services.router.dealer.setting import Ports
from services.router.dealer.takeover import take_over
from services.router.policy import load_policy
from shared.messaging.records import Outgoing
from shared.runtime.clock import SystemClock
from shared.runtime.metrics import Metrics
from shared.store import Store
from tests.bench.throughput import POLICY
from tests.bench.world import Place

_CHUNK = 5_000
_LANGUAGES = ("ru", "lt", "tr", "en")


async def seconds(*, kafka: str, mongo: str, waiting: int) -> float:
    """Of one take-over with so many tickets waiting."""
    place = await Place.fresh(kafka=kafka, mongo=mongo)
    store = Store(
        url=place.mongo, database=place.database, driver="pymongo", server_timeout_seconds=60
    )
    try:
        for at in range(0, waiting, _CHUNK):
            batch = [_ticket(number) for number in range(at, min(at + _CHUNK, waiting))]
            await store["tickets"].insert_many(batch, ordered=False)
        return await _take_over(store, expected=waiting)
    finally:
        await store.close()


async def _take_over(store: Store, *, expected: int) -> float:
    policy = load_policy(POLICY)
    clock = SystemClock()
    ports = Ports(
        store=MongoShardStore(store),
        publisher=_Silent(),
        feed=_EmptyLog(),
        clock=clock,
        observer=Observer(Metrics()),
        ruling=lambda: ruling_of(policy),
        limits=DealerLimits(),
    )
    began = perf_counter()
    taken = await take_over(0, ports=ports, clock=ShardClock(clock), patiently=_at_once)
    took = perf_counter() - began
    loaded = sum(1 for _ in taken.book.tickets())
    if loaded != expected:
        raise AssertionError(f"{loaded} of {expected} tickets were loaded")
    return took


async def _at_once(call: Any) -> Any:
    return await call()


class _Silent:
    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        if outgoing:
            raise AssertionError("a new shard has nothing to say")


class _EmptyLog:
    """A Feed without records: all desks are on its one shard."""

    def assigned(self) -> frozenset[int]:
        return frozenset({0})

    def partitions(self) -> int:
        return 1

    async def start_of(self, shard: int) -> Mapping[str, int]:
        return dict.fromkeys(TOPICS, 0)

    async def end_of(self, shard: int) -> Mapping[str, int]:
        return dict.fromkeys(TOPICS, 0)

    async def mark_of(self, shard: int, topic: str, offset: int) -> int | None:
        return None

    def seek(self, shard: int, offsets: Mapping[str, int]) -> None: ...

    def pause(self, shard: int) -> None: ...

    def resume(self, shard: int) -> None: ...

    def caught_up(self, shard: int) -> bool:
        return True


def _ticket(number: int) -> dict[str, Any]:
    lang = _LANGUAGES[number % len(_LANGUAGES)]
    now = time()
    return {
        "_id": f"t-{number:024x}",
        "brand": "bench",
        "customer": f"a:{number:024x}",
        "identity": f"telegram:bench_bot:{number}",
        "desk": "main",
        "queue": "general",
        "channel": "telegram",
        "needs": f"general@telegram*0.05 lang.{lang}:1",
        "lang": lang,
        "topic": "deposit",
        "priority": 3,
        "tier": "standard",
        "policy": 1,
        "opened_at": now,
        "queued_at": now,
        "due_at": now + 300 + number % 1_000,
        "state": "queued",
        "agent": None,
        "assignment": 0,
        "until": 0.0,
        "gone_at": 0.0,
        "skipped": [],
        "seen": {str(number % 12): number},
        "last_message": f"telegram:bench_bot:{number}",
        "entries": 1,
        "joinable": f"bench|a:{number:024x}",
        "version": 2,
    }
