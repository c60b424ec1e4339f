"""The soak's verdict: what counts as growing, and what does not."""

import os
from collections.abc import Iterable

import pytest

from tests.bench.soak.samples import Sample, take, trend

MIB = 1024


def ten_minutes(rss_mib: Iterable[float], *, fds: Iterable[float] | None = None) -> list[Sample]:
    memory = list(rss_mib)
    files = list(fds) if fds is not None else [30.0] * len(memory)
    step = 600 / (len(memory) - 1)
    return [
        Sample(seconds=step * number, rss=rss * MIB, fds=opened, threads=5)
        for number, (rss, opened) in enumerate(zip(memory, files, strict=True))
    ]


def test_a_service_that_uses_the_same_memory_throughout_is_flat() -> None:
    found = trend(ten_minutes([100.0] * 101))
    assert (found.flat, found.slope_kib_per_min) == (True, 0)


def test_a_leak_of_a_mib_a_minute_is_found_and_measured() -> None:
    found = trend(ten_minutes(100 + number * 10 / 100 * 1.2 for number in range(101)))
    assert not found.flat
    assert found.slope_kib_per_min == pytest.approx(1.2 * MIB)
    assert found.rss_growth == pytest.approx(1.2 * 8)
    assert (found.rss_settled, found.rss_end) == pytest.approx((102.4, 112))


def test_what_fills_in_the_first_fifth_is_no_growth() -> None:
    filling = [50.0 + 5 * number for number in range(20)]
    assert trend(ten_minutes([*filling, *[150.0] * 81])).flat


def test_five_percent_of_a_large_service_is_no_growth() -> None:
    assert trend(ten_minutes(1_000 + number / 100 * 60 for number in range(101))).flat
    assert not trend(ten_minutes(1_000 + number / 100 * 70 for number in range(101))).flat


def test_one_late_peak_is_not_taken_for_a_leak() -> None:
    assert trend(ten_minutes([*[100.0] * 100, 112.0])).flat


def test_files_that_are_opened_and_never_closed_are_found() -> None:
    assert not trend(ten_minutes([100.0] * 101, fds=map(float, range(101)))).flat


def test_a_run_too_short_to_judge_is_refused() -> None:
    with pytest.raises(ValueError, match="run for longer"):
        trend(ten_minutes([100.0, 100.0]))


def test_a_sample_of_this_process_is_what_the_kernel_says() -> None:
    sample = take(os.getpid(), seconds=1.0)
    read, write = os.pipe()
    after = take(os.getpid(), seconds=2.0)
    os.close(read)
    os.close(write)
    assert sample.rss > MIB
    assert sample.threads >= 1
    assert after.fds == sample.fds + 2
