"""Keeps a library that says the same again and again from filling the log."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

EVERY_SECONDS: Final = 10.0
_MOST_KEPT: Final = 1_000


@dataclass(slots=True)
class _Said:
    at: float
    unsaid: int = 0


class Repetitions(logging.Filter):
    """Lets a message (its logger, level and text before arguments) through once in so many
    seconds, and tells then how often it was held back.

    While a broker is away aiokafka says so some two hundred times a second.
    """

    def __init__(
        self, *, every: float = EVERY_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._every: Final = every
        self._clock: Final = clock
        self._said: Final[dict[tuple[str, int, str], _Said]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key, now = (record.name, record.levelno, str(record.msg)), self._clock()
        said = self._said.get(key)
        if said is not None and now - said.at < self._every:
            said.unsaid += 1
            return False
        if said is not None and said.unsaid:
            record.msg = f"{record.msg} (and {said.unsaid} times more since the last line)"
        if len(self._said) >= _MOST_KEPT:
            self._said.clear()
        self._said[key] = _Said(now)
        return True
