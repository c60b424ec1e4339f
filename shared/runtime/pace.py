"""How fast a client may talk."""

from typing import Final


class Pace:
    """A bucket of `limit` messages that refills within a minute.

    Messages above the limit are refused and still counted: who goes on regardless is found
    `abusive`, a whole limit further on.
    """

    def __init__(self, *, per_minute: int, now: float) -> None:
        """now: monotonic seconds."""
        self._limit: Final = float(per_minute)
        self._left = float(per_minute)
        self._at = now

    def take(self, now: float) -> bool:
        """Count one message; whether it may be heard."""
        refill = (now - self._at) * self._limit / 60.0
        self._left = min(self._limit, self._left + refill) - 1.0
        self._at = now
        return self._left >= 0.0

    @property
    def abusive(self) -> bool:
        """Whether the connection is to be closed."""
        return self._left < -self._limit

    @property
    def wait_seconds(self) -> float:
        """Until the next message would be heard."""
        return max(0.0, (1.0 - self._left) * 60.0 / self._limit)
