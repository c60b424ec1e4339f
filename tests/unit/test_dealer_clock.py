"""A shard's time, and the dealer's patience."""

from itertools import islice

from services.router.dealer.clock import ShardClock
from shared.runtime.backoff import pauses


class Watch:
    """now, monotonic: seconds, each set by hand."""

    def __init__(self) -> None:
        self.wall = 1_000.0
        self.steady = 50.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    async def sleep(self, seconds: float) -> None:
        self.steady += seconds


def test_a_step_of_the_machines_clock_moves_no_deadline() -> None:
    watch = Watch()
    clock = ShardClock(watch)
    clock.start(not_before=0.0)
    watch.wall -= 300
    watch.steady += 2

    assert clock.now() == 1_002.0


def test_time_is_never_behind_what_the_shard_has_seen() -> None:
    watch = Watch()
    clock = ShardClock(watch)
    clock.start(not_before=5_000.0)
    watch.steady += 1

    assert clock.now() == 5_001.0


def test_pauses_double_up_to_the_longest() -> None:
    assert list(islice(pauses((0.02, 0.1)), 5)) == [0.02, 0.04, 0.08, 0.1, 0.1]
