"""Runs a service: parts start in order and stop in reverse, and nothing dies unnoticed.

A service is one coroutine function `compose(lifecycle)` that enters its parts:

    async def compose(lifecycle: Lifecycle) -> None:
        publisher = await lifecycle.enter("publisher", KafkaPublisher(config))
        lifecycle.spawn("sorter", sorter.run())

    sys.exit(run(compose))

SIGTERM and SIGINT stop it: exit code 0. A task of `spawn` that ends by itself, in an error or not,
is a failure nobody explained: one log line names it, the rest is stopped, exit code 1 (crash-only:
a restart is the recovery). Stopping has a time limit, after which the process just ends.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Any, Final, TypeVar

import uvloop

from shared.runtime.logging import get_logger

T = TypeVar("T")

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1


class Lifecycle:
    """What is running in this process, and why it should stop."""

    def __init__(self) -> None:
        self._parts: Final = AsyncExitStack()
        self._stopping: Final = asyncio.Event()
        self._failed: str | None = None

    async def enter(self, name: str, part: AbstractAsyncContextManager[T]) -> T:
        """Start a part; it stops when everything entered after it has stopped."""
        entered = await self._parts.enter_async_context(part)
        get_logger().debug("lifecycle.started", part=name)
        return entered

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` until the stop, then cancel it; if it ends before, the service fails."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._on_end)
        self._parts.push_async_callback(_cancel, task)
        return task

    def on_stop(self, work: Callable[[], Awaitable[None]]) -> None:
        """Call `work` at this place of the stopping order."""
        self._parts.push_async_callback(work)

    def stop(self) -> None:
        """Ask for an orderly stop. Legal at any time and any number of times."""
        self._stopping.set()

    def fail(self, part: str, reason: BaseException | str) -> None:
        """Stop because of `part`. Only the first failure counts: the others follow from it."""
        if self._failed is None and not self._stopping.is_set():
            self._failed = part
            trace = reason if isinstance(reason, BaseException) else None
            # the last line but for the parts' own goodbyes: names what ended the process
            get_logger().error(
                "lifecycle.part_failed", part=part, error=_in_a_word(reason), exc_info=trace
            )
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Whether the stop was asked for, or something failed."""
        return self._stopping.is_set()

    @property
    def failed(self) -> str | None:
        """The part that ended without being asked, if one did."""
        return self._failed

    async def wait(self) -> None:
        """Until the stop is asked for or a part fails."""
        await self._stopping.wait()

    async def close(self) -> None:
        """Stop all parts, last started first."""
        self._stopping.set()
        await self._parts.aclose()

    def _on_end(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            error: BaseException | str = "cancelled by nobody we know"
        else:
            error = task.exception() or "ended by itself"
        if not self._stopping.is_set():
            self.fail(task.get_name(), error)


def run(compose: Callable[[Lifecycle], Awaitable[None]], *, stop_timeout: float = 20.0) -> int:
    """Run a service to its end and return the process's exit code. `stop_timeout` in seconds."""
    return uvloop.run(_run(compose, stop_timeout))


async def _run(compose: Callable[[Lifecycle], Awaitable[None]], stop_timeout: float) -> int:
    lifecycle = Lifecycle()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lifecycle.stop)
    try:
        await _start(lifecycle, compose)
        await lifecycle.wait()
    finally:
        await _close(lifecycle, stop_timeout)
    return EXIT_FAILED if lifecycle.failed else EXIT_OK


async def _start(lifecycle: Lifecycle, compose: Callable[[Lifecycle], Awaitable[None]]) -> None:
    """Compose, unless the stop is asked for meanwhile."""
    starting = asyncio.ensure_future(compose(lifecycle))
    stopped = asyncio.create_task(lifecycle.wait())
    await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    await _cancel(stopped)
    if not starting.done():
        starting.cancel()
    try:
        await starting
    except asyncio.CancelledError:
        if not lifecycle.stopping:
            raise
    except Exception as error:  # noqa: BLE001 - the process ends and says why
        lifecycle.fail("start", error)


async def _close(lifecycle: Lifecycle, stop_timeout: float) -> None:
    log = get_logger()
    try:
        async with asyncio.timeout(stop_timeout):
            await lifecycle.close()
    except TimeoutError:
        log.exception("lifecycle.stop_timed_out", seconds=stop_timeout)
        os._exit(EXIT_FAILED)  # a part hangs; the loop's own shutdown would wait for it
    except Exception:
        log.exception("lifecycle.stop_failed")
        os._exit(EXIT_FAILED)
    log.info("lifecycle.stopped", failed=lifecycle.failed)


async def _cancel(task: asyncio.Task[Any]) -> None:
    if not task.done():
        task.cancel()
    with suppress(asyncio.CancelledError, Exception):  # `_on_end` has reported it
        await task


def _in_a_word(reason: BaseException | str) -> str:
    """A failure in a word or two: its type, and its message when that is ours."""
    return reason if isinstance(reason, str) else type(reason).__name__
