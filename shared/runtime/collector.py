"""Keeps Python's garbage collector away from what is made by the million, and stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

MANY: Final = 100_000
"""Objects more than there were, from which on freezing them is worth the care that it needs."""


@dataclass
class _Thawed:
    """Whether something was let go of that the collector has not looked at since."""

    since: bool = False


_thawed: Final = _Thawed()


@contextmanager
def uncollected() -> Iterator[None]:
    """Make millions of objects without the collector looking at them, now or later.

    Measured: a third of the time to load a million tickets; and a second of standstill whenever it
    went through them all. So when they are MANY they are frozen at the end. Call `thaw` when you
    let go of them: for a desk is a cycle, which nobody but the collector frees.
    """
    if _thawed.since:
        gc.collect()  # what was let go of must not be frozen a second time
        _thawed.since = False
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > MANY:
            gc.freeze()
        if was_enabled:
            gc.enable()


def thaw() -> None:
    """Let the collector see everything again, with its next full look at the latest when more is
    made `uncollected`. Nothing to do where nothing was frozen."""
    if gc.get_freeze_count():
        gc.unfreeze()
        _thawed.since = True
