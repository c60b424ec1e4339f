"""What one shard asks of the store and the broker, as often as it takes."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from services.router.dealer.setting import Ports
from services.router.ports import FeedUnavailable, FenceLost, Mismatch, TurnWrite
from shared.messaging.records import PublishFailed
from shared.runtime.backoff import pauses
from shared.store.errors import Transient, UnknownOutcome

log = structlog.get_logger()

T = TypeVar("T")


class Asking:
    """Ends by success, by an error that asking again will not cure, or by being cancelled when the
    shard is taken from us."""

    def __init__(self, shard: int, ports: Ports) -> None:
        self._shard: Final = shard
        self._ports: Final = ports

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call until the store or the broker answers."""
        for pause in pauses(self._ports.limits.retry_seconds):
            try:
                return await call()
            except (Transient, PublishFailed, FeedUnavailable) as error:
                log.info("dealer.retried", shard=self._shard, reason=str(error))
            await self._ports.clock.sleep(pause)
        raise AssertionError("pauses never end")

    async def commit(self, write: TurnWrite) -> None:
        """Until the turn is in the store. Raises FenceLost, Mismatch."""
        for pause in pauses(self._ports.limits.retry_seconds):
            try:
                await self._ports.store.commit(write)
            except Transient as error:
                log.info("dealer.commit_retried", shard=self._shard, reason=str(error))
            except (UnknownOutcome, Mismatch) as error:
                # also on a mismatch: an attempt whose outcome was unknown may have come through
                if await self._is_committed(write):
                    return
                if isinstance(error, Mismatch):
                    raise
            else:
                return
            await self._ports.clock.sleep(pause)

    async def _is_committed(self, write: TurnWrite) -> bool:
        """Whether the turn is in the store. Epoch *and* seq are compared: another owner's first
        commit can have our seq."""
        head = await self.patiently(lambda: self._ports.store.head(self._shard))
        if head.epoch != write.state.epoch:
            raise FenceLost(f"shard {self._shard}: epoch {write.state.epoch} is over")
        return head.seq == write.state.seq
