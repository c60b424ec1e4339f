"""What happens when a batch fails: the four outcomes of a consumer.

Success, or a dead letter that is confirmed: go on. The store or the broker is away: wait and try
the same again, for as long as it takes, nothing is spent. A record that fails by itself: ATTEMPTS
tries alone, then a dead letter. A shutdown: stop, nothing is committed.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

import structlog

from shared.messaging.records import Outgoing, Publisher, PublishFailed, Record
from shared.runtime.backoff import pauses
from shared.runtime.clock import Clock
from shared.store.errors import Transient, UnknownOutcome

log = structlog.get_logger()

ATTEMPTS: Final = 3
PAUSES: Final = (0.1, 5.0)
"""Seconds after an attempt, from the first to the longest."""

T = TypeVar("T")
Handle = Callable[[Sequence[Record]], Awaitable[T]]
"""Handles records, whole or not at all, and may be called with the same again.

Raises Transient or UnknownOutcome when the store is away, PublishFailed when the broker is; any
other error counts against the records.
"""


class SetAside(NamedTuple, Generic[T]):
    """A record nobody can handle: its dead letter, and what came of it."""

    letter: Outgoing
    outcome: T


class Patience(Generic[T]):
    """Handles batches until they are done. `waiting`: whether the store or the broker is away."""

    def __init__(
        self,
        group: str,
        *,
        clock: Clock,
        publisher: Publisher,
        set_aside: Callable[[Record, str], SetAside[T]],
    ) -> None:
        """group: for the log. set_aside: given a record and what became of the attempts."""
        self.waiting = False
        self._group: Final = group
        self._clock: Final = clock
        self._publisher: Final = publisher
        self._set_aside: Final = set_aside

    async def carry_out(self, records: Sequence[Record], handle: Handle[T]) -> list[T]:
        """Handle them together, or else one by one."""
        try:
            return [await self._persist(records, handle, attempts=1)]
        except Exception as error:  # noqa: BLE001 - whatever it is, one record at a time tells whose
            log.warning(
                "patience.isolating",
                group=self._group,
                records=len(records),
                error=type(error).__name__,
            )
        return [await self._alone(record, handle) for record in records]

    async def _alone(self, record: Record, handle: Handle[T]) -> T:
        try:
            return await self._persist((record,), handle, attempts=ATTEMPTS)
        except Exception as error:  # noqa: BLE001 - it becomes a dead letter, whatever it is
            says = f"failed {ATTEMPTS} times, last with {type(error).__name__}"
            # no trace: a driver's error quotes keys, and a key holds who a customer is
            log.error(  # noqa: TRY400
                "patience.gave_up",
                group=self._group,
                partition=record.partition,
                offset=record.offset,
                error=type(error).__name__,
            )
        aside = self._set_aside(record, says)
        await self._confirmed(aside.letter)
        return aside.outcome

    async def _persist(self, records: Sequence[Record], handle: Handle[T], *, attempts: int) -> T:
        """Try until it is done, or has failed `attempts` times with store and broker there."""
        failed = 0
        for pause in pauses(PAUSES):
            try:
                outcome = await handle(records)
            except (Transient, UnknownOutcome) as error:
                self._wait_for("store", error)
            except PublishFailed as error:
                self._wait_for("broker", error)
            except Exception:
                failed += 1
                if failed == attempts:
                    raise
            else:
                self.waiting = False
                return outcome
            await self._clock.sleep(pause)
        raise AssertionError("pauses never end")

    async def _confirmed(self, letter: Outgoing) -> None:
        """Publish a dead letter until the broker has it."""
        for pause in pauses(PAUSES):
            try:
                await self._publisher.publish([letter])
            except PublishFailed as error:
                self._wait_for("broker", error)
            else:
                self.waiting = False
                return
            await self._clock.sleep(pause)

    def _wait_for(self, what: str, error: Exception) -> None:
        self.waiting = True
        # as the last line of a consumer that stands still, it names what is waited for
        log.warning("patience.waiting", group=self._group, for_=what, error=type(error).__name__)
