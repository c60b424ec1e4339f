"""What a dealer works with."""

from collections.abc import Callable
from dataclasses import dataclass

from services.router.dealer.limits import DealerLimits
from services.router.dealer.observer import Observer
from services.router.domain.rules import DeskRules
from services.router.ports import Feed, ShardStore
from shared.messaging.records import Publisher
from shared.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Ports:
    """rules: those of a shard's desks, given the shard and the number of shards.
    policy: version of the rules."""

    store: ShardStore
    publisher: Publisher
    feed: Feed
    clock: Clock
    observer: Observer
    rules: Callable[[int, int], tuple[DeskRules, ...]]
    policy: int
    limits: DealerLimits
