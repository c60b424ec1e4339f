"""How long to wait between attempts."""

from collections.abc import Iterator


def pauses(bounds: tuple[float, float]) -> Iterator[float]:
    """Seconds, doubling from the first bound to the second, without end.

    (0.02, 1.0): 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1, 1, … No jitter: a shard and a partition
    have one owner, so nobody else is waiting in step with it.
    """
    pause, longest = bounds
    while True:
        yield pause
        pause = min(pause * 2, longest)
