"""Starts aiokafka's clients, and leaves no connection open where that is cancelled.

The first question to a broker goes over a connection that only the call in progress knows: aiokafka
closes it when the broker fails, and forgets it when the call is cancelled. So the call goes on for
a moment after the cancellation, in a task of its own. Closing the client is up to the caller.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

SETTLE_SECONDS: Final = 2.0
"""For a start that is not wanted any more. A broker that answers at all takes milliseconds."""


async def opened(starting: Coroutine[Any, Any, object]) -> None:
    """Await a client's `start()`. Raises what it raises; a cancellation once it has ended."""
    start = asyncio.ensure_future(starting)
    try:
        await asyncio.shield(start)
    except asyncio.CancelledError:
        await settled(start)
        raise


async def settled(start: "asyncio.Future[object]") -> None:
    """Let a start end that nobody waits for; cancel it where that takes longer."""
    await asyncio.wait({start}, timeout=SETTLE_SECONDS)
    start.cancel()
    await asyncio.gather(start, return_exceptions=True)
