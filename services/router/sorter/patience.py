"""What happens when a batch fails: the four outcomes of a consumer.

Success, or a dead letter that is confirmed: go on. The store or the broker is away: wait and try
the same again, for as long as it takes, nothing is spent. A record that fails by itself: ATTEMPTS
tries alone, then a dead letter. A shutdown: stop, nothing is committed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import structlog

from services.router.sorter.handler import Sorter, SortOutcome, next_offsets
from services.router.sorter.reading import Refused
from services.router.sorter.refusing import refuse
from shared.messaging.records import Outgoing, PublishFailed, Record
from shared.store.errors import Transient, UnknownOutcome

log = structlog.get_logger()

ATTEMPTS: Final = 3


@dataclass(slots=True)
class Patience:
    """Sorts batches until they are done. `waiting`: whether the store or the broker is away."""

    sorter: Sorter
    waiting: bool = False

    async def sort(self, records: Sequence[Record], *, partitions: int) -> list[SortOutcome]:
        """Sort them together, or else one by one."""
        try:
            return [await self._persist(records, partitions=partitions, attempts=1)]
        except Exception as error:  # noqa: BLE001 - whatever it is, one record at a time tells whose
            log.warning("sorter.isolating", records=len(records), error=type(error).__name__)
        return [await self._alone(record, partitions=partitions) for record in records]

    async def _alone(self, record: Record, *, partitions: int) -> SortOutcome:
        try:
            return await self._persist((record,), partitions=partitions, attempts=ATTEMPTS)
        except Exception as error:  # noqa: BLE001 - it becomes a dead letter, whatever it is
            says = f"failed {ATTEMPTS} times, last with {type(error).__name__}"
            # no trace: a driver's error quotes keys, and a key holds who a customer is
            log.error(  # noqa: TRY400
                "sorter.gave_up",
                partition=record.partition,
                offset=record.offset,
                error=type(error).__name__,
            )
        refused = Refused(record, "failed", says)
        await self._confirmed(refuse(refused, mask=self.sorter.mask))
        return SortOutcome(
            next_offsets((record,)), counts=Counter(refused=1), refused=Counter(failed=1)
        )

    async def _persist(
        self, records: Sequence[Record], *, partitions: int, attempts: int
    ) -> SortOutcome:
        """Try until it is done, or has failed `attempts` times with store and broker there."""
        failed = away = 0
        while True:
            try:
                outcome = await self.sorter.sort(records, partitions=partitions)
            except (Transient, UnknownOutcome) as error:
                away += 1
                self._wait_for("store", error)
            except PublishFailed as error:
                away += 1
                self._wait_for("broker", error)
            except Exception:
                failed += 1
                if failed == attempts:
                    raise
            else:
                self.waiting = False
                return outcome
            await self.sorter.clock.sleep(pause_after(failed + away))

    async def _confirmed(self, letter: Outgoing) -> None:
        """Publish a dead letter until the broker has it."""
        for failures in count(1):
            try:
                await self.sorter.publisher.publish([letter])
            except PublishFailed as error:
                self._wait_for("broker", error)
            else:
                self.waiting = False
                return
            await self.sorter.clock.sleep(pause_after(failures))

    def _wait_for(self, what: str, error: Exception) -> None:
        self.waiting = True
        # as the last line of a sorter that stands still, it names what the sorter waits for
        log.warning("sorter.waiting", for_=what, error=type(error).__name__)


def pause_after(failures: int) -> float:
    """Seconds: 0.1, 0.2, 0.4, … at most 5."""
    return float(min(0.1 * 2 ** min(failures - 1, 10), 5.0))
