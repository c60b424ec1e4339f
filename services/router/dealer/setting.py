"""What a dealer works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from services.router.dealer.limits import DealerLimits
from services.router.dealer.observer import Observer
from services.router.domain.rules import DeskRules
from services.router.ports import Feed, ShardStore
from shared.messaging.records import Publisher
from shared.privacy.status_link import NO_LINKS, StatusLinks
from shared.runtime.clock import Clock

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ruling:
    """A version of the policy. desks: the rules of a shard's desks, given the shard and the number
    of shards."""

    version: int
    desks: Callable[[int, int], tuple[DeskRules, ...]]


@dataclass(frozen=True, slots=True)
class Ports:
    """ruling: what is in force now. links: where customers see their tickets."""

    store: ShardStore
    publisher: Publisher
    feed: Feed
    clock: Clock
    observer: Observer
    ruling: Callable[[], Ruling]
    limits: DealerLimits
    links: StatusLinks = NO_LINKS


class Patiently(Protocol):
    """Calls until the other side answers."""

    def __call__(self, call: Callable[[], Awaitable[T]]) -> Awaitable[T]: ...
