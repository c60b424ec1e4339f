"""How fast a client may talk."""

from shared.runtime.pace import Pace


def test_a_burst_of_the_limit_is_heard_and_not_one_more() -> None:
    pace = Pace(per_minute=100, now=0.0)
    assert all(pace.take(0.0) for _ in range(100))
    assert not pace.take(0.0)


def test_who_waits_as_told_is_heard_again() -> None:
    pace = Pace(per_minute=60, now=0.0)
    for _ in range(61):
        pace.take(0.0)
    assert pace.wait_seconds == 2.0
    assert pace.take(pace.wait_seconds)


def test_silence_does_not_save_up_more_than_the_limit() -> None:
    pace = Pace(per_minute=10, now=0.0)
    assert sum(pace.take(3600.0) for _ in range(20)) == 10


def test_who_goes_on_regardless_is_abusive() -> None:
    pace = Pace(per_minute=10, now=0.0)
    for _ in range(20):
        pace.take(0.0)
    assert not pace.abusive
    pace.take(0.0)
    assert pace.abusive
