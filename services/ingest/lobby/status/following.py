"""What `support.events.v1` says of waits: when one began, and when one was over.

Customers do not ask of every wait, and who asks waits longer than others: so that the accuracy is
that of all, a share of the tickets is looked at as if somebody had asked.
"""

import asyncio
from collections import deque
from random import Random
from typing import Final

from services.ingest.lobby.status.accuracy import Accuracy
from services.ingest.lobby.status.deals import Deals, Queue
from services.ingest.lobby.status.prospects import Prospects
from shared.contracts import InvalidEvent, decode
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.runtime.logging import get_logger
from shared.store.errors import StoreError

LOOK_BACK_SECONDS: Final = 600.0
SHARE: Final = 0.05
"""Of new tickets."""
MOST_SAMPLES: Final = 100
_TELLING: Final = (b'"dealt"', b'"opened"', b'"abandoned"')
"""One of these words is in every record that matters: the others are not decoded."""


class Follower:
    """Takes records; never waits. luck: which new tickets are looked at."""

    def __init__(
        self, *, deals: Deals, accuracy: Accuracy, prospects: Prospects, luck: Random
    ) -> None:
        self._deals: Final = deals
        self._accuracy: Final = accuracy
        self._prospects: Final = prospects
        self._luck: Final = luck
        self._samples: Final[deque[str]] = deque(maxlen=MOST_SAMPLES)
        self._stirred: Final = asyncio.Event()

    def route(self, _topic: str, _key: bytes | None, value: bytes | None) -> None:
        if value is None or not any(word in value for word in _TELLING):
            return
        try:
            changed = decode(value).data
        except InvalidEvent as error:
            get_logger().error("status.invalid_event", error=str(error))
            return
        if isinstance(changed, TicketChanged):
            self._note(changed)

    async def run(self) -> None:
        """Look at a share of the new tickets, until cancelled."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            while self._samples:
                try:
                    await self._prospects.of_ids([self._samples.popleft()])
                except StoreError as error:
                    get_logger().warning("status.no_sample", error=str(error))

    def _note(self, changed: TicketChanged) -> None:
        queue = Queue(changed.desk, changed.queue)
        for step in changed.steps:
            if step.on == "dealt":
                self._deals.note(queue, at=step.at.timestamp())
                self._accuracy.dealt(changed.ticket, at=step.at.timestamp())
            elif step.on == "abandoned":
                self._accuracy.over(changed.ticket)
        last = changed.steps[-1]
        is_new = changed.steps[0].on == "opened" and last.to_state == "queued"
        if is_new and self._luck.random() < SHARE:
            self._samples.append(changed.ticket)
            self._stirred.set()
