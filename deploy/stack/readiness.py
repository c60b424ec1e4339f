"""Waiting for a server to answer, without waiting for one that has died."""

import time
from collections.abc import Callable

from deploy.stack.errors import StackError
from deploy.stack.probes import NotReady

_POLL_SECONDS = 0.05


def until_ready(
    probe: Callable[[], None],
    *,
    name: str,
    alive: Callable[[], bool],
    last_words: Callable[[], str],
    seconds: float,
) -> None:
    """Return when `probe` does not raise NotReady any more.

    Raises StackError, with the server's last words, when it dies first or `seconds` have passed.
    """
    deadline = time.monotonic() + seconds
    while True:
        if not alive():
            raise StackError(f"{name} ended while starting. {last_words()}")
        try:
            return probe()
        except NotReady as complaint:
            if time.monotonic() > deadline:
                raise StackError(
                    f"{name} is not ready after {seconds:.0f} s: {complaint}. {last_words()}"
                ) from complaint
        time.sleep(_POLL_SECONDS)
