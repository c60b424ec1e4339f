"""What a process uses, sample by sample, and whether it stays the same. Reads /proc: Linux only."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression
from typing import Final, NamedTuple

KIB_PER_MIB: Final = 1024
SETTLED: Final = 0.2
"""The share of the run in which caches fill and pools open; it is not judged."""
MAX_SHARE: Final = 0.05
MAX_MIB: Final = 8.0
MAX_HANDLES: Final = 8.0
"""Growth that counts as none: of memory the larger of the first two, of files and threads this."""


class Sample(NamedTuple):
    """seconds: since the run began. rss: KiB of memory in use. fds: open files and sockets."""

    seconds: float
    rss: float
    fds: float
    threads: float


def take(pid: int, *, seconds: float) -> Sample:
    """Of a process that lives. Raises OSError when it does not."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    )
    return Sample(
        seconds=seconds,
        rss=float(status["VmRSS"].split()[0]),
        fds=sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
        threads=float(status["Threads"]),
    )


@dataclass(frozen=True, slots=True)
class Trend:
    """One service over the judged part of a run: `rss_*` in MiB, growths by the fitted line."""

    rss_settled: float
    rss_end: float
    slope_kib_per_min: float
    rss_growth: float
    fds_end: float
    fds_growth: float
    threads_end: float
    threads_growth: float

    @property
    def flat(self) -> bool:
        """Whether it would stay so however long the run."""
        return self.rss_growth < max(MAX_SHARE * self.rss_settled, MAX_MIB) and (
            max(self.fds_growth, self.threads_growth) < MAX_HANDLES
        )


def trend(samples: Sequence[Sample]) -> Trend:
    """Least squares over all but the first fifth of the time. Raises ValueError below 3 samples."""
    from_second = samples[0].seconds + SETTLED * (samples[-1].seconds - samples[0].seconds)
    judged = [sample for sample in samples if sample.seconds >= from_second]
    if len(judged) < 3:
        raise ValueError(f"{len(judged)} samples say nothing about a trend: run for longer")
    seconds = [sample.seconds for sample in judged]
    span = seconds[-1] - seconds[0]
    rss, fds, threads = (
        linear_regression(seconds, [sample[column] for sample in judged]).slope
        for column in (1, 2, 3)
    )
    first, last = judged[0], judged[-1]
    return Trend(
        rss_settled=first.rss / KIB_PER_MIB,
        rss_end=last.rss / KIB_PER_MIB,
        slope_kib_per_min=rss * 60,
        rss_growth=rss * span / KIB_PER_MIB,
        fds_end=last.fds,
        fds_growth=fds * span,
        threads_end=last.threads,
        threads_growth=threads * span,
    )
