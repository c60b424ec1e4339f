"""Takes what has gathered, sorts it, and notes how far it came."""

import asyncio
from collections.abc import Callable
from typing import Final

from services.router.sorter.observer import Observer
from services.router.sorter.patience import Patience
from shared.messaging.intake import Intake
from shared.messaging.progress import Progress
from shared.runtime.cancelling import heed

MOST_RECORDS: Final = 500


class Worker:
    """One batch at a time, so that a partition's records are applied in their order."""

    def __init__(
        self,
        *,
        intake: Intake,
        patience: Patience,
        progress: Progress,
        observer: Observer,
        partitions: Callable[[], int],
    ) -> None:
        self._partitions: Final = partitions
        self._intake: Final = intake
        self._patience: Final = patience
        self._progress: Final = progress
        self._observer: Final = observer
        self._idle: Final = asyncio.Event()
        self._idle.set()

    async def run(self) -> None:
        """For ever. Raises what nobody can explain or mend."""
        clock = self._patience.sorter.clock
        while True:
            heed()
            records = await self._intake.take(MOST_RECORDS)
            began = clock.monotonic()
            self._idle.clear()
            try:
                outcomes = await self._patience.sort(records, partitions=self._partitions())
                for outcome in outcomes:
                    self._progress.advance(outcome.offsets)
                    self._observer.sorted(outcome)
            finally:
                self._idle.set()
            self._observer.batch(records=len(records), seconds=clock.monotonic() - began)

    async def idle(self, *, within: float) -> bool:
        """Wait for the batch at hand, at most so many seconds; whether it ended."""
        try:
            async with asyncio.timeout(within):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True
