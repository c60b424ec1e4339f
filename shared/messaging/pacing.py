"""Keeps an idle consumer from asking as fast as it can.

aiokafka asks again as soon as it has an answer, and relies on the broker to hold back one that is
empty. Kafka does; the embedded broker answers at once, and is asked some 3,900 times a second by
each idle consumer: a core of its own.
"""

import asyncio
from typing import Any, Final

from aiokafka import AIOKafkaConsumer

from shared.runtime.clock import Clock, SystemClock

_AT_ONCE_SECONDS: Final = 0.05
"""An empty answer that took longer was held back by the broker."""

_FIRST_SECONDS: Final = 0.001
_LONGEST_SECONDS: Final = 0.01
_SYSTEM: Final = SystemClock()


def pace(consumer: AIOKafkaConsumer, *, clock: Clock = _SYSTEM) -> None:
    """Pause after each empty answer that came at once: 1 ms, doubled up to 10 ms while nothing
    comes. For a consumer that was started."""
    fetcher = consumer._fetcher
    fetch = fetcher._proc_fetch_request
    pauses: dict[int, float] = {}

    async def paced(assignment: Any, node: int, request: Any) -> bool:
        asked = clock.monotonic()
        news = bool(await fetch(assignment, node, request))
        if news:
            pauses.pop(node, None)
        elif clock.monotonic() - asked < _AT_ONCE_SECONDS:
            pause = pauses.get(node, _FIRST_SECONDS)
            pauses[node] = min(2 * pause, _LONGEST_SECONDS)
            try:
                await clock.sleep(pause)
            except asyncio.CancelledError:
                return False  # as a fetch that is cancelled amid its question answers
        return news

    fetcher._proc_fetch_request = paced
