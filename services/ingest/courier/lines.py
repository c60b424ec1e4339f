"""Who waits behind whom: replies to one customer go one after the other."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from services.ingest.courier.carrier import Carrier, NotOurs
from services.ingest.courier.delivery import Delivery
from shared.runtime.logging import get_logger


class Lines:
    """A line for each customer, walked by a task. on_failed: told what nobody can mend."""

    def __init__(self, carrier: Carrier, *, on_failed: Callable[[Exception], None]) -> None:
        self._carrier: Final = carrier
        self._on_failed: Final = on_failed
        self._waiting: Final[dict[str, deque[Delivery]]] = {}
        self._walking: Final[dict[str, asyncio.Task[None]]] = {}
        self._known: Final[set[str]] = set()

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """In the order of their offsets; those already in a line are not added again."""
        for delivery in deliveries:
            if delivery.reply in self._known:
                continue
            self._known.add(delivery.reply)
            self._waiting.setdefault(delivery.key, deque()).append(delivery)
            if delivery.key not in self._walking:
                walk = asyncio.create_task(self._walk(delivery.key), name="courier line")
                self._walking[delivery.key] = walk

    @property
    def length(self) -> int:
        return len(self._known)

    async def clear(self, *, within: float) -> None:
        """Forget all that waits; calls under way may end within so many seconds."""
        self._waiting.clear()
        walking = dict(self._walking)
        for key, task in walking.items():
            if key not in self._carrier.calling:
                task.cancel()
        if walking:
            _, late = await asyncio.wait(walking.values(), timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._walking.clear()
        self._known.clear()

    async def _walk(self, key: str) -> None:
        try:
            while line := self._waiting.get(key):
                delivery = line.popleft()
                try:
                    await self._carrier.carry(delivery)
                except NotOurs:
                    get_logger().info("courier.not_ours", reply=delivery.reply)
                self._known.discard(delivery.reply)
        except Exception as error:  # noqa: BLE001 - told: the process ends, and what waits is stored
            self._on_failed(error)
        finally:
            self._waiting.pop(key, None)
            if self._walking.get(key) is asyncio.current_task():
                del self._walking[key]
