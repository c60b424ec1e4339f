"""Ends a test that hangs.

pytest-timeout's signal raises in whatever runs. Where that is a callback of asyncio's loop, the
loop logs it and goes on, and the test hangs for good, and the run with it. So a test that is a
coroutine has a limit of its own, well below, at which its task is cancelled.

The last test of a session is not charged with what is thrown away after it: on a busy machine it
takes minutes to delete the data of a stack that has served them all.
"""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

SHARE: Final = 0.75
"""Of pytest-timeout's limit, which also counts the fixtures."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give every coroutine its limit."""
    usual = float(config.getini("timeout"))
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            marker = item.get_closest_marker("timeout")
            item.obj = limited(item.obj, SHARE * float(marker.args[0] if marker else usual))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """What comes down with the session has no limit."""
    if nextitem is None:
        item.config.hook.pytest_timeout_cancel_timer(item=item)


def limited(test: Callable[..., Awaitable[None]], seconds: float) -> Callable[..., Awaitable[None]]:
    """The test, cancelled and failed after so many seconds."""

    @functools.wraps(test)
    async def run(*args: Any, **kwargs: Any) -> None:
        try:
            async with asyncio.timeout(seconds) as limit:
                await test(*args, **kwargs)
        except TimeoutError:
            if limit.expired():
                pytest.fail(f"not done after {seconds:g} s")
            raise

    return run
