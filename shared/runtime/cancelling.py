"""Cancellation that is not lost.

On Python 3.11 `asyncio.wait_for` returns its result when it is cancelled at the very moment that
the result is there, and the cancellation is gone. PyMongo sends through it. So a task may go on
after it was cancelled, and whoever waits for its end waits for ever.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

_AGAIN_SECONDS: Final = 0.5


def heed() -> None:
    """Raise the CancelledError that got lost on the way, if one did. At the head of every endless
    loop that uses the store."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they have ended. Not for those that take long to clean up: they are
    cancelled again amid it. What came of them is left to whoever asks."""
    while going_on := {task for task in tasks if not task.done()}:
        for task in going_on:
            task.cancel()
        await asyncio.wait(going_on, timeout=_AGAIN_SECONDS)
