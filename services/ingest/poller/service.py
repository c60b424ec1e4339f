"""Looks at every polled account's list for as long as the process runs, each by itself.

Reads providers' lists; writes `support.inbound.v1`. Delivery: at least once, with the ids of the
doors, so an event that came by a webhook, too, counts once.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from services.ingest.poller.history import History, Trouble
from shared.runtime.backoff import pauses
from shared.runtime.cancelling import heed
from shared.runtime.clock import Clock
from shared.runtime.logging import get_logger
from shared.runtime.metrics import POLL_FAILING, POLLS, Metrics

PAUSES: Final = (1.0, 60.0)
"""Seconds after a trouble, doubled from the first to the longest."""

PATIENT: Final = {"conflict": 30.0, "unauthenticated": 30.0}
"""Seconds at least where nothing is mended by asking soon; two pollers of one bot would only throw
each other out."""


class Poller:
    """Of these accounts."""

    def __init__(self, histories: Sequence[History], *, clock: Clock, metrics: Metrics) -> None:
        self._histories: Final = histories
        self._clock: Final = clock
        self._metrics: Final = metrics

    async def run(self) -> None:
        """For ever."""
        if not self._histories:
            get_logger().info("poller.idle", reason="no account says poll: true")
        async with asyncio.TaskGroup() as group:
            for each in self._histories:
                group.create_task(self._keep_looking(each), name=f"{each.channel}:{each.account}")
            group.create_task(asyncio.Event().wait())  # without accounts, too, we go on

    async def _keep_looking(self, history: History) -> None:
        name = f"{history.channel}:{history.account}"
        failing = self._metrics[POLL_FAILING].labels(account=name)
        failing.set(0)
        waits = pauses(PAUSES)
        while True:
            heed()
            try:
                pause = await history.look()
            except Trouble as trouble:
                asked = trouble.after or PATIENT.get(trouble.outcome, 0.0)
                pause = max(asked, next(waits))
                failing.set(1)
                get_logger().warning(
                    "poller.trouble",
                    account=name,
                    outcome=trouble.outcome,
                    reason=str(trouble),
                    again_seconds=pause,
                )
                self._count(history, trouble.outcome)
            except Exception:  # noqa: BLE001 - a bug with one account leaves the others alone
                pause = next(waits)
                failing.set(1)
                get_logger().exception("poller.unexplained", account=name, again_seconds=pause)
                self._count(history, "unexplained")
            else:
                waits = pauses(PAUSES)
                failing.set(0)
                self._count(history, "read")
            await self._clock.sleep(pause)

    def _count(self, history: History, outcome: str) -> None:
        self._metrics[POLLS].labels(channel=history.channel, outcome=outcome).inc()
